import BinaryInput
import Digests
import PictureFiles
import StrictJSON
import TestSupport
import Testing

@Suite struct `A picture that is cut off` {
  @Test(arguments: ListedPicture.truncations) func `is read where Pillow reads it`(
    listed: ListedPicture
  ) throws {
    let bytes = try listed.bytes
    let read = Set(try #require(listed.json["read"]?.array).compactMap(\.integer))
    for byteCount in 4..<bytes.count {
      do throws(ReadError) {
        _ = try Picture(bytes[0..<byteCount], name: "x")
        #expect(read.contains(byteCount), "\(byteCount) bytes are read")
      } catch {
        #expect(error.code == .pictureTruncated, "\(byteCount) bytes: \(error)")
        #expect(error.remedy == .allowTruncated)
        #expect(!read.contains(byteCount), "\(byteCount) bytes are not read")
      }
    }
  }

  @Test(arguments: ListedPicture.truncations) func `is read as Pillow goes on with it`(
    listed: ListedPicture
  ) throws {
    let bytes = try listed.bytes
    let options = PictureOptions(allowsTruncated: true)
    let partial = try #require(listed.json["partial"]?.array)
    #expect(partial.count > 20)
    for part in partial {
      let byteCount = try #require(part["byteCount"]?.integer)
      let picture = try? Picture(bytes[0..<byteCount], name: "x", options: options)
      let found = picture.map { SHA256.hexDigest(of: $0.pixels) }
      #expect(found == part["pixels"]?.string, "\(byteCount) bytes")
    }
  }

  @Test(arguments: ["color-8.png", "color-8-interlaced.png", "color.ppm", "plain.gif"])
  func `keeps the rows before the end`(file: String) throws {
    let bytes = try Fixture.bytes("pictures/\(file)")
    let whole = try Picture(bytes, name: "x")
    let options = PictureOptions(allowsTruncated: true)
    let part = try Picture(bytes[0..<(bytes.count * 3 / 4)], name: "x", options: options)
    #expect(part.width == whole.width && part.height == whole.height)
    #expect(part.pixels != whole.pixels)
    let pixels = zip(part.pixels.array, whole.pixels.array)
    #expect(pixels.prefix(3 * whole.width).allSatisfy { $0 == $1 })
  }
}
