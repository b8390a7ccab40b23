import BinaryInput
import Digests
import ImagePreparation
import NetworkProgram
import PictureFiles
import StrictJSON
import TensorData
import TestSupport
import Testing

/// What `preparations.json` says that Pillow and torchvision make of a picture.
private struct ListedPreparation: Sendable, CustomTestStringConvertible {
  let json: JSONValue

  static let pixels = list("pixels")
  static let tensors = list("tensors")

  private static func list(_ key: String) -> [ListedPreparation] {
    let json = try? JSONValue(parsing: Fixture.bytes("pictures/preparations.json"))
    return (json?[key]?.array ?? []).map { ListedPreparation(json: $0) }
  }

  var file: String { json["file"]?.string ?? "" }

  var testDescription: String {
    "\(file), \(integer("edge")) \(json["interpolation"]?.string ?? "")"
  }

  private func integer(_ key: String) -> Int { json[key]?.integer ?? 0 }

  private func numbers(_ key: String, or other: [Double]) -> [Double] {
    json[key]?.array?.compactMap(\.double) ?? other
  }

  var picture: Picture {
    get throws { try Picture(Fixture.bytes("pictures/\(file)"), name: file) }
  }

  var preparation: ImagePreparation {
    get throws {
      let crop = json["crop"]?.integer
      return try ImagePreparation(
        resizing: .shorterEdge(integer("edge")),
        crop: #require(
          Resolution(height: crop ?? integer("height"), width: crop ?? integer("width"))),
        interpolation: #require(Interpolation(rawValue: json["interpolation"]?.string ?? "")),
        mean: numbers("mean", or: [0, 0, 0]),
        standardDeviation: numbers("deviation", or: [1, 1, 1]))
    }
  }
}

@Suite struct `A prepared picture` {
  /// The files are read once each.
  @Test(arguments: Set(ListedPreparation.pixels.map(\.file)))
  func `is resized and cropped as Pillow and torchvision do it`(file: String) throws {
    let cases = ListedPreparation.pixels.filter { $0.file == file }
    #expect(cases.count == 8 * Interpolation.allCases.count)
    let picture = try #require(cases.first).picture
    for listed in shared(cases) {
      let cropped = try listed.preparation.croppedPicture(picture)
      #expect(SHA256.hexDigest(of: cropped.pixels) == listed.json["pixels"]?.string, "\(listed)")
    }
  }

  @Test(arguments: ListedPreparation.tensors)
  private func `is a tensor bit for bit`(listed: ListedPreparation) throws {
    let preparation = try listed.preparation
    let tensor = try preparation.tensor(of: listed.picture)
    #expect(tensor.shape == [1, 3, preparation.crop.height, preparation.crop.width])
    #expect(tensor.elementType == .f32)
    #expect(
      SHA256.hexDigest(of: try tensor.contiguousBytes()) == listed.json["elements"]?.string)
    var elements = [Float](repeating: .nan, count: preparation.elementCount)
    var span = elements.mutableSpan
    try preparation.prepare(listed.picture, into: &span)
    #expect(try tensor.contiguousBytes() == Bytes(copyingElements: elements))
    if listed.json["about"]?.string == "hub" { #expect(preparation == .hub) }
  }
}
