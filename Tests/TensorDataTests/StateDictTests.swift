import BinaryInput
import TensorData
import TestSupport
import Testing

@Suite struct `A state dict` {
  private func scalar(_ value: Double) -> Tensor { Tensor([value], shape: []) }

  private func values(_ dict: StateDict) throws -> [Double] {
    try dict.map { try $0.tensor.doubles()[0] }
  }

  @Test func `is empty at first`() {
    let dict = StateDict()
    #expect(dict.isEmpty)
    #expect(dict.count == 0)
    #expect(dict.names == [])
    #expect(dict["a"] == nil)
    #expect(!dict.contains { _ in true })
  }

  @Test func `keeps the order in which tensors were appended`() throws {
    var dict = StateDict()
    let names = (0..<200).map { "layer\($0 * 7_919 % 200)" } + ["", "a.b", "head: 2"]
    for (index, name) in names.enumerated() {
      #expect(dict.append(scalar(Double(index)), named: name) == true)
    }
    #expect(dict.names == names)
    #expect(dict.count == 203)
    #expect(!dict.isEmpty)
    #expect(dict.map(\.name) == names)
    #expect(try values(dict) == (0..<203).map(Double.init))
    #expect(try dict["a.b"]?.doubles() == [201])
    #expect(dict["a.c"] == nil)
  }

  @Test func `takes every name once`() throws {
    var dict = StateDict()
    #expect(dict.append(scalar(1), named: "a") == true)
    #expect(dict.append(scalar(2), named: "b") == true)
    #expect(dict.append(scalar(3), named: "a") == false)
    #expect(dict.names == ["a", "b"])
    #expect(try values(dict) == [1, 2])
    #expect(dict.append(scalar(4), named: "A") == true)
    #expect(try values(dict) == [1, 2, 4])
  }

  @Test func `keeps the place of a tensor that is replaced`() throws {
    var dict = StateDict()
    for (name, value) in [("a", 1.0), ("b", 2), ("c", 3)] {
      #expect(dict.append(scalar(value), named: name) == true)
    }
    let before = dict
    dict.replace(scalar(9), named: "b")
    #expect(dict.names == ["a", "b", "c"])
    #expect(try values(dict) == [1, 9, 3])
    #expect(try values(before) == [1, 2, 3])
  }
}
