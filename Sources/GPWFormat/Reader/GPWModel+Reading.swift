public import BinaryInput
package import NetworkProgram
import TensorData

extension GPWModel {
  /// Reads the model that a file holds; every checksum is verified. Its layout is `blocked` where
  /// that of every tensor is.
  ///
  /// - Parameters:
  ///   - file: The file, of version 3 or later.
  ///   - keepsPages: Whether its pages stay in memory, because they are used at once; else the
  ///     system may take them back until they are.
  /// - Throws: `gpw.version` for a file that states no program; `gpw.tensorChecksum`;
  ///   `gpw.tensorPadding`; `gpw.network` where metadata and tensors make up no network.
  public init(_ file: GPWFile, keepsPages: Bool = false) throws(ReadError) {
    guard file.statesProgram else {
      throw ReadError(
        .gpwVersion, "the file is of a version that states no program",
        expected: "version \(GPWLayout.programVersion) or later", found: "an older one",
        advice: "bring it over: gpunet-convert OLD.gpw NEW.gpw")
    }
    let program = try file.program()
    try self.init(file, of: program, keepsPages: keepsPages)
  }

  /// Reads the parameters of a program and what a file says beside them.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - program: What its parameters are for.
  ///   - keepsPages: Whether its pages stay in memory.
  /// - Throws: `gpw.tensorChecksum`; `gpw.tensorPadding`; `gpw.network` where the tensors are not the
  ///   program's, or the metadata is not what it should be.
  package init(
    _ file: GPWFile, of program: Program, keepsPages: Bool = false
  ) throws(ReadError) {
    try program.requireFit()
    let metadata = file.metadata
    try file.requireTensors(of: program)
    let name = try metadata.optionalText(GPWKey.name)
    guard try [nil, GPWKey.assumed].contains(metadata.optionalText(GPWKey.preprocessingOrigin))
    else {
      throw ReadError(
        .gpwNetwork, "the origin of the preprocessing is unknown",
        path: [GPWKey.preprocessingOrigin], expected: GPWKey.assumed)
    }
    _ = try metadata.optionalText(GPWKey.licence)
    let preprocessing = try metadata.preprocessing()
    let labels =
      metadata.values[GPWKey.labels] == nil
      ? nil : try metadata.texts(GPWKey.labels, count: program.classCount)
    let fingerprint = try metadata.fingerprint(classCount: program.classCount)
    let provenance = try metadata.provenance()
    // Last, so that whatever the header shows is known before any tensor is touched.
    var parameters = try file.stateDict(keepsPages: keepsPages)
    try parameters.tie(metadata.pairs(GPWKey.tied))
    let network = try Network(
      program, parameters: parameters,
      suppliedNames: Set(metadata.unregisteredTexts(GPWKey.supplied)))
    let isBlocked = file.entries.allSatisfy { $0.layout == .blocked }
    self.init(
      network: network, layout: isBlocked ? .blocked : .rowMajor, name: name,
      preprocessing: preprocessing, labels: labels, fingerprint: fingerprint,
      provenance: provenance)
    licence = try metadata.optionalText(GPWKey.licence)
    assumesPreprocessing =
      try metadata.optionalText(GPWKey.preprocessingOrigin) == GPWKey.assumed
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

extension GPWFile {
  /// The program that the metadata states, with the names that the table gives its parameters.
  fileprivate func program() throws(ReadError) -> Program {
    let counts = try metadata.integers(GPWKey.operationCounts)
    var records = OperationRecords(
      try metadata.integers(GPWKey.operations), epsilons: try metadata.numbers(GPWKey.epsilon))
    let layers = try records.layers(counts)
    let input = try metadata.integers(GPWKey.input, count: 3).map { Int(exactly: $0) ?? 0 }
    guard (1...GPWLayout.maximumChannels).contains(input[0]),
      Resolution(height: input[1], width: input[2]) != nil
    else {
      throw ReadError(
        .gpwNetwork, "the input is out of range", path: [GPWKey.input],
        expected: "1 to \(GPWLayout.maximumChannels) channels of 1 to \(Resolution.maximum) pixels",
        found: "\(input)")
    }
    let texts = try metadata.texts(GPWKey.layers, count: counts.count)
    let modules = try metadata.texts(GPWKey.modules, count: counts.count)
    let stages = try metadata.integers(GPWKey.stages, count: counts.count)
    if let stage = stages.first(where: { $0 < GPWKey.noStage }) {
      throw ReadError(
        .gpwNetwork, "a stage is out of range", path: [GPWKey.stages],
        expected: "\(GPWKey.noStage) or more", found: "\(stage)")
    }
    var unnamed = entries[...]
    var programs: [LayerProgram] = []
    for (index, operations) in layers.enumerated() {
      let label = LayerLabel(
        text: texts[index], stage: stages[index] == GPWKey.noStage ? nil : Int(stages[index]),
        moduleName: modules[index], units: try operations.unitNames(takenFrom: &unnamed))
      programs.append(LayerProgram(index: index, label: label, operations: operations))
    }
    let hasNorms = programs.contains { layer in
      layer.convolutions.contains { $0.convolution.batchNorm != nil }
    }
    return Program(
      convention: try metadata.text(GPWKey.convention),
      input: FeatureShape(channels: input[0], height: input[1], width: input[2]),
      layers: programs, form: hasNorms ? .separate : .folded)
  }

  /// Refuses a table that is not, in this order, the parameters of a program.
  fileprivate func requireTensors(of program: Program) throws(ReadError) {
    let specifications = program.parameters
    for (entry, specification) in zip(entries, specifications) {
      guard entry.name == specification.name else {
        throw ReadError(
          .gpwNetwork, "the tensors are not those of the layers", expected: specification.name,
          found: entry.name)
      }
      guard entry.shape == specification.shape else {
        throw ReadError(
          .gpwNetwork, "the tensor has another shape than its layer says",
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
        .gpwNetwork, "the tensors are not those of the layers",
        expected: "\(specifications.count) tensors", found: "\(entries.count)")
    }
  }
}

extension [NetworkProgram.Operation] {
  /// What the units of these steps are called, by the names of their tensors, which are taken from the
  /// front of a table.
  ///
  /// - Throws: `gpw.network` where the table ends, or a name does not end as a weight's.
  fileprivate func unitNames(
    takenFrom entries: inout ArraySlice<GPWTensorEntry>
  ) throws(ReadError) -> [UnitNames] {
    func module(_ entry: GPWTensorEntry?) throws(ReadError) -> String {
      guard let entry else {
        throw ReadError(
          .gpwNetwork, "the tensors are not those of the layers",
          expected: "a weight for every convolution", found: "the end of the table")
      }
      guard entry.name.hasSuffix(".weight") else {
        throw ReadError(
          .gpwNetwork, "the tensors are not those of the layers", path: [entry.name],
          expected: "a name that ends in '.weight'", found: entry.name)
      }
      return String(entry.name.dropLast(".weight".count))
    }
    var units: [UnitNames] = []
    for operation in self {
      for convolution in operation.convolutions {
        let weights = try module(entries.popFirst())
        if convolution.hasBias { _ = entries.popFirst() }
        guard convolution.batchNorm != nil else {
          units.append(UnitNames(weights))
          continue
        }
        units.append(UnitNames(weights, try module(entries.first)))
        entries = entries.dropFirst(5)
      }
      if case .linear = operation {
        units.append(UnitNames(try module(entries.popFirst())))
        entries = entries.dropFirst()
      }
    }
    return units
  }
}

extension GPWMetadata {
  /// The fingerprint, whose three keys are all there or none is.
  fileprivate func fingerprint(
    classCount: Int
  ) throws(ReadError) -> Fingerprint? {
    let keys = [GPWKey.fingerprintSize, GPWKey.fingerprintLogits, GPWKey.fingerprintTolerance]
    guard keys.contains(where: { values[$0] != nil }) else { return nil }
    let size = try integers(GPWKey.fingerprintSize, count: 2)
    let logits = try numbers(GPWKey.fingerprintLogits, count: classCount)
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
}
