import BinaryInput
import StrictJSON
import TensorData
import TestSupport
import Testing

/// What NumPy says of tensors: `Fixtures/measures/measures.json`.
struct MeasureCatalogue {
  /// The cases under a key.
  static func cases(_ key: String) throws -> [MeasureCase] {
    let json = try JSONValue(parsing: Fixture.bytes("measures/measures.json"))
    return try #require(json[key]?.array).map { MeasureCase(json: $0) }
  }
}

/// A tensor, or a pair of them, and what is said of it.
struct MeasureCase: Sendable, CustomTestStringConvertible {
  let json: JSONValue

  var testDescription: String { json["about"]?.string ?? "" }

  /// The tensor of an object with type and bytes.
  func tensor(_ object: JSONValue) throws -> Tensor {
    let digits = Array(try #require(object["bytes"]?.string).utf8)
    let bytes = stride(from: 0, to: digits.count, by: 2).map { index in
      UInt8(String(decoding: digits[index...(index + 1)], as: UTF8.self), radix: 16) ?? 0
    }
    return try Tensor(
      elementType: try #require(ElementType(rawValue: object["type"]?.string ?? "")),
      shape: try #require(json["shape"]?.array).compactMap(\.integer),
      storage: Bytes(copying: bytes))
  }
}

/// Whether two sums of the same numbers in other orders are equal.
func isClose(_ found: Double, _ expected: Double) -> Bool {
  found == expected || abs(found - expected) <= 1e-13 * max(abs(found), abs(expected))
}
