import BinaryInput
import Digests
import Dispatch
import PictureFiles
import Synchronization
import TestSupport
import Testing

/// Codes that damage may lead to.
private let expectedCodes = Set(Picture.errorCodes).subtracting([.pictureMemory])

/// How damaged copies ended.
private struct Outcome {
  var readCount = 0
  var refusedCount = 0
  /// Copies that were refused with a code of nobody's, or read as something that they cannot be.
  var faults: [String] = []
}

/// Reads damaged copies on every processor; a crash or a hang ends the test.
private func read(copies numbers: [Int], _ damage: @Sendable (Int) -> [UInt8]) -> Outcome {
  let outcome = Mutex(Outcome())
  DispatchQueue.concurrentPerform(iterations: numbers.count) { index in
    let number = numbers[index]
    let bytes = damage(number)
    let options = PictureOptions(maximumPixelCount: 1 << 16, allowsTruncated: number % 5 == 0)
    do throws(ReadError) {
      let picture = try Picture(Bytes(copying: bytes), name: "x", options: options)
      outcome.withLock { outcome in
        outcome.readCount += 1
        if picture.pixels.count != 3 * picture.width * picture.height {
          outcome.faults.append("copy \(number): \(picture.width)×\(picture.height)")
        }
      }
    } catch {
      outcome.withLock { outcome in
        outcome.refusedCount += 1
        if !expectedCodes.contains(error.code) || !(0...bytes.count).contains(error.offset ?? 0) {
          outcome.faults.append("copy \(number): \(error)")
        }
      }
    }
  }
  return outcome.withLock { $0 }
}

@Suite(.timeLimit(.minutes(10))) struct `A damaged picture` {
  /// One of each kind, the smallest that has everything in it.
  private static let files = [
    "size-15x33-420.jpg", "progressive-grey.jpg", "ycck-420.jpg", "orientation-8.jpg",
    "palette-4-interlaced.png", "color-16.png", "comments.ppm", "maximum-1000.pgm", "odd.webp",
    "lossless.webp", "lossy-alpha.webp", "placed.webp", "two-colors.gif", "placed.gif",
  ]

  @Test(arguments: files) func `is refused or read after random damage`(file: String) throws {
    let bytes = try Fixture.bytes("pictures/\(file)").array
    let seed: UInt64 = 2_026
    let numbers = series(20_000, debugStep: 300)
    let outcome = read(copies: numbers) { number in
      var generator = SeededGenerator(seed: seed + UInt64(number))
      var copy = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) { damage(&copy, using: &generator) }
      // Else hardly any damage would get past the checksums.
      if file.hasSuffix(".png"), number % 4 != 0 { repairChecksums(&copy) }
      return copy
    }
    #expect(outcome.readCount + outcome.refusedCount == numbers.count, "seed \(seed)")
    #expect(outcome.refusedCount > 0)
    #expect(outcome.faults.isEmpty, "\(outcome.faults.prefix(5))")
  }

  @Test(arguments: files) func `is refused or read when it is cut anywhere`(file: String) throws {
    let bytes = try Fixture.bytes("pictures/\(file)").array
    let outcome = read(copies: series(bytes.count, debugStep: 20)) { Array(bytes.prefix($0)) }
    #expect(outcome.refusedCount > 0)
    #expect(outcome.faults.isEmpty, "\(outcome.faults.prefix(5))")
  }
}

/// Changes a byte or a run of bytes, most often near the beginning, where formats say what follows.
private func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
  guard bytes.count > 8 else { return }
  let reach = Bool.random(using: &generator) ? min(bytes.count, 200) : bytes.count
  let offset = Int.random(in: 2..<reach, using: &generator)
  switch Int.random(in: 0..<6, using: &generator) {
  case 0: bytes[offset] = UInt8.random(in: 0...255, using: &generator)
  case 1: bytes[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
  case 2: bytes[offset] = [0, 0x7F, 0x80, 0xFF].randomElement(using: &generator)!
  case 3:
    // A part stands where another one was.
    let count = Int.random(in: 1...24, using: &generator)
    let source = Int.random(in: 0..<bytes.count, using: &generator)
    for index in 0..<count where max(offset, source) + index < bytes.count {
      bytes[offset + index] = bytes[source + index]
    }
  case 4:
    let end = min(offset + Int.random(in: 1...8, using: &generator), bytes.count)
    bytes.removeSubrange(offset..<end)
  default:
    let count = Int.random(in: 1...8, using: &generator)
    bytes.insert(contentsOf: (0..<count).map { bytes[($0 + offset) % bytes.count] }, at: offset)
  }
}

/// Makes the checksums of a PNG file right as far as it has chunks.
private func repairChecksums(_ bytes: inout [UInt8]) {
  var start = 8
  while start + 12 <= bytes.count {
    let count = bytes[start..<(start + 4)].reduce(0) { $0 << 8 | Int($1) }
    let end = start + 8 + count
    guard end + 4 <= bytes.count else { return }
    let checksum = CRC32.checksum(Bytes(copying: Array(bytes[(start + 4)..<end])).span)
    for index in 0..<4 {
      bytes[end + index] = UInt8(truncatingIfNeeded: checksum >> (24 - 8 * index))
    }
    start = end + 4
  }
}
