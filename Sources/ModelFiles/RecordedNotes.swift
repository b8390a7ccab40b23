import ArchitectureConfiguration
import BinaryInput
public import NetworkFamilies
public import NetworkProgram
public import GPWFormat
public import ONNXModel
public import StrictJSON
public import TensorData

/// What a file says about the use of its network: native files have fields for it, ONNX files that
/// this package wrote have properties.
public struct RecordedNotes: Sendable {
  /// How pixels become the network's input.
  public private(set) var preprocessing: Preprocessing?
  /// The names of the classes.
  public private(set) var labels: [String]?
  /// The layers, the resolution and the classes, where a file of named tensors says them.
  public private(set) var architecture: Architecture?
  /// The published network's name, where such a file says it.
  public private(set) var networkName: String?
  /// What could not be used, for people.
  public private(set) var warnings: [String] = []

  /// Notes of a file that says nothing.
  public init() {}

  /// Takes what a file beside says of the preprocessing, where the file itself says nothing.
  public mutating func takePreprocessing(_ stated: Preprocessing) {
    preprocessing = preprocessing ?? stated
  }

  /// The notes in a native file.
  public init(_ model: GPWModel) {
    preprocessing = model.preprocessing
    labels = model.labels
  }

  /// The notes in the properties of an ONNX file. Anybody may have changed them: what is no note is
  /// passed over with a warning.
  public init(_ lifted: LiftedNetwork) {
    if let front = lifted.front, front.normalizes {
      let found = Preprocessing(
        mean: front.mean.map(\.roundedToSingle),
        standardDeviation: front.standardDeviation.map(\.roundedToSingle),
        interpolation: Preprocessing.published().interpolation,
        cropFraction: lifted.published?.preprocessing.cropFraction ?? 1)
      if found.misfit != nil || !front.normalizesPixels {
        warnings.append(
          "what the graph does with its input is no mean and std of pixels, and not recorded as such: "
            + front.description)
      } else {
        preprocessing = found
      }
    }
    read(
      lifted.file.metadata.map { TensorFact(path: $0.key, value: $0.value) },
      classCount: lifted.architecture.classCount)
  }

  /// The notes among what a file of named tensors says beside them, as those of ONNX files.
  public init(_ facts: [TensorFact]) {
    for fact in facts {
      switch fact.path {
      case RecordedNotes.architectureKey:
        architecture =
          Architecture.isDescription(fact.value)
          ? try? Architecture(description: fact.value)
          : RecordedNotes.json(fact.value).flatMap { try? Architecture(configuration: $0) }
        if architecture == nil { warn(fact.path, "no configuration of a network") }
      case RecordedNotes.nameKey: networkName = fact.value
      default: break
      }
    }
    read(facts, classCount: architecture?.classCount)
  }

  /// Reads what all files say alike; where the number of classes is not known, any number of names
  /// will do.
  private mutating func read(_ facts: [TensorFact], classCount: Int?) {
    func value(_ key: String) -> String? { facts.first { $0.path == key }?.value }
    if let text = value(RecordedNotes.preprocessingKey) {
      preprocessing = RecordedNotes.json(text).flatMap { Preprocessing($0) }
      if preprocessing == nil { warn(RecordedNotes.preprocessingKey, "no preprocessing") }
    }
    if let text = value(RecordedNotes.labelsKey) {
      let names = RecordedNotes.json(text)?.array?.compactMap(\.string)
      if let names, names.count == classCount ?? names.count {
        labels = names
      } else {
        warn(RecordedNotes.labelsKey, "no list of \(classCount.map { "\($0) " } ?? "")names")
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
  private static let nameKey = "gpunet.network"
  private static let architectureKey = "gpunet.architecture"

  /// The properties with which a file of named tensors says what network they are of.
  static func identity(_ model: GPWModel) -> [TensorFileContent.Property] {
    // Labels that say nothing are none that a reader could do something with.
    let architecture = try? Architecture(labelsOf: model.network.program)
    return (model.name.map { [.init(nameKey, $0)] } ?? [])
      + (architecture.map {
        [.init(architectureKey, text(of: $0))]
      } ?? [])
  }

  /// A GPUNet as NVIDIA's configuration says it, any other network as its description.
  private static func text(of architecture: Architecture) -> String {
    architecture.convention.isGPUNet
      ? architecture.configuration.serialized(pretty: false) : architecture.descriptionText
  }

  /// The properties with which other files say the same, and where their network comes from.
  static func properties(_ model: GPWModel) -> [TensorFileContent.Property] {
    let provenance = model.provenance
    let labels = model.labels.map { labels in
      JSONValue.array(labels.map { .string($0) }).serialized(pretty: false)
    }
    let properties = [
      ("gpunet.source", provenance.sourceName),
      ("gpunet.source.sha256", provenance.sourceSHA256),
      ("gpunet.source.format", provenance.sourceFormat),
      ("gpunet.options", provenance.options.joined(separator: "\n")),
    ]
    return properties.filter { !$0.1.isEmpty }.map { .init($0.0, $0.1) }
      + [.init(preprocessingKey, model.preprocessing.json.serialized(pretty: false))]
      + (labels.map { [.init(labelsKey, $0)] } ?? [])
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
