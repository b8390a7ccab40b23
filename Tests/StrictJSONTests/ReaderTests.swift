import BinaryInput
import StrictJSON
import TestSupport
import Testing

private func reader(_ text: String, from offset: Int = 0) -> JSONReader {
  JSONReader(Bytes(copying: Array(text.utf8)), from: offset)
}

@Suite struct `A reader of JSON piece by piece` {
  @Test func `goes through objects and lists in any order of depth`() throws {
    var reader = reader(
      #" { "a" : [ 1 , [ ] , { } , "x" ] , "b" : { "c" : null } , "d" : [ true ] } "#)
    try reader.enterObject()
    var key = try reader.nextKey()
    #expect(key?.text == "a")
    #expect(key?.offset == 3)
    try reader.enterArray()
    #expect(try reader.nextElement())
    #expect(try reader.number().integer == 1)
    #expect(try reader.nextElement())
    try reader.enterArray()
    #expect(try !reader.nextElement())
    #expect(try reader.nextElement())
    try reader.enterObject()
    #expect(try reader.nextKey() == nil)
    #expect(try reader.nextElement())
    #expect(try reader.string() == "x")
    #expect(try !reader.nextElement())
    key = try reader.nextKey()
    #expect(key?.text == "b")
    #expect(try reader.value() == ["c": nil])
    key = try reader.nextKey()
    #expect(key?.text == "d")
    #expect(try reader.spelling() == "[ true ]")
    #expect(try reader.nextKey() == nil)
    try reader.finish()
  }

  @Test func `begins anywhere, with offsets in the bytes that it was given`() throws {
    var reader = reader("abc[1,x]", from: 3)
    try reader.enterArray()
    #expect(try reader.nextElement())
    #expect(try reader.skipValue() == 4..<5)
    #expect(try reader.nextElement())
    let error = #expect(throws: ReadError.self) { try reader.value() }
    #expect(error?.code == .jsonSyntax)
    #expect(error?.offset == 6)
  }

  @Test(
    arguments: [
      ("{", JSONReader.Kind.object), (" [", .array), ("\"", .string), ("-", .number),
      ("0", .number),
      ("9", .number), ("t", .word), ("f", .word), ("\n\tn", .word),
    ])
  func `says what follows without reading it`(text: String, kind: JSONReader.Kind) throws {
    var reader = reader(text)
    #expect(try reader.kind() == kind)
    #expect(reader.position == text.utf8.count - 1)
  }

  @Test(arguments: ["[1", "{\"a\":1", "[[1]", "{\"a\":{}"])
  func `finds what is left open`(text: String) {
    var reader = reader(text)
    let error = #expect(throws: ReadError.self) { try reader.skipValue() }
    #expect(error?.code == .jsonEnd)
    #expect(error?.offset == text.utf8.count)
  }

  /// Every text that is refused as a value is refused, at the same place, where nothing is kept of it;
  /// but for names that stand twice.
  @Test(arguments: BadText.all) func `passes over nothing bad`(bad: BadText) {
    guard bad.code != .jsonDuplicate, bad.code != .jsonEquivalent, bad.offset != nil else { return }
    let error = #expect(throws: ReadError.self) {
      var reader = JSONReader(Bytes(copying: bad.bytes))
      try reader.skipValue()
      try reader.finish()
    }
    #expect(error?.code == bad.code)
    #expect(error?.offset == bad.offset)
  }

  @Test func `is told by its names which stand twice`() throws {
    var names = JSONNames()
    try names.insert("a", at: 1)
    try names.insert("", at: 2)
    try names.insert("\u{E9}", at: 3)
    var error = #expect(throws: ReadError.self) { try names.insert("a", at: 7) }
    #expect(error?.code == .jsonDuplicate)
    #expect(error?.offset == 7)
    error = #expect(throws: ReadError.self) { try names.insert("e\u{301}", at: 8) }
    #expect(error?.code == .jsonEquivalent)
    #expect(error?.offset == 8)
  }
}
