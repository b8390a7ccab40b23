import BinaryInput
import PictureFiles
import Testing

/// That decoded files equal Pillow's is shown in Tests/Peers/test_page.py.
@Suite struct `A picture written as JPEG` {
  private func picture(width: Int, height: Int) throws -> Picture {
    let memory = Bytes(copying: (0..<(3 * width * height)).map { UInt8($0 / 3 % 64 * 4) })
    return try Picture(width: width, height: height, layout: .rgb, copying: memory.span)
  }

  @Test(arguments: [(1, 1), (8, 8), (7, 17), (64, 3), (65_500, 1), (1, 65_500)])
  func `is read again with its size`(width: Int, height: Int) throws {
    let picture = try picture(width: width, height: height)
    for quality in [1, 50, 90, 100] {
      let file = try picture.jpegFile(quality: quality)
      #expect(try picture.jpegFile(quality: quality) == file)
      let read = try Picture(file, name: "written")
      #expect(read.format == .jpeg)
      #expect(read.width == width && read.height == height)
    }
  }

  @Test func `loses little at the best quality`() throws {
    let picture = try picture(width: 37, height: 23)
    let read = try Picture(picture.jpegFile(quality: 100), name: "written")
    for index in 0..<picture.pixels.count {
      #expect(abs(Int(read.pixels[index]) - Int(picture.pixels[index])) <= 6)
    }
  }

  @Test(arguments: [true, false])
  func `has sides of at most 65,500 pixels`(isWide: Bool) throws {
    let picture = try picture(width: isWide ? 65_501 : 1, height: isWide ? 1 : 65_501)
    let error = #expect(throws: ReadError.self) { try picture.jpegFile(quality: 90) }
    #expect(error?.code == .picturePixels)
  }
}
