import BinaryInput
import PictureFiles
import StrictJSON
import TestSupport
import Testing

@Suite struct `A bad picture` {
  @Test(arguments: ListedPicture.refused) func `is refused with its code`(
    listed: ListedPicture
  ) throws {
    let bytes = try listed.bytes
    let error = try #require(throws: ReadError.self) { try Picture(bytes, name: listed.file) }
    #expect(error.code.rawValue == listed.json["code"]?.string, "\(error)")
    #expect(error.path == [listed.file])
    #expect(error.advice != nil, "\(error)")
    #expect((0...bytes.count).contains(error.offset ?? 0))
    #expect(!error.description.contains("\n"))
  }

  @Test func `is met for every code of files`() {
    let met = Set(ListedPicture.refused.compactMap { $0.json["code"]?.string })
    #expect(met == Set(Picture.errorCodes.map(\.rawValue)).subtracting(["picture.memory"]))
  }

  @Test(arguments: PictureFormat.allCases) func `has more pixels than are allowed`(
    format: PictureFormat
  ) throws {
    let listed = try #require(
      ListedPicture.read.first { $0.json["format"]?.string == format.rawValue })
    let count =
      try #require(listed.json["width"]?.integer) * #require(listed.json["height"]?.integer)
    let bytes = try listed.bytes
    var options = PictureOptions(maximumPixelCount: count)
    #expect(throws: Never.self) { try Picture(bytes, name: "x", options: options) }
    options.maximumPixelCount = count - 1
    let error = #expect(throws: ReadError.self) {
      try Picture(bytes, name: "x", options: options)
    }
    #expect(error?.code == .picturePixels)
    #expect(error?.remedy == .allowMorePixels)
  }

  @Test func `is named where it is of a kind that is not read`() throws {
    for (beginning, name) in [
      ("BM______", "a BMP picture"), ("____ftypavif", "an AVIF picture"),
      ("%PDF-1", "a PDF document"),
      ("RIFF____WEBX", nil), ("____", nil),
    ] {
      let error = #expect(throws: ReadError.self) {
        try Picture(Bytes(copying: Array(beginning.utf8)), name: "x")
      }
      #expect(error?.code == .pictureFormat)
      #expect(error?.found == name)
    }
  }
}
