import BinaryInput
import TensorData
import TestSupport
import Testing
import TorchCheckpoint

@Suite struct `Arrays that torch.save pickled` {
  @Test(arguments: ContainerCatalogue.pickled)
  func `are read in every protocol and both formats, bit for bit`(file: String) throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes("containers/\(file)"))
    let group = try #require(checkpoint.groups.firstIndex { $0.keyPath == "state.weights" })
    #expect(checkpoint.refusals(ofGroup: group).isEmpty)
    let state = try checkpoint.stateDict(at: "state.weights")
    let expected = ContainerCatalogue.pickledArrays
    #expect(state.names == expected.map(\.name))
    for (array, entry) in zip(expected, checkpoint.groups[group].entries) {
      #expect(try array.difference(from: state[array.name]) == nil)
      #expect(entry.shape == array.shape)
      #expect(entry.elementType == array.elementType)
    }
  }

  @Test(arguments: ContainerCatalogue.pickled)
  func `stand beside single numbers, which are facts`(file: String) throws {
    let checkpoint = try TorchCheckpoint(Fixture.bytes("containers/\(file)"))
    let facts = Dictionary(
      checkpoint.facts.map { ($0.path, $0.value) }, uniquingKeysWith: { first, _ in first })
    #expect(
      facts == [
        "epoch": "3", "loss": "0.5", "half": "0.25", "done": "True", "steps": "200",
        "state": "a dictionary",
      ])
  }

  /// `_frombuffer` over six bytes, as protocol 5 has it.
  private static func permuted(shape: [Int], _ more: [[UInt8]]) -> [UInt8] {
    let type =
      Op.call("numpy", "dtype", [Op.text("u1"), Op.no, Op.no])
      + Op.tupleOf([Op.integer(3), Op.text("|"), Op.none, Op.none, Op.none]) + Op.build
    return Op.call(
      "numpy._core.numeric", "_frombuffer",
      [[0x43, 6, 0, 1, 2, 3, 4, 5], type, Op.tupleOf(shape.map(Op.integer))] + more)
  }

  @Test func `may have their axes in another order`() throws {
    let array = Self.permuted(
      shape: [1, 2, 3], [Op.text("K"), Op.tupleOf([2, 0, 1].map(Op.integer))])
    let state = try openCheckpoint(stateDict([("a", array)])).stateDict(at: "")
    #expect(state["a"]?.shape == [3, 1, 2])
    #expect(try state["a"]?.doubles() == [0, 3, 1, 4, 2, 5])
  }

  @Test func `are refused where the order of their axes is none`() {
    for axes in [[0, 0], [0, 1, 2], [-1, 0], [0], [0, 2]] {
      let array = Self.permuted(
        shape: [2, 3], [Op.text("K"), Op.tupleOf(axes.map(Op.integer))])
      let error = #expect(throws: ReadError.self) { try openCheckpoint(stateDict([("a", array)])) }
      #expect(error?.code == .pickleArguments, "\(axes)")
    }
    for more in [[Op.text("K")], [Op.text("K"), Op.none], [Op.text("A")]] {
      let array = Self.permuted(shape: [2, 3], more)
      let error = #expect(throws: ReadError.self) {
        try openCheckpoint(stateDict([("a", array)])).stateDict(at: "")
      }
      #expect(error?.code == .tensorLayout)
    }
  }
}
