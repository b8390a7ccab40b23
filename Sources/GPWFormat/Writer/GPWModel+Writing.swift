public import BinaryInput
import Digests
import GPUNetIR
import TensorData

extension GPWModel {
  /// The metadata section that describes this model.
  public var metadata: GPWMetadata {
    let architecture = network.architecture
    let resolution = architecture.resolution
    var metadata = GPWMetadata()
    metadata.values = [
      GPWKey.layers: .texts(architecture.layers.map(\.description)),
      GPWKey.stages: .integers(
        architecture.entries.map { $0.stage.map { Int64($0) } ?? Architecture.noStage }),
      GPWKey.resolution: .integers([Int64(resolution.height), Int64(resolution.width)]),
      GPWKey.classes: .integers([Int64(architecture.classCount)]),
      GPWKey.normalization: .text(network.form.rawValue),
      GPWKey.padding: .integers(architecture.paddingFacts),
      GPWKey.epsilon: .numbers(architecture.epsilonFacts),
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
    metadata.values[GPWKey.name] = name.map { .text($0) }
    metadata.values[GPWKey.labels] = labels.map { .texts($0) }
    return metadata
  }

  /// The number of bytes that ``write(to:)`` writes.
  public var fileByteCount: Int { plan().preamble.fileByteCount }

  /// Writes the whole file; the same model gives the same bytes.
  ///
  /// - Throws: `io.write`; `io.memory` where a strided tensor cannot be gathered.
  public func write(to file: inout AtomicOutputFile) throws(ReadError) {
    let plan = plan()
    var table = LittleEndianBytes()
    for (element, offset) in zip(network.parameters, plan.offsets) {
      let content = try element.tensor.contiguousBytes()
      GPWTensorEntry(
        name: element.name, tensor: element.tensor, byteOffset: offset,
        checksum: CRC32.checksum(content.span)
      ).append(to: &table)
    }
    var header = LittleEndianBytes()
    header.append(contentsOf: plan.preamble.encoded())
    header.append(contentsOf: plan.metadata)
    header.pad(toMultipleOf: GPWLayout.tableAlignment)
    header.append(contentsOf: table.bytes)
    header.pad(toMultipleOf: GPWLayout.tensorAlignment)
    var checksum = LittleEndianBytes()
    checksum.append(plan.preamble.headerChecksum(of: Bytes(copying: header.bytes)))
    var bytes = header.bytes
    bytes.replaceSubrange(
      GPWLayout.checksumOffset..<GPWLayout.preambleByteCount, with: checksum.bytes)
    try file.write(bytes)
    for (tensor, offset) in zip(network.parameters.lazy.map(\.tensor), plan.offsets) {
      try file.write([UInt8](repeating: 0, count: offset - file.byteCount))
      try file.write(try tensor.contiguousBytes())
    }
  }

  private struct Plan {
    var preamble: GPWPreamble
    var metadata: [UInt8]
    var offsets: [Int]
  }

  private func plan() -> Plan {
    let metadata = self.metadata
    let encoded = metadata.encoded()
    var table = LittleEndianBytes()
    for (name, tensor) in network.parameters {
      GPWTensorEntry(name: name, tensor: tensor, byteOffset: 0, checksum: 0).append(to: &table)
    }
    var preamble = GPWPreamble(
      fileByteCount: 0, metadataByteCount: encoded.count, tableByteCount: table.bytes.count,
      metadataEntryCount: metadata.values.count, tensorCount: network.parameters.count)
    var end = preamble.dataOffset
    var offsets: [Int] = []
    for (_, tensor) in network.parameters {
      let offset =
        (end + GPWLayout.tensorAlignment - 1) / GPWLayout.tensorAlignment
        * GPWLayout.tensorAlignment
      offsets.append(offset)
      end = offset + tensor.byteCount
    }
    preamble.fileByteCount = end
    return Plan(preamble: preamble, metadata: encoded, offsets: offsets)
  }
}
