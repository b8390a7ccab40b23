import BinaryInput
import NumPyArrays
import TensorData
import TestSupport
import Testing

/// An `.npy` file that breaks one rule.
private struct BadArray: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let code: ErrorCode
  let offset: Int?
  let bytes: [UInt8]

  init(_ text: String, _ code: ErrorCode, at offset: Int? = nil, _ bytes: [UInt8]) {
    testDescription = text
    self.code = code
    self.offset = offset
    self.bytes = bytes
  }

  init(
    _ text: String, _ code: ErrorCode, at offset: Int? = nil,
    _ change: (inout ArrayFile) -> Void
  ) {
    var file = ArrayFile(shape: "(2,)", data: run(of: 0, 8))
    change(&file)
    self.init(text, code, at: offset, file.bytes)
  }

  static let all: [BadArray] = starts + lengths + headers + types + shapes

  private static let starts: [BadArray] =
    [
      BadArray("a zip archive", .npyMagic, at: 0, storedArchive([])),
      BadArray("a text", .npyMagic, at: 0, Array("1.0, 2.0\n".utf8)),
      BadArray("another first byte", .npyMagic, at: 0) { $0.magic[0] = 0x13 },
      BadArray("lower-case letters", .npyMagic, at: 0) { $0.magic[1] = 0x6E },
    ]
    + ([[0, 0], [0, 1], [1, 1], [2, 1], [3, 255], [4, 0], [9, 0], [255, 255]] as [[UInt8]]).map {
      version in
      BadArray("version \(version)", .npyVersion, at: 6) { $0.version = version }
    }

  private static let lengths: [BadArray] = [
    BadArray("no bytes", .npyTruncated, at: 0, []),
    BadArray("a header longer than the file", .npyTruncated, at: 10) {
      $0.headerByteCount = 65_535
    },
    BadArray("a header longer than the file in version 2", .npyTruncated, at: 12) {
      $0.version = [2, 0]
      $0.headerByteCount = 65_535
    },
    BadArray("a header of 65536 bytes", .npyHeader, at: 12) {
      $0.version = [2, 0]
      $0.header += run(of: 0x20, 65_536 - $0.header.count)
    },
    BadArray("a header of 4 GiB", .npyHeader, at: 12) {
      $0.version = [3, 0]
      $0.headerByteCount = 0xFFFF_FFFF
    },
    BadArray("an element too few", .npyTruncated) { $0.data.removeLast(4) },
    BadArray("a byte too few", .npyTruncated) { $0.data.removeLast() },
    BadArray("a byte too many", .npyTrailingData) { $0.data.append(0) },
    BadArray("an element too many", .npyTrailingData) { $0.data += run(of: 0, 4) },
    BadArray("elements of an empty array", .npyTrailingData) { $0 = file(shape: "(2, 0)") },
    BadArray("two elements of a scalar", .npyTrailingData) { $0 = file(shape: "()") },
    BadArray("elements that no memory holds", .npyTruncated) {
      $0 = file(shape: "(2305843009213693951,)")
    },
    BadArray(
      "a truth value of 2", .npyBoolean, at: truths.headerOffset + truths.header.count + 2
    ) { $0 = truths },
    BadArray("a truth value of 255 in Fortran order", .npyBoolean) {
      $0 = ArrayFile("'<b1'", order: "True", shape: "(2, 2)", data: [0, 1, 1, 255])
    },
  ]

  private static let truths = ArrayFile("'|b1'", shape: "(4,)", data: [0, 1, 2, 3])

  private static let headers: [BadArray] =
    [
      "", " ", "\n", "{", "}", "{}", "[]", "()", "None", "{'descr': '<f4'}",
      "{'descr': '<f4', 'fortran_order': False}", "{'descr': '<f4', 'shape': (2,)}",
      "{'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} x",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}\0",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,),,}",
      "{,'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4' 'fortran_order': False, 'shape': (2,)}",
      "{'descr' '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{descr: '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'fortran_order': True, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'shape': (1,)}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'more': 1}",
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), '': 1}",
      "{'Descr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'d\\x65scr': '<f4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4}", "{'descr': '<f4\"}", "{'descr': '", "{'descr",
      "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': false, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': 'False', 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': Falsehood, 'shape': (2,)}",
      "{'descr': '<f4', 'fortran_order': , 'shape': (2,)}",
    ].map { text in
      BadArray("the header \(text.escapedForDisplay())", .npyHeader) {
        $0.header = Array(text.utf8)
      }
    }
    + [
      BadArray("a key twice", .npyHeader, at: 10 + 17) {
        $0.header = Array("{'descr': '<f4', 'descr': '<f4'}".utf8)
      },
      BadArray("a header that is no UTF-8", .npyHeader, at: 11) {
        $0.header = Array("{'".utf8) + [0xFF, 0xC0] + Array("': 1}".utf8)
      },
    ]

  private static let types: [BadArray] =
    [
      "'|O'", "'<c4'", "'<c32'", "'<U5'", "'|S3'", "'|V8'", "'<M8[ns]'", "'<m8'", "'<u3'",
      "'|u2'", "'<u16'", "'<f16'", "'<f12'", "'<f3'", "'<i16'", "'<e'", "'<F4'", "'=f4'", "'f4'",
      "'|f4'", "'|i2'", "'!i4'", "''", "'<'", "'<f'", "'<f4 '", "' <f4'", "'<<f4'", "'f4<'",
      "[('x', '<f4')]", "('<f4', (2,))", "None", "4", "<f4", "{}",
    ].map { type in
      BadArray("the type \(type)", .npyElementType, at: 10 + 10) {
        $0 = file(type, shape: "(2,)")
      }
    }

  private static let shapes: [BadArray] =
    [
      "(-1,)", "(2, -1)", "(-0,)", "(+2,)", "(2)", "2", "[2]", "[2,]", "(2.0,)", "(2e0,)",
      "('2',)", "(None,)", "(True,)", "(0x2,)", "(2_0,)", "(2 2)", "(,)", "(2,,)", "(,2)",
      "((2,),)",
      "(2,]", "(2, 1", "None", "(2l,)", "(2LL,)", "(L,)", "(\u{662},)",
    ].map { shape in
      BadArray("the shape \(shape)", .npyHeader) { $0 = file(shape: shape) }
    }
    + [
      "(9223372036854775808,)", "(0, 18446744073709551616)",
      "(1\(String(repeating: "0", count: 10_000)),)", "(4294967296, 2147483648)",
      "(4294967296, 4294967296)", "(2305843009213693952,)", "(0, 2305843009213693952)",
      "(4194305, 4194305, 211106198978564)", "(9223372036854775807, 9223372036854775807, 0)",
      "(0, 9223372036854775807, 9223372036854775807)", "(\(ones(65)))", "(\(ones(10_000)))",
      "(\(ones(65)),)",
    ].map { shape in
      BadArray("the shape \(shape.escapedForDisplay(limit: 50))", .npyShape) {
        $0 = file(shape: shape)
      }
    }

  private static func file(_ type: String = "'<f4'", shape: String) -> ArrayFile {
    ArrayFile(type, shape: shape, data: run(of: 0, 8))
  }

  private static func ones(_ count: Int) -> String {
    Array(repeating: "1", count: count).joined(separator: ", ")
  }
}

@Suite struct `A bad array` {
  @Test(arguments: BadArray.all) private func `is refused`(bad: BadArray) {
    do throws(ReadError) {
      let found = try tensor(bad.bytes)
      Issue.record("read as \(found.elementType) of \(found.shape)")
    } catch {
      #expect(error.code == bad.code, "\(error)")
      if let offset = bad.offset { #expect(error.offset == offset, "\(error)") }
    }
  }

  @Test func `exists for every code`() {
    #expect(Set(BadArray.all.map(\.code)) == Set(NumPyArchive.errorCodes))
    #expect(Set(NumPyArchive.errorCodes).count == NumPyArchive.errorCodes.count)
  }

  @Test func `has a message of one short line`() {
    for bad in BadArray.all {
      let error = #expect(throws: ReadError.self) { try tensor(bad.bytes) }
      let text = error.map { "\($0)" } ?? ""
      #expect(text.utf8.count < 4_000, "\(text)")
      #expect(!text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
    }
  }
}
