import BinaryInput
import Dispatch
import Safetensors
import StrictJSON
import Synchronization
import TensorData
import TestSupport
import Testing

/// How damaged copies ended.
private struct Outcome {
  var readCount = 0
  var refusedCount = 0
  /// Copies that were read as something that they cannot hold, or refused with a code of nobody's.
  var faults: [String] = []
}

private let listedCodes = Set(SafetensorsFile.errorCodes + ErrorCode.jsonCodes)

/// Reads damaged copies on every processor; a crash or a hang ends the test.
private func read(copies numbers: [Int], _ damage: @Sendable (Int) -> [UInt8]) -> Outcome {
  let outcome = Mutex(Outcome())
  DispatchQueue.concurrentPerform(iterations: numbers.count) { index in
    let number = numbers[index]
    let bytes = damage(number)
    do throws(ReadError) {
      let fault = fault(of: try open(bytes), in: bytes)
      outcome.withLock { outcome in
        outcome.readCount += 1
        if let fault { outcome.faults.append("copy \(number): \(fault)") }
      }
    } catch {
      let isListed =
        listedCodes.contains(error.code)
        && (0...bytes.count).contains(error.offset ?? -1)
      outcome.withLock { outcome in
        outcome.refusedCount += 1
        if !isListed { outcome.faults.append("copy \(number): \(error)") }
      }
    }
  }
  return outcome.withLock { $0 }
}

/// What is wrong with a file that was read: tensors that together are not the data. Nil for nothing.
private func fault(of file: SafetensorsFile, in bytes: [UInt8]) -> String? {
  let header = (0..<8).reduce(0) { $0 | Int(bytes[$1]) << (8 * $1) }
  let refused = Set(file.refusals(ofGroup: 0).map(\.name))
  let names = file.groups[0].names.filter { !refused.contains($0) }
  do throws(ReadError) {
    let tensors = try file.tensors(names, ofGroup: 0)
    guard tensors.count == names.count else { return "two tensors have one name" }
    var byteCount = 0
    for (name, tensor) in tensors {
      let entry = file.groups[0].entries.first { $0.name == name }
      guard entry?.shape == tensor.shape, entry?.elementType == tensor.elementType else {
        return "\(name) is not as it is listed"
      }
      let found = try tensor.contiguousBytes().count
      guard found == tensor.shape.reduce(1, *) * tensor.elementType.byteCount else {
        return "\(name) has \(found) bytes"
      }
      byteCount += found
    }
    let expected = bytes.count - 8 - header
    let isWhole = refused.isEmpty ? byteCount == expected : byteCount <= expected
    return isWhole ? nil : "\(byteCount) bytes of tensors in \(expected) bytes of data"
  } catch {
    return "\(error)"
  }
}

@Suite(.timeLimit(.minutes(10))) struct `A damaged safetensors file` {
  @Test(arguments: ["ordered", "shapes", "none-but-metadata"])
  func `is refused when it is cut anywhere`(name: String) throws {
    let bytes = try Fixture.bytes("safetensors/\(name).safetensors").array
    let outcome = read(copies: Array(bytes.indices)) { Array(bytes.prefix($0)) }
    #expect(outcome.readCount == 0)
    #expect(outcome.refusedCount == bytes.count)
    #expect(outcome.faults.isEmpty, "\(outcome.faults.prefix(5))")
  }

  @Test func `is refused or read with the right sizes when a byte of its header changes`() throws {
    let bytes = try Fixture.bytes("safetensors/one.safetensors").array
    let headerByteCount = bytes.count - 20
    let outcome = read(copies: series(headerByteCount * 255, debugStep: 5)) { number in
      var copy = bytes
      copy[number / 255] ^= UInt8(number % 255 + 1)
      return copy
    }
    #expect(outcome.faults.isEmpty, "\(outcome.faults.prefix(5))")
    // The letters of the name say nothing else, and white space may be other white space.
    #expect(outcome.readCount > 0)
    #expect(outcome.refusedCount > outcome.readCount)
  }

  @Test(arguments: ["types", "shapes"])
  func `is refused or read with the right sizes after random damage`(name: String) throws {
    let bytes = try Fixture.bytes("safetensors/\(name).safetensors").array
    let headerByteCount = 8 + Int(bytes[0]) + Int(bytes[1]) << 8
    let seed: UInt64 = 2_026
    let numbers = series(20_000, debugStep: 60)
    let outcome = read(copies: numbers) { number in
      var generator = SeededGenerator(seed: seed + UInt64(number))
      var copy = bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        damage(&copy, headerByteCount: headerByteCount, using: &generator)
      }
      return copy
    }
    #expect(outcome.readCount + outcome.refusedCount == numbers.count, "seed \(seed)")
    #expect(outcome.refusedCount > 0)
    #expect(outcome.faults.isEmpty, "\(outcome.faults.prefix(5))")
  }
}

/// Changes a byte, a digit or a run of bytes of a header, or its length.
private func damage(
  _ bytes: inout [UInt8], headerByteCount: Int, using generator: inout SeededGenerator
) {
  let offset = Int.random(in: 8..<headerByteCount, using: &generator)
  switch Int.random(in: 0..<6, using: &generator) {
  case 0: bytes[offset] = UInt8.random(in: 0...255, using: &generator)
  case 1: bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
  case 2:
    // Another number of as many digits, so that the text stays JSON.
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    guard let found = bytes[offset...].firstIndex(where: { digits.contains($0) }) else { return }
    bytes[found] = UInt8.random(in: digits, using: &generator)
  case 3:
    let signs = Array("{}[]\",:\\ -.eE0u".utf8)
    bytes[offset] = signs.randomElement(using: &generator)!
  case 4:
    // A part of the header stands where another one was.
    let count = Int.random(in: 1...24, using: &generator)
    let source = Int.random(in: 8..<headerByteCount, using: &generator)
    for index in 0..<count where max(offset, source) + index < headerByteCount {
      bytes[offset + index] = bytes[source + index]
    }
  default:
    bytes[Int.random(in: 0..<3, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
  }
}
