import BinaryInput
import Digests
import Dispatch
import NetworkFamilies
import NetworkProgram
import GPWFormat
import Glibc
import Synchronization
import TensorData
import TestSupport
import Testing

extension GPWModel {
  /// A model of a small network.
  fileprivate static func sample(
    _ texts: [(text: String, stage: Int?)] = samplePlainTexts,
    _ form: NormalizationForm = .folded, type: ElementType = .f32,
    layout: TensorLayout = .rowMajor, labels: [String]? = nil
  ) throws -> GPWModel {
    GPWModel(
      network: try Architecture.sample(texts).sampleNetwork(form, type: type), layout: layout,
      name: nil,
      preprocessing: .published(cropFraction: 0.875), labels: labels,
      fingerprint: Fingerprint(
        resolution: Resolution(height: 40, width: 44)!, logits: [1, -2.5, 0, 1e-300, 7],
        tolerance: 1e-6),
      provenance: Provenance(
        sourceName: "in.pth", sourceSHA256: String(repeating: "0", count: 64),
        sourceFormat: "pytorch-zip", key: "state_dict_ema", toolVersion: "0.1.0",
        options: ["allow-unused"]))
  }

  /// The file as bytes.
  func bytes() throws -> [UInt8] {
    let folder = TemporaryFolder()
    var file = try AtomicOutputFile(path: folder.file("a.gpw"), replacing: false)
    try write(to: &file)
    try file.commit()
    let bytes = try MappedFile(path: folder.file("a.gpw")).bytes
    #expect(bytes.count == fileByteCount)
    return bytes.array
  }
}

private func read(_ bytes: [UInt8]) throws(ReadError) -> GPWModel {
  try GPWModel(GPWFile(Bytes(copying: bytes)))
}

private func code(_ bytes: [UInt8]) -> ErrorCode? {
  do {
    _ = try read(bytes)
    return nil
  } catch {
    return error.code
  }
}

@Suite struct `A .gpw file` {
  @Test(
    arguments: [(.separate, .rowMajor), (.folded, .rowMajor), (.folded, .blocked)]
      as [(NormalizationForm, TensorLayout)],
    [ElementType.f64, .f32, .f16, .bf16])
  func `gives back what was written`(
    form: (norms: NormalizationForm, layout: TensorLayout), type: ElementType
  ) throws {
    let (form, layout) = form
    for texts in [samplePlainTexts, sampleDistilledTexts] {
      let model = try GPWModel.sample(
        texts, form, type: type, layout: layout, labels: ["a", "b\u{1b}", "", "d", "ü"])
      let found = try read(model.bytes())
      #expect(found.layout == layout)
      #expect(found.network.program == model.network.program)
      #expect(found.network.form == form)
      #expect(found.network.parameters.names == model.network.parameters.names)
      for (name, tensor) in model.network.parameters {
        let other = try #require(found.network.parameters[name])
        #expect(other.elementType == tensor.elementType)
        #expect(other.layout == layout)
        #expect(try other.contiguousBytes() == tensor.contiguousBytes(), "\(name)")
      }
      #expect(found.preprocessing == model.preprocessing)
      #expect(found.labels == model.labels)
      #expect(found.provenance == model.provenance)
      #expect(found.fingerprint == model.fingerprint)
      #expect(found.name == nil)
    }
  }

  @Test(arguments: TensorLayout.allCases)
  func `has the same bytes whenever it is written`(layout: TensorLayout) throws {
    let first = try GPWModel.sample(layout: layout).bytes()
    #expect(try GPWModel.sample(layout: layout).bytes() == first)
    #expect(try read(first).bytes() == first)
  }

  @Test(arguments: TensorLayout.allCases)
  func `needs a reader that reads programs`(layout: TensorLayout) throws {
    let bytes = try GPWModel.sample(layout: layout).bytes()
    #expect(Array(bytes[8..<16]) == [3, 0, 0, 0, 3, 0, 0, 0])
  }

  @Test func `is read whatever its labels are`() throws {
    let model = try GPWModel.sample()
    let bytes = try model.bytes()
    var changed = bytes
    for (old, new) in [
      ("gpunet", "\u{1b}[31m "), ("prologue_i3_o4_s2_swish", "prologue_i3_o4_s1_swish"),
      ("irb_k5_e2.5_i6_o6", "irb_k5_e2.5 and so"), ("stage: 1 layer3", "stage: 7 layer9"),
    ] {
      let range = try #require(changed.firstRange(of: Array(old.utf8)))
      changed.replaceSubrange(range, with: new.utf8.prefix(range.count))
    }
    repairHeaderChecksum(&changed)
    let found = try read(changed)
    let program = model.network.program
    #expect(found.network.program.layers.map(\.operations) == program.layers.map(\.operations))
    #expect(found.network.tensors.keys == model.network.tensors.keys)
    #expect(found.network.program.layers[0].label.text == "prologue_i3_o4_s1_swish")
    #expect(found.network.program != program)
    #expect(try found.bytes() == changed)
  }

  @Test func `gives back any program`() throws {
    for seed in series(500, debugStep: 100) {
      let program = Program.random(seed: UInt64(seed))
      let network = try Network(
        program, parameters: program.sampleParameters(type: .f16, seed: UInt64(seed)))
      var model = try GPWModel.sample()
      model = GPWModel(
        network: network, name: nil, preprocessing: model.preprocessing,
        provenance: model.provenance)
      let found = try read(model.bytes())
      #expect(found.network.program == program, "seed \(seed)")
      for (name, tensor) in network.parameters {
        #expect(try found.network.parameters[name]?.contiguousBytes() == tensor.contiguousBytes())
      }
    }
  }

  @Test(arguments: [ElementType.f64, .f32, .f16, .bf16])
  func `is folded while it is written, in either layout`(type: ElementType) throws {
    for texts in [samplePlainTexts, sampleDistilledTexts] {
      var model = try GPWModel.sample(texts, .separate, type: type)
      model.writtenForm = .folded
      let plain = try read(model.bytes())
      model.layout = .blocked
      let blocked = try read(model.bytes())
      let expected = try model.network.folded().parameters
      for (name, tensor) in expected {
        let found = try #require(blocked.network.parameters[name])
        #expect(found.layout == .blocked)
        #expect(try found.blockedBytes() == tensor.blockedBytes(), "\(name)")
        let bytes = try found.contiguousBytes()
        #expect(try bytes == tensor.contiguousBytes(), "\(name)")
        #expect(try bytes == plain.network.parameters[name]?.contiguousBytes(), "\(name)")
      }
    }
  }

  @Test func `may have both layouts, and separate norms then, too`() throws {
    let model = try GPWModel.sample(samplePlainTexts, .separate)
    var parameters = StateDict()
    for (index, (name, tensor)) in model.network.parameters.enumerated() {
      let isBlocked = index.isMultiple(of: 3) && !tensor.shape.isEmpty
      let isNew = parameters.append(
        isBlocked
          ? try Tensor(
            elementType: tensor.elementType, shape: tensor.shape, blocked: tensor.blockedBytes())
          : tensor, named: name)
      #expect(isNew)
    }
    var mixed = model
    mixed.network = try Network(
      model.network.program, parameters: parameters)
    #expect(try mixed.bytes() == model.bytes())
    // Blocked kernels are folded, too.
    mixed.writtenForm = .folded
    var folded = model
    folded.writtenForm = .folded
    for layout in TensorLayout.allCases {
      (mixed.layout, folded.layout) = (layout, layout)
      #expect(try mixed.bytes() == folded.bytes())
    }
  }

  @Test(arguments: TensorLayout.allCases)
  func `is the same through a pipe`(layout: TensorLayout) throws {
    let folder = TemporaryFolder()
    var model = try GPWModel.sample(samplePlainTexts, .separate)
    (model.writtenForm, model.layout) = (.folded, layout)
    let pipe = folder.file("pipe")
    #expect(unsafe mkfifo(pipe, 0o600) == 0)
    let received = Mutex<[UInt8]>([])
    let reading = DispatchGroup()
    DispatchQueue.global().async(group: reading) {
      let descriptor = unsafe open(pipe, O_RDONLY)
      var buffer = [UInt8](repeating: 0, count: 4_096)
      while case let count = unsafe Glibc.read(descriptor, &buffer, buffer.count), count > 0 {
        received.withLock { $0 += buffer[..<count] }
      }
    }
    var file = try AtomicOutputFile(path: pipe, replacing: true)
    let isSeekable = file.isSeekable
    #expect(!isSeekable)
    try model.write(to: &file)
    try file.commit()
    reading.wait()
    #expect(try received.withLock { $0 } == model.bytes())
  }

  @Test func `aligns every tensor and ends with the last`() throws {
    let bytes = try GPWModel.sample().bytes()
    let file = try GPWFile(Bytes(copying: bytes))
    #expect(file.entries.allSatisfy { $0.byteOffset.isMultiple(of: 64) })
    let last = try #require(file.entries.last)
    #expect(last.byteOffset + last.byteCount == bytes.count)
    #expect(file.entries[0].name == "network.head: 2.net.0.weight")
    #expect(file.entries[0].shape == [4, 3, 3, 3])
  }

  @Test(arguments: TensorLayout.allCases)
  func `is refused when it is cut anywhere`(layout: TensorLayout) throws {
    let bytes = try GPWModel.sample(layout: layout).bytes()
    for count in 0..<bytes.count {
      let found = code(Array(bytes.prefix(count)))
      #expect(found == .gpwLength, "\(count) bytes")
    }
    #expect(code(bytes + [0]) == .gpwLength)
  }

  @Test(arguments: TensorLayout.allCases)
  func `is refused when any byte is changed`(layout: TensorLayout) throws {
    let bytes = try GPWModel.sample(layout: layout).bytes()
    // All of the one; the other, which is longer, differs in its tensors alone.
    for offset in stride(from: 0, to: bytes.count, by: layout == .blocked ? 7 : 1) {
      var damaged = bytes
      damaged[offset] ^= offset.isMultiple(of: 2) ? 0x01 : 0x80
      #expect(code(damaged) != nil, "byte \(offset)")
    }
  }

  @Test func `says which tensor is damaged`() throws {
    var bytes = try GPWModel.sample().bytes()
    let entry = try GPWFile(Bytes(copying: bytes)).entries[5]
    bytes[entry.byteOffset + 2] ^= 4
    let error = #expect(throws: ReadError.self) { try read(bytes) }
    #expect(error?.code == .gpwTensorChecksum)
    #expect(error?.path == [entry.name])
    #expect(error?.offset == entry.byteOffset)
  }

  @Test func `defines the input of its fingerprint`() throws {
    let resolution = try #require(Resolution(height: 2, width: 3))
    let input = Fingerprint.input(channels: 1, resolution: resolution)
    #expect(input.shape == [1, 1, 2, 3])
    // The first states of the generator, computed with Python's integers:
    // s = (s * 6364136223846793005 + 1442695040888963407) % 2**64; (s >> 40) / 2**22 - 2.
    #expect(
      try input.doubles() == [
        -1.6871654987335205, -1.5932049751281738, 0.4212932586669922, -0.39513540267944336,
        -0.4654970169067383, 0.2434384822845459,
      ])
  }

  @Test func `can be told from other files`() throws {
    #expect(GPWFile.canRead(Bytes(copying: try GPWModel.sample().bytes())))
    for other in [[], [0x89], [0x50, 0x4B, 3, 4], Array("GPW\n".utf8)] as [[UInt8]] {
      #expect(!GPWFile.canRead(Bytes(copying: other)))
    }
  }
}

/// One rule of the format broken, with the header's checksum repaired where it is not the rule.
private struct BrokenRule: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let code: ErrorCode
  var layout = TensorLayout.rowMajor
  var repairs = true
  let damage: @Sendable (inout [UInt8], GPWFile) -> Void

  init(
    _ text: String, _ code: ErrorCode, layout: TensorLayout = .rowMajor, repairs: Bool = true,
    _ damage: @escaping @Sendable (inout [UInt8], GPWFile) -> Void
  ) {
    testDescription = text
    self.code = code
    self.layout = layout
    self.repairs = repairs
    self.damage = damage
  }

  static let all: [BrokenRule] = [
    BrokenRule("another magic", .gpwMagic) { bytes, _ in bytes[0] = 0x88 },
    BrokenRule("a line end changed in transfer", .gpwMagic) { bytes, _ in bytes[4] = 0x0A },
    BrokenRule("a newer minimum version", .gpwVersion) { bytes, _ in
      bytes[8] = 9
      bytes[12] = 4
    },
    BrokenRule("version 0", .gpwVersion) { bytes, _ in bytes[8] = 0 },
    BrokenRule("minimum version 0", .gpwVersion) { bytes, _ in bytes[12] = 0 },
    BrokenRule("another length", .gpwLength) { bytes, _ in bytes[16] ^= 1 },
    BrokenRule("metadata beyond its limit", .gpwHeader) { bytes, _ in bytes[28] = 1 },
    BrokenRule("a table beyond its limit", .gpwHeader) { bytes, _ in bytes[36] = 1 },
    BrokenRule("more entries than bytes", .gpwHeader) { bytes, _ in bytes[43] = 0x7F },
    BrokenRule("more tensors than bytes", .gpwHeader) { bytes, _ in bytes[47] = 0x7F },
    BrokenRule("another tensor offset", .gpwHeader) { bytes, _ in bytes[48] ^= 0x40 },
    BrokenRule("a reserved field", .gpwHeader) { bytes, _ in bytes[57] = 1 },
    BrokenRule("another header checksum", .gpwHeaderChecksum, repairs: false) { bytes, _ in
      bytes[60] ^= 1
    },
    BrokenRule("fewer metadata entries than there are", .gpwMetadata) { bytes, _ in
      bytes[40] -= 1
    },
    BrokenRule("a key of no bytes", .gpwMetadata) { bytes, _ in bytes[64] = 0 },
    BrokenRule("a value of an unknown type", .gpwMetadata) { bytes, _ in bytes[68] = 5 },
    BrokenRule("a count beyond the section", .gpwMetadata) { bytes, _ in bytes[79] = 0xFF },
    BrokenRule("keys out of order", .gpwMetadata) { bytes, _ in
      bytes[80] = UInt8(ascii: "z")
    },
    BrokenRule("a key that is no UTF-8", .gpwMetadata) { bytes, _ in bytes[80] = 0xFF },
    BrokenRule("fewer tensors than entries", .gpwTable) { bytes, _ in bytes[44] -= 1 },
    BrokenRule("an unknown element type", .gpwTable) { bytes, _ in
      bytes[tableOffset(bytes) + 4] = 11
    },
    BrokenRule("an unknown layout", .gpwTable, layout: .blocked) { bytes, _ in
      bytes[tableOffset(bytes) + 5] = 2
    },
    BrokenRule("a blocked tensor for readers of version 1", .gpwTable, layout: .blocked) {
      bytes, _ in bytes[12] = 1
    },
    BrokenRule("no program, as readers of version 2 want it", .gpwVersion) { bytes, _ in
      bytes[12] = 2
    },
    BrokenRule("a row-major tensor called blocked", .gpwTable) { bytes, _ in
      bytes[tableOffset(bytes) + 5] = 1
    },
    BrokenRule("a blocked tensor called row-major", .gpwTable, layout: .blocked) { bytes, _ in
      bytes[tableOffset(bytes) + 5] = 0
    },
    BrokenRule("a blocked tensor without axes", .gpwTable, layout: .blocked) { bytes, _ in
      bytes[tableOffset(bytes) + 6] = 0
    },
    BrokenRule("too many axes", .gpwTable) { bytes, _ in bytes[tableOffset(bytes) + 6] = 9 },
    BrokenRule("a reserved byte of an entry", .gpwTable) { bytes, _ in
      bytes[tableOffset(bytes) + 7] = 1
    },
    BrokenRule("a reserved field of an entry", .gpwTable) { bytes, _ in
      bytes[tableOffset(bytes) + 28] = 1
    },
    BrokenRule("a name of no bytes", .gpwTable) { bytes, _ in bytes[tableOffset(bytes)] = 0 },
    BrokenRule("a byte count that does not follow", .gpwTable) { bytes, _ in
      bytes[tableOffset(bytes) + 16] ^= 4
    },
    BrokenRule("a shape whose product overflows", .gpwTable) { bytes, _ in
      for axis in 0..<4 { bytes[tableOffset(bytes) + 32 + 8 * axis + 6] = 0x7F }
    },
    BrokenRule("a dimension beyond all integers", .gpwTable) { bytes, _ in
      bytes[tableOffset(bytes) + 39] = 0xFF
    },
    BrokenRule("two tensors of one name", .gpwTable) { bytes, _ in
      replace(&bytes, " layer6.net.6.weight", " layer6.net.0.weight")
    },
    BrokenRule("a tensor at another place", .gpwPlacement) { bytes, _ in
      bytes[tableOffset(bytes) + 8] ^= 0x40
    },
    BrokenRule("something between two tensors", .gpwPlacement) { bytes, file in
      bytes[file.entries[0].byteOffset + file.entries[0].byteCount] = 1
    },
    BrokenRule("a damaged tensor", .gpwTensorChecksum) { bytes, file in
      bytes[file.entries[0].byteOffset] ^= 1
    },
    BrokenRule("padding that is not zero", .gpwTensorPadding, layout: .blocked) { bytes, file in
      let entry = file.entries[0]
      let end = entry.byteOffset + entry.byteCount
      bytes[end - 1] = 0x80
      let sum = CRC32.checksum(Bytes(copying: Array(bytes[entry.byteOffset..<end])).span)
      for index in 0..<4 {
        bytes[tableOffset(bytes) + 24 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index))
      }
    },
    BrokenRule("another kernel", .gpwNetwork) { bytes, _ in setOperation(3, to: 1, &bytes) },
    BrokenRule("another stride, and so another residual", .gpwNetwork) { bytes, _ in
      // The depthwise convolution of the block that adds its input.
      setOperation(15 + 15 + 28 + 15 + 4, to: 2, &bytes)
    },
    BrokenRule("another width", .gpwNetwork) { bytes, _ in setOperation(2, to: 5, &bytes) },
    BrokenRule("other groups", .gpwNetwork) { bytes, _ in setOperation(10, to: 3, &bytes) },
    BrokenRule("a negative number of channels", .gpwNetwork) { bytes, _ in
      setOperation(1, to: -1, &bytes)
    },
    BrokenRule("a number that no machine has", .gpwNetwork) { bytes, _ in
      setOperation(1, to: .min, &bytes)
    },
    BrokenRule("a step that nobody knows", .gpwNetwork) { bytes, _ in
      setOperation(0, to: 7_000, &bytes)
    },
    BrokenRule("another tensor name", .gpwNetwork) { bytes, _ in
      replace(&bytes, "network.head: 2.net.0.weight", "network.head: 2.net.0.weighs")
    },
    BrokenRule("half a fingerprint", .gpwNetwork) { bytes, _ in
      replace(&bytes, "fingerprint.size", "fingerprint.sizf")
    },
    BrokenRule("a fingerprint without a tolerance", .gpwNetwork) { bytes, _ in
      replace(&bytes, "fingerprint.tolerance", "fingerprint.tolerancf")
    },
    BrokenRule("a tolerance that is not finite", .gpwNetwork) { bytes, _ in
      let end = bytes.firstRange(of: Array("fingerprint.tolerance".utf8))!.upperBound
      bytes[end + 6] = 0xF0
      bytes[end + 7] = 0x7F
    },
    BrokenRule("a fingerprint of no size", .gpwNetwork) { bytes, _ in
      let end = bytes.firstRange(of: Array("fingerprint.size".utf8))!.upperBound
      bytes[end] = 0
    },
    BrokenRule("a missing key", .gpwNetwork) { bytes, _ in
      replace(&bytes, "preprocessing.crop", "preprocessing.croq")
    },
  ]

  private static func tableOffset(_ bytes: [UInt8]) -> Int {
    (64 + Int(bytes[24]) + Int(bytes[25]) << 8 + 7) / 8 * 8
  }

  /// Puts another number in the place of one of the program's.
  private static func setOperation(_ index: Int, to value: Int64, _ bytes: inout [UInt8]) {
    let start = bytes.firstRange(of: Array("program.operations".utf8))!.upperBound + 8 * index
    for byte in 0..<8 { bytes[start + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte)) }
  }

  private static func replace(_ bytes: inout [UInt8], _ old: String, _ new: String) {
    let range = bytes.firstRange(of: Array(old.utf8))
    precondition(range != nil && old.utf8.count == new.utf8.count, "the text is there")
    bytes.replaceSubrange(range!, with: Array(new.utf8))
  }
}

/// Repairs the header's checksum, written here from the format's text alone.
func repairHeaderChecksum(_ bytes: inout [UInt8]) {
  let dataOffset = (0..<8).reduce(0) { $0 | Int(bytes[48 + $1]) << (8 * $1) }
  guard (64...bytes.count).contains(dataOffset) else { return }
  for index in 60..<64 { bytes[index] = 0 }
  let sum = CRC32.checksum(Bytes(copying: Array(bytes[0..<dataOffset])).span)
  for index in 0..<4 { bytes[60 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
}

@Suite struct `Every rule of the format` {
  @Test(arguments: BrokenRule.all) private func `is checked`(rule: BrokenRule) throws {
    var bytes = try GPWModel.sample(layout: rule.layout).bytes()
    rule.damage(&bytes, try GPWFile(Bytes(copying: bytes)))
    if rule.repairs { repairHeaderChecksum(&bytes) }
    #expect(code(bytes) == rule.code)
  }

  @Test func `has a file that breaks it`() {
    #expect(Set(BrokenRule.all.map(\.code)) == Set(ErrorCode.gpwCodes))
  }

  @Test(arguments: TensorLayout.allCases)
  func `holds against random damage with a repaired checksum`(layout: TensorLayout) throws {
    let bytes = try GPWModel.sample(layout: layout).bytes()
    var generator = SeededGenerator(seed: 20_26)
    for _ in 0..<(layout == .blocked ? 1_000 : 5_000) {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        // Mostly in the header, where structure is.
        let offset = Int.random(in: 0..<3_600, using: &generator)
        damaged[offset] = UInt8.random(in: 0...255, using: &generator)
      }
      repairHeaderChecksum(&damaged)
      // Whatever is accepted must be whole; a crash would end the test.
      if let model = try? read(damaged) {
        #expect(
          model.network.parameters.names
            == model.network.program.parameters.map(\.name))
      }
    }
  }
}
