import BinaryInput
public import GPUNetIR
public import GPWFormat
public import ONNXModel
public import StrictJSON

/// What a file says about the use of its network: native files have fields for it, ONNX files that
/// this package wrote have properties.
public struct RecordedNotes: Sendable {
  /// How pixels become the network's input.
  public private(set) var preprocessing: Preprocessing?
  /// The names of the classes.
  public private(set) var labels: [String]?
  /// What could not be used, for people.
  public private(set) var warnings: [String] = []

  /// Notes of a file that says nothing.
  public init() {}

  /// The notes in a native file.
  public init(_ model: GPWModel) {
    preprocessing = model.preprocessing
    labels = model.labels
  }

  /// The notes in the properties of an ONNX file. Anybody may have changed them: what is no note is
  /// passed over with a warning.
  public init(_ lifted: LiftedNetwork) {
    func value(_ key: String) -> String? {
      lifted.file.metadata.first { $0.key == key }?.value
    }
    if let front = lifted.front, front.normalizes {
      let found = Preprocessing(
        mean: front.mean.map(\.roundedToSingle),
        standardDeviation: front.standardDeviation.map(\.roundedToSingle),
        interpolation: Preprocessing.published().interpolation,
        cropFraction: lifted.published?.cropFraction ?? 1)
      if found.misfit != nil || !front.normalizesPixels {
        warnings.append(
          "what the graph does with its input is no mean and std of pixels, and not recorded as such: "
            + front.description)
      } else {
        preprocessing = found
      }
    }
    if let text = value(RecordedNotes.preprocessingKey) {
      preprocessing = RecordedNotes.json(text).flatMap { Preprocessing($0) }
      if preprocessing == nil { warn(RecordedNotes.preprocessingKey, "no preprocessing") }
    }
    if let text = value(RecordedNotes.labelsKey) {
      let names = RecordedNotes.json(text)?.array?.compactMap(\.string)
      let count = lifted.architecture.classCount
      if names?.count == count {
        labels = names
      } else {
        warn(RecordedNotes.labelsKey, "no list of \(count) names")
      }
    }
  }

  private static func json(_ text: String) -> JSONValue? {
    try? JSONValue(parsing: Bytes(copying: Array(text.utf8)))
  }

  private mutating func warn(_ key: String, _ what: String) {
    warnings.append("the property '\(key)' is \(what) and is passed over")
  }

  private static let preprocessingKey = "gpunet.preprocessing"
  private static let labelsKey = "gpunet.labels"

  /// The properties with which an ONNX file says the same.
  static func properties(_ model: GPWModel) -> [ONNXFile.Property] {
    let labels = model.labels.map { labels in
      ONNXFile.Property(
        labelsKey, JSONValue.array(labels.map { .string($0) }).serialized(pretty: false))
    }
    return [
      ONNXFile.Property(preprocessingKey, model.preprocessing.json.serialized(pretty: false))
    ] + (labels.map { [$0] } ?? [])
  }
}

extension Double {
  /// The shortest decimal number that is the same in 32 bits, in which graphs state their constants:
  /// 0.485 for 0.4850000143.
  fileprivate var roundedToSingle: Double { Double("\(Float(self))") ?? self }
}

extension Preprocessing {
  /// The description for machines.
  public var json: JSONValue {
    [
      "mean": .array(mean.map { JSONValue($0) }),
      "std": .array(standardDeviation.map { JSONValue($0) }),
      "interpolation": .string(interpolation), "crop": JSONValue(cropFraction),
    ]
  }

  /// Reads ``json``; nil for anything else.
  fileprivate init?(_ json: JSONValue) {
    func numbers(_ key: String) -> [Double] { json[key]?.array?.compactMap(\.double) ?? [] }
    guard let interpolation = json["interpolation"]?.string, let crop = json["crop"]?.double else {
      return nil
    }
    self.init(
      mean: numbers("mean"), standardDeviation: numbers("std"), interpolation: interpolation,
      cropFraction: crop)
    guard misfit == nil else { return nil }
  }
}
