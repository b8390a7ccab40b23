import BinaryInput
import Digests
import PictureFiles
import StrictJSON
import TestSupport
import Testing

/// Whether a picture has the extent and the pixels that an entry states.
private func expect(_ picture: Picture, is listed: JSONValue, _ comment: Comment? = nil) {
  #expect(picture.width == listed["width"]?.integer, comment)
  #expect(picture.height == listed["height"]?.integer, comment)
  #expect(SHA256.hexDigest(of: picture.pixels) == listed["pixels"]?.string, comment)
}

@Suite struct `A picture` {
  @Test(arguments: ListedPicture.read) func `is read as Pillow reads it`(
    listed: ListedPicture
  ) throws {
    let picture = try Picture(listed.bytes, name: listed.file)
    expect(picture, is: listed.json)
    #expect(picture.format?.rawValue == listed.json["format"]?.string)
    #expect(picture.orientation?.rawValue == listed.json["orientation"]?.integer)
    if let turned = listed.json["turned"] {
      expect(try picture.oriented(), is: turned, "turned")
    } else {
      #expect(try picture.oriented().pixels.isIdentical(to: picture.pixels))
    }
  }

  @Test func `is one of all that are there`() {
    let listed = (ListedPicture.read + ListedPicture.refused).map(\.file)
    let files = Fixture.names(in: "pictures").filter { !$0.hasSuffix(".json") }
    #expect(listed.sorted() == files.sorted())
    #expect(ListedPicture.read.count > 120)
  }

  @Test func `is met in every orientation and format`() {
    let orientations = ListedPicture.read.compactMap { $0.json["orientation"]?.integer }
    #expect(orientations.sorted() == PictureOrientation.allCases.map(\.rawValue))
    let formats = Set(ListedPicture.read.compactMap { $0.json["format"]?.string })
    #expect(formats == Set(PictureFormat.allCases.map(\.rawValue)))
  }

  @Test func `is read from a path as from bytes`() throws {
    let picture = try Picture(opening: Fixture.path("pictures/grey.jpg"))
    let other = try Picture(Fixture.bytes("pictures/grey.jpg"), name: "x")
    #expect(picture.pixels == other.pixels)
    let error = #expect(throws: ReadError.self) { try Picture(opening: "/no/such/picture") }
    #expect(error?.code == .openFailed)
  }

  @Test func `that was turned is upright`() throws {
    let picture = try Picture(Fixture.bytes("pictures/orientation-6.jpg"), name: "x")
    #expect(picture.orientation == .clockwise)
    #expect(try picture.oriented().orientation == .upright)
  }
}
