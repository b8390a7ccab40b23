import BinaryInput
import Dispatch
import Synchronization
import TensorData
import TestSupport
import Testing
import TorchCheckpoint
import ZipArchive

/// What became of damaged copies: errors, and copies that still read.
private struct Outcome {
  var errorCount = 0
  var readCount = 0
  /// What must not happen, in words.
  var faults: [String] = []
}

/// Every state dict of a checkpoint, written out.
private func contents(_ bytes: [UInt8]) throws(ReadError) -> [String: [String: Bytes]] {
  let checkpoint = try TorchCheckpoint(Bytes(copying: bytes))
  var result: [String: [String: Bytes]] = [:]
  for group in checkpoint.groups {
    var tensors: [String: Bytes] = [:]
    for (name, tensor) in try checkpoint.stateDict(at: group.keyPath) {
      tensors[name] = try tensor.contiguousBytes()
    }
    result[group.keyPath] = tensors
  }
  return result
}

/// Reads damaged copies on every processor; a crash or a hang ends the test.
///
/// - Parameters:
///   - numbers: The numbers of the copies.
///   - damage: Makes the copy with that number.
///   - check: Says what is wrong with a copy that still reads; nil for nothing.
/// - Returns: How many copies met each end.
private func read(
  copies numbers: [Int], _ damage: @Sendable (Int) -> [UInt8],
  check: @Sendable (Int, [String: [String: Bytes]]) -> String? = { _, _ in nil }
) -> Outcome {
  let outcome = Mutex(Outcome())
  DispatchQueue.concurrentPerform(iterations: numbers.count) { index in
    let number = numbers[index]
    let result = Result { () throws(ReadError) in try contents(damage(number)) }
    outcome.withLock { outcome in
      switch result {
      case .failure:
        outcome.errorCount += 1
      case .success(let found):
        outcome.readCount += 1
        if let fault = check(number, found) { outcome.faults.append(fault) }
      }
    }
  }
  return outcome.withLock { $0 }
}

@Suite(.timeLimit(.minutes(10))) struct `A damaged checkpoint` {
  static let files = [
    "tensors/attributes.pth", "checkpoints/bare.pth", "checkpoints/rezipped-deflated.pth",
    "checkpoints/legacy.pth", "checkpoints/zip-in-zip-stored.zip",
  ]

  @Test(arguments: files) func `is refused when it is cut anywhere`(file: String) throws {
    let bytes = try Fixture.bytes(file).array
    let outcome = read(copies: series(bytes.count, debugStep: 97)) {
      Array(bytes.prefix($0))
    } check: { number, _ in
      "\(number) bytes read as a whole checkpoint"
    }
    #expect(outcome.readCount == 0)
    #expect(outcome.errorCount > 0)
    #expect(outcome.faults.isEmpty, "\(outcome.faults.prefix(5))")
  }

  @Test func `is refused or reads the same when a byte of the archive's structure changes`()
    throws
  {
    let bytes = try Fixture.bytes("tensors/attributes.pth").array
    let archive = try ZipArchive(Bytes(copying: bytes), profile: .strict)
    let contentOffsets = Set(
      archive.entries.flatMap { $0.dataOffset..<($0.dataOffset + $0.byteCount) })
    let offsets = bytes.indices.filter { !contentOffsets.contains($0) }
    let original = try contents(bytes)
    let outcome = read(copies: series(offsets.count * 255, debugStep: 127)) { number in
      var copy = bytes
      copy[offsets[number / 255]] ^= UInt8(number % 255 + 1)
      return copy
    } check: { number, found in
      found == original ? nil : "byte \(offsets[number / 255]) changes what is read"
    }
    #expect(outcome.faults.isEmpty, "\(outcome.faults.prefix(5))")
    // Padding, versions, times and attributes say nothing that a reader needs; the rest does.
    #expect(outcome.errorCount > outcome.readCount)
  }

  @Test func `is refused or still whole when a byte of its pickle changes`() throws {
    let bytes = try Fixture.bytes("tensors/attributes.pth").array
    let archive = try ZipArchive(Bytes(copying: bytes), profile: .strict)
    let pickle = try #require(archive.entry(named: "attributes/data.pkl"))
    let original = try contents(bytes)
    let elements = Set(original.values.flatMap { $0.values.map(\.array) })
    let outcome = read(copies: series(pickle.byteCount * 255, debugStep: 127)) { number in
      var copy = bytes
      copy[pickle.dataOffset + number / 255] ^= UInt8(number % 255 + 1)
      StoredZip.repairChecksums(&copy, like: archive)
      return copy
    } check: { number, found in
      // Names, shapes and strides may be others, as the pickle now says; whatever is read lies in
      // the storages of the file.
      let storageBytes = elements.reduce(0) { $0 + $1.count }
      let isInside = found.values.allSatisfy { group in
        group.values.allSatisfy { $0.count <= 255 * storageBytes }
      }
      return isInside ? nil : "byte \(number / 255) makes more of the file than is in it"
    }
    #expect(outcome.faults.isEmpty, "\(outcome.faults.prefix(5))")
    #expect(outcome.errorCount > outcome.readCount)
  }

  /// Files whose readers follow what objects, arrays and archives say.
  static let objects = [
    "reader/modules.pth", "reader/module-legacy.pth", "reader/wrapped.pth",
    "reader/arrays-protocol-2.pth", "reader/arrays-protocol-5.pth", "reader/dtensor.pth",
    "reader/xla.pth", "reader/facts.pth", "reader/tar-pax.tar", "reader/finder.zip",
    "containers/types.pth", "containers/pickled-zip-5.pth", "containers/pickled-legacy-5.pth",
  ]

  @Test(arguments: files) func `is refused or reads after random damage`(file: String) throws {
    try damage(file, count: 4_000, debugStep: 20)
  }

  @Test(arguments: objects)
  func `with objects is refused or reads after random damage`(file: String) throws {
    try damage(file, count: 20_000, debugStep: 400)
  }

  private func damage(_ file: String, count: Int, debugStep: Int) throws {
    let bytes = try Fixture.bytes(file).array
    let archive = try? ZipArchive(Bytes(copying: bytes), profile: .general)
    let seed: UInt64 = 2_026
    let numbers = series(count, debugStep: debugStep)
    let outcome = read(copies: numbers) { number in
      var generator = SeededGenerator(seed: seed + UInt64(number))
      var copy = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let offset = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: copy[offset] = UInt8.random(in: 0...255, using: &generator)
        case 1: copy[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        default:
          // A length, a count or an offset becomes extreme.
          for index in offset..<min(offset + 4, bytes.count) { copy[index] = 0xFF }
        }
      }
      if let archive { StoredZip.repairChecksums(&copy, like: archive) }
      return copy
    }
    // Where neither a crash nor a hang ends the test, every copy was refused or read.
    #expect(outcome.errorCount + outcome.readCount == numbers.count, "seed \(seed)")
    #expect(outcome.errorCount > 0)
  }
}
