import BinaryInput
import GPWFormat
import NetworkFamilies
import NetworkProgram

extension GPWModel {
  /// Reads a native file of any version. Those before 3 state no program: theirs follows from their
  /// layer strings, as NVIDIA's code computes them.
  ///
  /// - Throws: What reading a current file throws; `gpw.network` where the layer strings of an older one
  ///   are none, or are contradicted by the facts beside them.
  init(ofAnyVersion file: GPWFile) throws(ReadError) {
    guard !file.statesProgram else {
      try self.init(file)
      return
    }
    let metadata = file.metadata
    let architecture = try metadata.architecture()
    let text = try metadata.text(OlderKey.normalization)
    guard let form = NormalizationForm(rawValue: text) else {
      throw ReadError(
        .gpwNetwork, "the form of the batch norms is unknown", path: [OlderKey.normalization],
        expected: NormalizationForm.allCases.map(\.rawValue).joined(separator: " or "),
        found: text)
    }
    let convolutions = architecture.program(.separate).layers.flatMap(\.convolutions)
      .map(\.convolution)
    guard try metadata.integers(OlderKey.padding) == convolutions.flatMap(\.paddingFacts) else {
      throw ReadError(
        .gpwNetwork, "the padding is not that of the layer strings", path: [OlderKey.padding])
    }
    let epsilons = convolutions.compactMap { $0.batchNorm?.epsilon }
    guard try metadata.numbers(OlderKey.epsilon) == epsilons else {
      throw ReadError(
        .gpwNetwork, "the epsilons are not those of the layer strings", path: [OlderKey.epsilon])
    }
    try self.init(file, of: architecture.program(form))
  }
}

/// The keys that files of versions 1 and 2 have in place of a program.
private enum OlderKey {
  static let resolution = "architecture.resolution"
  static let classes = "architecture.classes"
  static let normalization = "architecture.normalization"
  static let padding = "facts.padding"
  static let epsilon = "facts.epsilon"
}

extension Convolution {
  /// Top, left, bottom and right.
  fileprivate var paddingFacts: [Int64] {
    guard case .fixed(let padding) = padding else { return [] }
    return [padding.top, padding.left, padding.bottom, padding.right].map { Int64($0) }
  }
}

extension GPWMetadata {
  fileprivate func architecture() throws(ReadError) -> Architecture {
    let texts = try self.texts(GPWKey.layers)
    let stages = try integers(GPWKey.stages, count: texts.count)
    let size = try integers(OlderKey.resolution, count: 2)
    let classes = try integers(OlderKey.classes, count: 1)
    guard let height = Int(exactly: size[0]), let width = Int(exactly: size[1]),
      let resolution = Resolution(height: height, width: width)
    else {
      throw ReadError(
        .gpwNetwork, "the resolution is out of range", path: [OlderKey.resolution],
        expected: "1 to \(Resolution.maximum) pixels", found: "\(size)")
    }
    if let stage = stages.first(where: { $0 < GPWKey.noStage }) {
      throw ReadError(
        .gpwNetwork, "a stage is out of range", path: [GPWKey.stages],
        expected: "\(GPWKey.noStage) or more", found: "\(stage)")
    }
    do {
      var entries: [Architecture.Entry] = []
      for (text, stage) in zip(texts, stages) {
        entries.append(
          Architecture.Entry(
            try Layer(parsing: text), stage: stage == GPWKey.noStage ? nil : Int(stage)))
      }
      return try Architecture(
        entries: entries, resolution: resolution, classCount: Int(classes[0]))
    } catch {
      throw ReadError(
        .gpwNetwork, error.what, path: [GPWKey.layers] + error.path, expected: error.expected,
        found: error.found)
    }
  }
}
