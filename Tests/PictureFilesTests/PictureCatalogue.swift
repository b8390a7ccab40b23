import BinaryInput
import PictureFiles
import StrictJSON
import TestSupport
import Testing

/// What `pictures.json` says of the files beside it: what Pillow reads from them, or why they are bad.
struct ListedPicture: Sendable, CustomTestStringConvertible {
  let json: JSONValue

  static let read = list("pictures")
  static let refused = list("refused")
  static let truncations = list("truncations")

  private static func list(_ key: String) -> [ListedPicture] {
    let json = try? JSONValue(parsing: Fixture.bytes("pictures/pictures.json"))
    return (json?[key]?.array ?? []).map { ListedPicture(json: $0) }
  }

  var file: String { json["file"]?.string ?? "" }

  var testDescription: String { "\(file): \(json["about"]?.string ?? "")" }

  var bytes: Bytes {
    get throws { try Fixture.bytes("pictures/\(file)") }
  }
}
