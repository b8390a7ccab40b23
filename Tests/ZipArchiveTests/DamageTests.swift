import BinaryInput
import TestSupport
import Testing
import ZipArchive

/// Archives in which every kind of header occurs.
private let builders: [ArchiveBuilder] = {
  var builder = ArchiveBuilder.sample
  builder.files[0].extra = extraField(0x5455, [1, 2, 3])
  builder.files[0].localExtra = extraField(0x4246, [0x5A, 0x5A, 0x5A])
  builder.files[1].describeAfterwards(hasSignature: true, sizeByteCount: 4)
  var wide = ArchiveBuilder.sample
  wide.isWide = true
  wide.files[1].isWide = true
  wide.files[1].localByteCount = .max
  wide.files[1].localCompressedByteCount = .max
  wide.files[1].localExtra = wideField(40, 40)
  wide.files[2].describeAfterwards(hasSignature: false, sizeByteCount: 8)
  return [builder, wide]
}()

@Suite struct `A damaged archive` {
  @Test(arguments: ["refused/empty.pth", "refused/number.pth", "tensors/attributes.pth"])
  func `is refused as cut short wherever it is cut`(name: String) throws {
    let bytes = try Fixture.bytes(name)
    for count in 0..<bytes.count {
      expectTruncated(bytes, count)
    }
  }

  @Test func `is refused as cut short anywhere in a whole checkpoint`() throws {
    let bytes = try Fixture.bytes("checkpoints/bare.pth")
    // The search for an end that is not there is slow in a debug build.
    for count in series(bytes.count, debugStep: 97) + (bytes.count - 100..<bytes.count) {
      expectTruncated(bytes, count)
    }
  }

  private func expectTruncated(_ bytes: Bytes, _ count: Int) {
    do throws(ReadError) {
      _ = try ZipArchive(bytes[0..<count], profile: .strict)
      Issue.record("\(count) bytes were accepted")
    } catch {
      if error.code != .zipTruncated { Issue.record("\(count) bytes: \(error)") }
    }
  }

  @Test func `of another sort is refused as cut short as well`() {
    for builder in builders {
      var builder = builder
      builder.comment = Array("a comment".utf8)
      let bytes = builder.built().bytes
      for count in bytes.indices {
        let found = code(Array(bytes.prefix(count)), .general)
        #expect(found == .zipTruncated, "\(count) bytes")
      }
    }
  }

  @Test(arguments: 0..<2)
  func `is refused, or has the same files, when a byte of its structure is changed`(
    index: Int
  ) throws {
    let built = builders[index].built()
    let whole = try readAll(built.bytes, .strict)
    var isData = run(of: 0, built.bytes.count)
    for (file, offset) in zip(builders[index].files, built.dataOffsets) {
      for place in 0..<file.data.count { isData[offset + place] = 1 }
    }
    var acceptedCount = 0
    for offset in built.bytes.indices where isData[offset] == 0 {
      var damaged = built.bytes
      for mask in UInt8(1)...255 {
        damaged[offset] = built.bytes[offset] ^ mask
        guard let found = try? readAll(damaged, .strict) else { continue }
        acceptedCount += 1
        if !found.elementsEqual(whole, by: { $0.entry == $1.entry && $0.contents == $1.contents }) {
          Issue.record("byte \(offset) changed by \(mask) gives other files")
        }
      }
    }
    // Versions, times and attributes mean nothing here, but no more than those may change.
    #expect(acceptedCount > 0)
    #expect(acceptedCount < 255 * 100)
  }

  @Test func `is refused when any bit of its data is changed`() {
    for builder in builders {
      let built = builder.built()
      for (file, start) in zip(builder.files, built.dataOffsets) {
        for offset in start..<(start + file.data.count) {
          for bit in 0..<8 {
            var damaged = built.bytes
            damaged[offset] ^= 1 << UInt8(bit)
            let found = code(damaged, .strict)
            let expected: [ErrorCode] =
              file.method == 0 ? [.zipChecksum] : [.zipChecksum, .zipDeflate, .zipBomb]
            // Bits that fill up the last byte of a stream have no meaning.
            let isPadding = file.method == 8 && offset == start + file.data.count - 1
            #expect(
              found.map { expected.contains($0) } ?? isPadding, "byte \(offset), bit \(bit)")
          }
        }
      }
    }
  }

  @Test(arguments: [UInt64(2_026), 2_027])
  func `gives nothing but files with their checksums, however it is damaged`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var refusals: Set<ErrorCode> = []
    for round in 0..<2_500 {
      var bytes = builders.randomElement(using: &generator)!.built().bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        damage(&bytes, using: &generator)
      }
      for profile in [ZipArchive.Profile.strict, .general] {
        do throws(ReadError) {
          for (entry, contents) in try readAll(bytes, profile) {
            #expect(contents.count == entry.byteCount, "seed \(seed), round \(round)")
            if entry.hasChecksum {
              #expect(
                checksum(contents.array) == entry.storedChecksum, "seed \(seed), round \(round)")
            }
          }
        } catch {
          refusals.insert(error.code)
        }
      }
    }
    #expect(refusals.isSubset(of: ZipArchive.errorCodes))
    #expect(refusals.count > 8)
  }

  private func damage(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let offset = Int.random(in: 0..<bytes.count, using: &generator)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0:
      bytes.removeSubrange(offset..<min(bytes.count, offset + 1 + offset % 5))
    case 1:
      bytes.insert(contentsOf: run(of: UInt8(offset % 3), 1 + offset % 7), at: offset)
    case 2:
      // A piece of the archive once more.
      let end = min(bytes.count, offset + Int.random(in: 1...60, using: &generator))
      let place = Int.random(in: 0...bytes.count, using: &generator)
      bytes.insert(contentsOf: Array(bytes[offset..<end]), at: place)
    case 3:
      for place in offset..<min(bytes.count, offset + 4) { bytes[place] = 0xFF }
    default:
      bytes[offset] = UInt8.random(in: 0...255, using: &generator)
    }
  }
}
