public import BinaryInput
import GPUNetIR
import TensorData

extension GPWModel {
  /// Reads the model that a file holds; every checksum is verified. Its layout is `blocked` where
  /// that of every tensor is.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - keepsPages: Whether its pages stay in memory, because they are used at once; else the
  ///     system may take them back until they are.
  /// - Throws: `gpw.tensorChecksum`; `gpw.tensorPadding`; `gpw.network` where metadata and tensors
  ///   make up no network.
  public init(_ file: GPWFile, keepsPages: Bool = false) throws(ReadError) {
    let metadata = file.metadata
    let architecture = try metadata.architecture()
    let text = try metadata.text(GPWKey.normalization)
    guard let form = NormalizationForm(rawValue: text) else {
      throw ReadError(
        .gpwNetwork, "the form of the batch norms is unknown", path: [GPWKey.normalization],
        expected: NormalizationForm.allCases.map(\.rawValue).joined(separator: " or "),
        found: text)
    }
    guard try metadata.integers(GPWKey.padding) == architecture.paddingFacts else {
      throw ReadError(
        .gpwNetwork, "the padding is not that of the layer strings", path: [GPWKey.padding])
    }
    guard try metadata.numbers(GPWKey.epsilon) == architecture.epsilonFacts else {
      throw ReadError(
        .gpwNetwork, "the epsilons are not those of the layer strings", path: [GPWKey.epsilon])
    }
    try architecture.requireFit()
    try file.requireTensors(of: architecture, form)
    let name = metadata.values[GPWKey.name] == nil ? nil : try metadata.text(GPWKey.name)
    let preprocessing = try metadata.preprocessing()
    let labels =
      metadata.values[GPWKey.labels] == nil
      ? nil : try metadata.texts(GPWKey.labels, count: architecture.classCount)
    let fingerprint = try metadata.fingerprint(architecture)
    let provenance = try metadata.provenance()
    // Last, so that whatever the header shows is known before any tensor is touched.
    var parameters = try file.stateDict(keepsPages: keepsPages)
    try parameters.tie(metadata.pairs(GPWKey.tied))
    let network = try Network(
      architecture: architecture, form: form, parameters: parameters,
      suppliedNames: Set(metadata.unregisteredTexts(GPWKey.supplied)))
    let isBlocked = file.entries.allSatisfy { $0.layout == .blocked }
    self.init(
      network: network, layout: isBlocked ? .blocked : .rowMajor, name: name,
      preprocessing: preprocessing, labels: labels, fingerprint: fingerprint,
      provenance: provenance)
  }
}

extension StateDict {
  /// Lets tensors be the same again that are said to have been; those that are not equal stay.
  ///
  /// - Parameter pairs: A name, and that of the tensor before it that it was the same as.
  /// - Throws: `io.memory`.
  fileprivate mutating func tie(_ pairs: [(name: String, original: String)]) throws(ReadError) {
    for (name, original) in pairs {
      guard let tensor = self[name], let first = self[original],
        tensor.elementType == first.elementType, tensor.shape == first.shape,
        try tensor.contiguousBytes() == first.contiguousBytes()
      else { continue }
      replace(first, named: name)
    }
  }
}

extension GPWMetadata {
  /// Texts under a key that no document registers: none where it has another type.
  fileprivate func unregisteredTexts(_ key: String) -> [String] {
    if case .texts(let texts)? = values[key] { texts } else { [] }
  }

  /// Such texts in pairs.
  fileprivate func pairs(_ key: String) -> [(name: String, original: String)] {
    let texts = unregisteredTexts(key)
    return stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) }
  }
}

extension GPWFile {
  /// Refuses a table that is not, in this order, the parameters of these layers.
  fileprivate func requireTensors(
    of architecture: Architecture, _ form: NormalizationForm
  ) throws(ReadError) {
    let specifications = architecture.parameters(form)
    for (entry, specification) in zip(entries, specifications) {
      guard entry.name == specification.name else {
        throw ReadError(
          .gpwNetwork, "the tensors are not those of the layer strings",
          expected: specification.name, found: entry.name)
      }
      guard entry.shape == specification.shape else {
        throw ReadError(
          .gpwNetwork, "the tensor has another shape than the layer string says",
          path: [entry.name], expected: "\(specification.shape)", found: "\(entry.shape)")
      }
      guard specification.accepts(entry.elementType) else {
        throw ReadError(
          .gpwNetwork, "the tensor has another kind of element", path: [entry.name],
          expected: specification.isFloatingPoint ? "floating-point numbers" : "integers",
          found: entry.elementType.rawValue)
      }
    }
    guard entries.count == specifications.count else {
      throw ReadError(
        .gpwNetwork, "the tensors are not those of the layer strings",
        expected: "\(specifications.count) tensors", found: "\(entries.count)")
    }
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
    if let stage = stages.first(where: { $0 < Architecture.noStage }) {
      throw ReadError(
        .gpwNetwork, "a stage is out of range", path: [GPWKey.stages],
        expected: "\(Architecture.noStage) or more", found: "\(stage)")
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
      max(height, width) <= GPWLayout.maximumFingerprintSide, logits.allSatisfy(\.isFinite),
      tolerance.isFinite, tolerance > 0
    else {
      throw ReadError(
        .gpwNetwork, "the fingerprint is out of range", path: [keys[0]],
        expected:
          "1 to \(GPWLayout.maximumFingerprintSide) pixels, finite logits, a tolerance above 0",
        found: "size \(size), tolerance \(tolerance)")
    }
    return Fingerprint(resolution: resolution, logits: logits, tolerance: tolerance)
  }

  fileprivate func preprocessing() throws(ReadError) -> Preprocessing {
    let preprocessing = Preprocessing(
      mean: try numbers(GPWKey.mean, count: 3),
      standardDeviation: try numbers(GPWKey.standardDeviation, count: 3),
      interpolation: try text(GPWKey.interpolation),
      cropFraction: try numbers(GPWKey.crop, count: 1)[0])
    if let (field, expected, found) = preprocessing.misfit {
      let key =
        switch field {
        case .mean: GPWKey.mean
        case .standardDeviation: GPWKey.standardDeviation
        case .interpolation: GPWKey.interpolation
        case .cropFraction: GPWKey.crop
        }
      throw ReadError(
        .gpwNetwork, "the preprocessing is out of range", path: [key], expected: expected,
        found: found)
    }
    return preprocessing
  }

  fileprivate func provenance() throws(ReadError) -> GPWModel.Provenance {
    let provenance = GPWModel.Provenance(
      sourceName: try text(GPWKey.sourceName), sourceSHA256: try text(GPWKey.sourceSHA256),
      sourceFormat: try text(GPWKey.sourceFormat), key: try text(GPWKey.sourceKey),
      toolVersion: try text(GPWKey.toolVersion), options: try texts(GPWKey.options))
    let digits = provenance.sourceSHA256.utf8
    let isHexadecimal = digits.allSatisfy {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
    }
    guard digits.isEmpty || digits.count == 64 && isHexadecimal else {
      throw ReadError(
        .gpwNetwork, "no SHA-256", path: [GPWKey.sourceSHA256],
        expected: "64 lower-case hexadecimal digits, or none", found: provenance.sourceSHA256)
    }
    return provenance
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
