import BinaryInput
import NumPyArrays
import TensorData
import TestSupport
import Testing

@Suite struct `An archive of arrays` {
  private let one = ArrayFile("'|u1'", shape: "(3,)", data: [1, 2, 3]).bytes

  @Test func `passes over what is no array`() throws {
    let archive = try NumPyArchive(
      Bytes(
        copying: storedArchive([
          ("readme.txt", [1]), ("a.npy", one), ("folder/", []), ("b.NPY", one), (".npy", one),
          ("a.npy.npy", one), ("npy", one),
        ])))
    #expect(archive.names == ["a", "", "a.npy"])
    #expect(try archive.tensor(named: "")?.doubles() == [1, 2, 3])
    #expect(try archive.tensor(named: "a.npy")?.doubles() == [1, 2, 3])
    #expect(!archive.contains("readme.txt"))
    #expect(!archive.contains("b"))
  }

  @Test func `may be empty`() throws {
    let archive = try NumPyArchive(Bytes(copying: storedArchive([])))
    #expect(archive.names == [])
    #expect(try archive.tensor(named: "a") == nil)
  }

  @Test func `must be a zip archive`() {
    for bytes in [[], one, Array("no archive".utf8)] {
      let error = #expect(throws: ReadError.self) { try NumPyArchive(Bytes(copying: bytes)) }
      #expect(error?.code == ErrorCode("zip.truncated"))
    }
  }

  @Test func `has no array twice`() {
    let error = #expect(throws: ReadError.self) {
      try NumPyArchive(Bytes(copying: storedArchive([("a.npy", one), ("a.npy", one)])))
    }
    #expect(error?.code == ErrorCode("zip.duplicate"))
  }

  @Test func `says which array is damaged`() throws {
    var bytes = storedArchive([("a.npy", one), ("b.npy", one)])
    // Behind two local headers, two names and one array comes the last element of the second.
    bytes[2 * (30 + 5 + one.count) - 1] ^= 1
    let archive = try NumPyArchive(Bytes(copying: bytes))
    #expect(try archive.tensor(named: "a")?.doubles() == [1, 2, 3])
    let error = #expect(throws: ReadError.self) { try archive.tensor(named: "b") }
    #expect(error?.code == ErrorCode("zip.crc"))
    #expect(error?.path == ["b.npy"])
  }
}

@Suite struct `An array` {
  @Test(arguments: UInt64(1)...4)
  func `has its elements in either order and byte order`(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let types: [(ElementType, String)] = [
      (.f64, "f8"), (.f32, "f4"), (.f16, "f2"), (.i64, "i8"), (.i32, "i4"), (.i16, "i2"),
      (.i8, "i1"), (.u8, "u1"), (.bool, "b1"),
    ]
    for round in 0..<60 {
      let (type, letters) = types.randomElement(using: &generator)!
      let rank = Int.random(in: 0...4, using: &generator)
      let shape = (0..<rank).map { _ in Int.random(in: 0...4, using: &generator) }
      let count = shape.reduce(1, *)
      let limit: UInt8 = type == .bool ? 1 : 255
      let elements = (0..<count).map { _ in
        (0..<type.byteCount).map { _ in UInt8.random(in: 0...limit, using: &generator) }
      }
      let isBig = Bool.random(using: &generator)
      let isFortran = Bool.random(using: &generator)
      // Where the element that comes at `number` in the file belongs when the last index varies
      // fastest.
      let places = (0..<count).map { number in
        guard isFortran else { return number }
        var rest = number
        let index = shape.map { dimension in
          defer { rest /= dimension }
          return rest % dimension
        }
        return zip(shape, index).reduce(0) { $0 * $1.0 + $1.1 }
      }
      var expected = elements
      for (number, place) in places.enumerated() { expected[place] = elements[number] }
      let text =
        shape.count == 1 ? "(\(shape[0]),)" : "(\(shape.map(String.init).joined(separator: ", ")))"
      let file = ArrayFile(
        "'\(isBig ? ">" : "<")\(letters)'", order: isFortran ? "True" : "False", shape: text,
        data: elements.flatMap { isBig ? $0.reversed() : $0 })
      let found = try tensor(file.bytes)
      let comment: Comment = "seed \(seed), round \(round): \(letters) \(text)"
      #expect(found.elementType == type, comment)
      #expect(found.shape == shape, comment)
      #expect(try found.contiguousBytes().array == expected.flatMap { $0 }, comment)
    }
  }

  @Test(
    arguments: [
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1)}",
      "{'shape': (2, 1,), 'fortran_order': False, 'descr': '<f4'}",
      "{\"descr\":\"<f4\",\"fortran_order\":False,\"shape\":(2,1)}",
      " \t{ 'descr' : '<f4' , 'fortran_order' : False , 'shape' : ( 2 , 1 ) , } \n\n  ",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2L, 1L), }",
      "{'descr': '<f4',\n 'fortran_order': False,\n 'shape': (002, 01), }",
    ])
  func `may have its header spelt in several ways`(header: String) throws {
    let data: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
    for version in [1, 2, 3] as [UInt8] {
      var file = ArrayFile(header: header, data: data)
      file.version = [version, 0]
      let found = try tensor(file.bytes)
      #expect(found.shape == [2, 1])
      #expect(try found.doubles() == [1, -2])
    }
  }

  @Test func `may have 64 axes, a long header and no elements along huge ones`() throws {
    let ones = Array(repeating: "1", count: 64).joined(separator: ", ")
    #expect(
      try tensor(ArrayFile("'|i1'", shape: "(\(ones))", data: [0xFB]).bytes).doubles() == [-5])
    var long = ArrayFile("'|i1'", shape: "(1,)", data: [7])
    long.header += run(of: 0x20, 65_535 - long.header.count)
    #expect(try tensor(long.bytes).doubles() == [7])
    long.version = [2, 0]
    #expect(try tensor(long.bytes).doubles() == [7])
    for order in ["False", "True"] {
      let none = ArrayFile(order: order, shape: "(0, 2305843009213693951)", data: [])
      #expect(try tensor(none.bytes).elementCount == 0)
    }
  }

  @Test func `may hold truth values of 0 and 1 alone`() throws {
    let file = ArrayFile("'|b1'", shape: "(4,)", data: [0, 1, 1, 0])
    #expect(try tensor(file.bytes).doubles() == [0, 1, 1, 0])
  }
}
