import BinaryInput
import TensorData
import TestSupport
import Testing
import TorchCheckpoint

@Suite struct `Arrays in a pickle` {
  /// An array of two elements whose bytes these instructions push.
  private static func array(
    _ data: [UInt8], shape: [Int] = [2], type: String = "f4"
  ) -> [UInt8] {
    Op.call(
      "numpy.core.multiarray", "_reconstruct",
      [Op.global("numpy", "ndarray"), Op.tupleOf([Op.integer(0)]), Op.none])
      + Op.tupleOf([
        Op.integer(1), Op.tupleOf(shape.map(Op.integer)),
        Op.call("numpy", "dtype", [Op.text(type), Op.no, Op.no])
          + Op.tupleOf([Op.integer(3), Op.text("<"), Op.none, Op.none, Op.none]) + Op.build,
        Op.no, data,
      ]) + Op.build
  }

  private static func encoded(_ text: String, _ encoding: String = "latin1") -> [UInt8] {
    Op.call("_codecs", "encode", [Op.text(text), Op.text(encoding)])
  }

  private static func code(_ array: [UInt8]) -> ErrorCode? {
    #expect(throws: ReadError.self) {
      try openCheckpoint(stateDict([("a", array)])).stateDict(at: "")
    }?.code
  }

  @Test func `are read from bytes and from texts that spell them`() throws {
    let opened = try openCheckpoint(
      stateDict([
        ("bytes", Self.array([0x43, 8, 0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])),
        ("text", Self.array(Self.encoded("\0\0\u{80}?\0\0\0\u{C0}"))),
      ]))
    let state = try opened.stateDict(at: "")
    #expect(try state["bytes"]?.doubles() == [1, -2])
    #expect(try state["text"]?.doubles() == [1, -2])
  }

  @Test func `are refused where something is wrong with them`() {
    #expect(Self.code(Self.array([0x43, 1, 0])) == .torchStorageSize)
    #expect(Self.code(Self.array([0x43, 1, 0], shape: [-1])) == .tensorShape)
    #expect(Self.code(Self.array([0x43, 1, 0], shape: [1 << 40, 1 << 40])) == .tensorShape)
    #expect(Self.code(Self.array([0x43, 1, 0], shape: [0, 1 << 62, 8])) == .tensorShape)
    #expect(
      Self.code(Self.array([0x43, 8] + [UInt8](repeating: 0, count: 8), type: "f16"))
        == .tensorElementType)
    #expect(Self.code(Self.array(Self.encoded("\u{100}aaaaaaa"))) == .pickleEncoding)
    #expect(Self.code(Self.array(Self.encoded("aaaaaaaa", "utf-8"))) == .tensorLayout)
    #expect(Self.code(Self.array(Op.none)) == .tensorLayout)
    #expect(Self.code(Self.array(Op.none, shape: [Int](repeating: 1, count: 65))) == .tensorShape)
  }

  @Test func `do not cost anything where their state never comes`() throws {
    let empty = Op.call(
      "numpy.core.multiarray", "_reconstruct",
      [Op.global("numpy", "ndarray"), Op.tupleOf([Op.integer(0)]), Op.none])
    let opened = try openCheckpoint(
      Op.dictionary([(Op.text("a"), empty), (Op.text("b"), tensor())]))
    #expect(opened.groups.map(\.names) == [["b"]])
  }

  @Test(.timeLimit(.minutes(10)))
  func `whose bytes a long text spells are decoded once, and only where they are wanted`() throws {
    let text = String(repeating: "\u{FF}", count: 1_000_000)
    let one = Op.call("_codecs", "encode", [Op.text(text) + Op.put(0), Op.text("latin1")])
    let next = Op.call("_codecs", "encode", [Op.get(0), Op.text("latin1")])
    var tensors = [("a", Self.array(one, shape: [1_000_000], type: "i1"))]
    for index in 0..<500 {
      tensors.append(("a\(index)", Self.array(next, shape: [1_000_000], type: "i1")))
    }
    let opened = try openCheckpoint(stateDict(tensors))
    #expect(try opened.stateDict(at: "").count == 501)
  }
}
