public import BinaryInput
import Digests
import NetworkProgram
import TensorData

extension GPWModel {
  /// The metadata section that describes this model.
  public var metadata: GPWMetadata {
    let program = writtenProgram
    let labels = program.layers.map(\.label)
    var metadata = GPWMetadata()
    metadata.values = [
      GPWKey.convention: .text(program.convention),
      GPWKey.layers: .texts(labels.map(\.text)),
      GPWKey.modules: .texts(labels.map(\.moduleName)),
      GPWKey.stages: .integers(labels.map { $0.stage.map { Int64($0) } ?? GPWKey.noStage }),
      GPWKey.input: .integers(
        [program.input.channels, program.input.height, program.input.width].map { Int64($0) }),
      GPWKey.operationCounts: .integers(program.layers.map { Int64($0.operations.count) }),
      GPWKey.operations: .integers(program.layers.flatMap(\.operations).flatMap(\.record)),
      GPWKey.epsilon: .numbers(
        program.layers.flatMap(\.convolutions).compactMap { $0.convolution.batchNorm?.epsilon }),
      GPWKey.mean: .numbers(preprocessing.mean),
      GPWKey.standardDeviation: .numbers(preprocessing.standardDeviation),
      GPWKey.interpolation: .text(preprocessing.interpolation),
      GPWKey.crop: .numbers([preprocessing.cropFraction]),
      GPWKey.sourceName: .text(provenance.sourceName),
      GPWKey.sourceSHA256: .text(provenance.sourceSHA256),
      GPWKey.sourceFormat: .text(provenance.sourceFormat),
      GPWKey.sourceKey: .text(provenance.key),
      GPWKey.toolVersion: .text(provenance.toolVersion),
      GPWKey.options: .texts(provenance.options),
    ]
    let specifications = program.parameters
    let names = specifications.map(\.name)
    let supplied = specifications.filter { network.supplied.contains($0.slot) }.map(\.name)
    if !supplied.isEmpty { metadata.values[GPWKey.supplied] = .texts(supplied) }
    if writtenForm == network.form {
      // Two parameters that are folded with different norms are not the same any more.
      let originals = network.parameters.originals()
      let pairs = names.flatMap { name in originals[name].map { [name, $0] } ?? [] }
      if !pairs.isEmpty { metadata.values[GPWKey.tied] = .texts(pairs) }
    }
    metadata.values[GPWKey.name] = name.map { .text($0) }
    metadata.values[GPWKey.licence] = licence.map { .text($0) }
    if assumesPreprocessing {
      metadata.values[GPWKey.preprocessingOrigin] = .text(GPWKey.assumed)
    }
    metadata.values[GPWKey.labels] = self.labels.map { .texts($0) }
    if let fingerprint {
      let size = fingerprint.resolution
      metadata.values[GPWKey.fingerprintSize] = .integers([Int64(size.height), Int64(size.width)])
      metadata.values[GPWKey.fingerprintLogits] = .numbers(fingerprint.logits)
      metadata.values[GPWKey.fingerprintTolerance] = .numbers([fingerprint.tolerance])
    }
    return metadata
  }

  /// The number of bytes that ``write(to:)`` writes.
  ///
  /// - Precondition: The layout is one that ``writtenForm`` has.
  public var fileByteCount: Int { plan.fileByteCount }

  private var plan: GPWPlan {
    precondition(layout == .rowMajor || writtenForm == .folded, "only folded networks are blocked")
    return GPWPlan(
      metadata: metadata, parameters: network.deferredParameters(writtenForm), layout: layout)
  }

  /// Writes the whole file; the same model gives the same bytes.
  ///
  /// Each parameter is made, written and let go of before the next.
  ///
  /// - Precondition: The layout is one that ``writtenForm`` has.
  /// - Throws: `io.write`; `network.parameter` where a norm cannot be folded; `io.memory`.
  public func write(to file: inout AtomicOutputFile) throws(ReadError) {
    let plan = plan
    if file.isSeekable {
      // The table holds the tensors' checksums, so it can only be written after them.
      try file.write([UInt8](repeating: 0, count: plan.dataOffset))
      let checksums = try plan.writeTensors(to: &file)
      try file.overwrite(Bytes(copying: plan.header(checksums)), at: 0)
    } else {
      // A device or a pipe takes bytes in their order only, so each parameter is made twice.
      var checksums: [UInt32] = []
      for parameter in plan.parameters {
        var checksum = CRC32()
        try parameter.forEachPart(in: layout) { (part: Bytes) throws(ReadError) in
          checksum.update(part.span)
        }
        checksums.append(checksum.value)
      }
      try file.write(plan.header(checksums))
      _ = try plan.writeTensors(to: &file)
    }
  }
}

/// Where everything in a file will be, which follows from the metadata and the parameters' shapes.
private struct GPWPlan {
  let fileByteCount: Int
  /// Where the tensors begin.
  let dataOffset: Int
  /// The tensors in their order.
  let parameters: [DeferredParameter]

  private let layout: TensorLayout
  /// Where each tensor begins.
  private let offsets: [Int]
  private let preamble: GPWPreamble
  private let metadata: [UInt8]

  init(metadata: GPWMetadata, parameters: [DeferredParameter], layout: TensorLayout) {
    self.parameters = parameters
    self.layout = layout
    self.metadata = metadata.encoded()
    let table = GPWPlan.table(parameters, layout, offsets: nil, checksums: nil)
    var preamble = GPWPreamble(
      minimumReaderVersion: GPWLayout.programVersion, fileByteCount: 0,
      metadataByteCount: self.metadata.count, tableByteCount: table.count,
      metadataEntryCount: metadata.values.count, tensorCount: parameters.count)
    dataOffset = preamble.dataOffset
    var end = dataOffset
    var offsets: [Int] = []
    for parameter in parameters {
      let alignment = GPWLayout.tensorAlignment
      let offset = (end + alignment - 1) / alignment * alignment
      offsets.append(offset)
      end = offset + parameter.byteCount(in: layout)
    }
    preamble.fileByteCount = end
    fileByteCount = end
    self.offsets = offsets
    self.preamble = preamble
  }

  /// Preamble, metadata and tensor table, with zeros up to the first tensor.
  func header(_ checksums: [UInt32]) -> [UInt8] {
    var header = LittleEndianBytes()
    header.append(contentsOf: preamble.encoded())
    header.append(contentsOf: metadata)
    header.pad(toMultipleOf: GPWLayout.tableAlignment)
    header.append(
      contentsOf: GPWPlan.table(parameters, layout, offsets: offsets, checksums: checksums))
    header.pad(toMultipleOf: GPWLayout.tensorAlignment)
    var checksum = LittleEndianBytes()
    checksum.append(preamble.headerChecksum(of: Bytes(copying: header.bytes)))
    var bytes = header.bytes
    bytes.replaceSubrange(
      GPWLayout.checksumOffset..<GPWLayout.preambleByteCount, with: checksum.bytes)
    return bytes
  }

  /// Writes the tensors and returns their checksums.
  func writeTensors(to file: inout AtomicOutputFile) throws(ReadError) -> [UInt32] {
    var checksums: [UInt32] = []
    for (parameter, offset) in zip(parameters, offsets) {
      try file.write([UInt8](repeating: 0, count: offset - file.byteCount))
      var checksum = CRC32()
      try parameter.forEachPart(in: layout) { (part: Bytes) throws(ReadError) in
        checksum.update(part.span)
        try file.write(part)
      }
      checksums.append(checksum.value)
    }
    return checksums
  }

  /// The tensor table; zeros stand for what is not known yet.
  private static func table(
    _ parameters: [DeferredParameter], _ layout: TensorLayout, offsets: [Int]?,
    checksums: [UInt32]?
  ) -> [UInt8] {
    var table = LittleEndianBytes()
    for (index, parameter) in parameters.enumerated() {
      GPWTensorEntry(
        parameter, in: layout, byteOffset: offsets?[index] ?? 0, checksum: checksums?[index] ?? 0
      ).append(to: &table)
    }
    return table.bytes
  }
}
