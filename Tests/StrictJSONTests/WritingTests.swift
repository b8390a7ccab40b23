import StrictJSON
import TestSupport
import Testing

@Suite struct WritingTests {
  let value: JSONValue = [
    "name": "a\"b\\c\n", "shape": [1, 3, 320, 320],
    "layers": [["name": "head: 2", "difference": 1.5e-7], ["name": "é", "difference": nil]],
    "none": [], "nothing": [:],
  ]

  @Test func `The compact form has no white space`() {
    #expect(
      value.serialized(pretty: false)
        == #"{"name":"a\"b\\c\n","shape":[1,3,320,320],"layers":"#
        + #"[{"name":"head: 2","difference":1.5e-07},{"name":"é","difference":null}],"#
        + #""none":[],"nothing":{}}"#)
  }

  @Test func `The pretty form keeps innermost containers on one line`() {
    #expect(
      value.serialized(pretty: true) == #"""
        {
          "name": "a\"b\\c\n",
          "shape": [1, 3, 320, 320],
          "layers": [
            {"name": "head: 2", "difference": 1.5e-07},
            {"name": "é", "difference": null}
          ],
          "none": [],
          "nothing": {}
        }
        """#)
    #expect(JSONValue.array([]).serialized(pretty: true) == "[]")
  }

  @Test func `Characters that move the cursor or reorder a line are escaped`() {
    let value: JSONValue = "\u{1B}[2J\u{7F}\u{202E}\u{2028}\u{E0001}\r\t\0"
    #expect(
      value.serialized(pretty: false)
        == #""\u001b[2J\u007f\u202e\u2028\udb40\udc01\r\t\u0000""#)
  }

  @Test(arguments: [UInt64(1), 2, 3])
  func `Random values read back as themselves`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<300 {
      let value = randomValue(depth: 5, using: &generator)
      for pretty in [false, true] {
        let text = value.serialized(pretty: pretty)
        #expect(try parse(text) == value, "seed \(seed): \(text)")
      }
    }
  }

  private func randomValue(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
    switch Int.random(in: 0..<(depth > 0 ? 7 : 5), using: &generator) {
    case 0: return nil
    case 1: return .bool(Bool.random(using: &generator))
    case 2: return JSONValue(Int(truncatingIfNeeded: generator.next()))
    case 3: return JSONValue(Double(bitPattern: generator.next()))
    case 4: return .string(randomString(using: &generator))
    case 5:
      let count = Int.random(in: 0..<4, using: &generator)
      return .array((0..<count).map { _ in randomValue(depth: depth - 1, using: &generator) })
    default:
      var object = JSONObject()
      for _ in 0..<Int.random(in: 0..<4, using: &generator) {
        _ = object.append(
          randomString(using: &generator), randomValue(depth: depth - 1, using: &generator))
      }
      return .object(object)
    }
  }

  private func randomString(using generator: inout SeededGenerator) -> String {
    var string = ""
    for _ in 0..<Int.random(in: 0..<6, using: &generator) {
      let limit: UInt32 = Bool.random(using: &generator) ? 0x80 : 0x110000
      if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &generator)) {
        string.unicodeScalars.append(scalar)
      }
    }
    return string
  }
}
