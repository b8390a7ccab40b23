public import BinaryInput
import GPUNetIR
import TensorData

extension GPWModel {
  /// Reads the model that a file holds; every checksum is verified.
  ///
  /// - Throws: `gpw.tensorChecksum`; `gpw.network` where metadata and tensors make up no network.
  public init(_ file: GPWFile) throws(ReadError) {
    let metadata = file.metadata
    let architecture: Architecture
    let form: NormalizationForm
    do {
      architecture = try metadata.architecture()
      let text = try metadata.text(GPWKey.normalization)
      guard let parsed = NormalizationForm(rawValue: text) else {
        throw ReadError(
          .gpwNetwork, "the form of the batch norms is unknown", path: [GPWKey.normalization],
          expected: NormalizationForm.allCases.map(\.rawValue).joined(separator: " or "),
          found: text)
      }
      form = parsed
      guard try metadata.integers(GPWKey.padding) == architecture.paddingFacts else {
        throw ReadError(
          .gpwNetwork, "the padding is not that of the layer strings", path: [GPWKey.padding])
      }
      guard try metadata.numbers(GPWKey.epsilon) == architecture.epsilonFacts else {
        throw ReadError(
          .gpwNetwork, "the epsilons are not those of the layer strings", path: [GPWKey.epsilon])
      }
    }
    let parameters = try file.stateDict()
    let expected = architecture.parameters(form).map(\.name)
    guard parameters.names == expected else {
      let index = zip(parameters.names, expected).enumerated().first { $1.0 != $1.1 }?.offset
      let place = index ?? min(parameters.count, expected.count)
      throw ReadError(
        .gpwNetwork, "the tensors are not those of the layer strings",
        expected: place < expected.count ? expected[place] : "\(expected.count) tensors",
        found: place < parameters.count ? parameters.names[place] : "\(parameters.count) tensors")
    }
    let network: Network
    do {
      network = try Network(architecture: architecture, form: form, parameters: parameters)
    } catch {
      throw ReadError(
        .gpwNetwork, error.what, path: error.path, expected: error.expected, found: error.found)
    }
    self.init(
      network: network,
      name: metadata.values[GPWKey.name] == nil
        ? nil : try metadata.text(GPWKey.name),
      preprocessing: Preprocessing(
        mean: try metadata.numbers(GPWKey.mean, count: 3),
        standardDeviation: try metadata.numbers(GPWKey.standardDeviation, count: 3),
        interpolation: try metadata.text(GPWKey.interpolation),
        cropFraction: try metadata.numbers(GPWKey.crop, count: 1)[0]),
      labels: metadata.values[GPWKey.labels] == nil
        ? nil : try metadata.texts(GPWKey.labels, count: architecture.classCount),
      fingerprint: try metadata.fingerprint(architecture),
      provenance: Provenance(
        sourceName: try metadata.text(GPWKey.sourceName),
        sourceSHA256: try metadata.text(GPWKey.sourceSHA256),
        sourceFormat: try metadata.text(GPWKey.sourceFormat),
        key: try metadata.text(GPWKey.sourceKey),
        toolVersion: try metadata.text(GPWKey.toolVersion),
        options: try metadata.texts(GPWKey.options)))
  }
}

extension GPWMetadata {
  fileprivate func architecture() throws(ReadError) -> Architecture {
    let texts = try self.texts(GPWKey.layers)
    let stages = try integers(GPWKey.stages, count: texts.count)
    let size = try integers(GPWKey.resolution, count: 2)
    let classes = try integers(GPWKey.classes, count: 1)
    guard let height = Int(exactly: size[0]), let width = Int(exactly: size[1]),
      let resolution = Resolution(height: height, width: width)
    else {
      throw ReadError(
        .gpwNetwork, "the resolution is out of range", path: [GPWKey.resolution],
        expected: "1 to \(Resolution.maximum) pixels", found: "\(size)")
    }
    do {
      var entries: [Architecture.Entry] = []
      for (text, stage) in zip(texts, stages) {
        entries.append(
          Architecture.Entry(
            try Layer(parsing: text), stage: stage == Architecture.noStage ? nil : Int(stage)))
      }
      return try Architecture(
        entries: entries, resolution: resolution, classCount: Int(classes[0]))
    } catch {
      throw ReadError(
        .gpwNetwork, error.what, path: [GPWKey.layers] + error.path, expected: error.expected,
        found: error.found)
    }
  }

  /// The fingerprint, whose three keys are all there or none is.
  fileprivate func fingerprint(
    _ architecture: Architecture
  ) throws(ReadError) -> Fingerprint? {
    let keys = [GPWKey.fingerprintSize, GPWKey.fingerprintLogits, GPWKey.fingerprintTolerance]
    guard keys.contains(where: { values[$0] != nil }) else { return nil }
    let size = try integers(GPWKey.fingerprintSize, count: 2)
    let logits = try numbers(GPWKey.fingerprintLogits, count: architecture.classCount)
    let tolerance = try numbers(GPWKey.fingerprintTolerance, count: 1)[0]
    guard let height = Int(exactly: size[0]), let width = Int(exactly: size[1]),
      let resolution = Resolution(height: height, width: width),
      logits.allSatisfy(\.isFinite), tolerance.isFinite, tolerance > 0
    else {
      throw ReadError(
        .gpwNetwork, "the fingerprint is out of range", path: [keys[0]],
        expected: "a size of 1 to \(Resolution.maximum) pixels, finite logits, a tolerance above 0",
        found: "size \(size), tolerance \(tolerance)")
    }
    return Fingerprint(resolution: resolution, logits: logits, tolerance: tolerance)
  }

  fileprivate func text(_ key: String) throws(ReadError) -> String {
    guard case .text(let text)? = values[key] else { throw missing(key, "a text") }
    return text
  }

  fileprivate func texts(_ key: String, count: Int? = nil) throws(ReadError) -> [String] {
    guard case .texts(let texts)? = values[key], count == nil || texts.count == count else {
      throw missing(key, "\(count.map { "\($0) " } ?? "")texts")
    }
    return texts
  }

  fileprivate func integers(_ key: String, count: Int? = nil) throws(ReadError) -> [Int64] {
    guard case .integers(let integers)? = values[key], count == nil || integers.count == count
    else { throw missing(key, "\(count.map { "\($0) " } ?? "")integers") }
    return integers
  }

  fileprivate func numbers(_ key: String, count: Int? = nil) throws(ReadError) -> [Double] {
    guard case .numbers(let numbers)? = values[key], count == nil || numbers.count == count
    else { throw missing(key, "\(count.map { "\($0) " } ?? "")numbers") }
    return numbers
  }

  private func missing(_ key: String, _ expected: String) -> ReadError {
    ReadError(
      .gpwNetwork, "a required key is missing or has another type or count", path: [key],
      expected: expected, found: values[key].map { "type \($0.typeCode)" } ?? "nothing")
  }
}
