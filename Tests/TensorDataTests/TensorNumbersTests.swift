import BinaryInput
import TensorData
import Testing

@Suite struct `The numbers of a tensor` {
  @Test func `are its elements in row-major order`() throws {
    let values = (0..<96).map { Float($0) / 3 }
    let plain = Tensor(values, shape: [32, 3])
    let blocked = try Tensor(elementType: .f32, shape: [32, 3], blocked: plain.blockedBytes())
    for tensor in [plain, blocked] {
      let numbers = try tensor.numbers()
      #expect(numbers.count == 96)
      #expect(numbers.type == .f32)
      #expect(numbers[0..<96] == values.map { Double($0) })
      #expect(numbers[95..<96] == [Double(values[95])])
      #expect(numbers[3..<3].isEmpty)
    }
  }

  @Test func `are both parts of complex elements`() throws {
    let parts = [1.5, -2, 3, 0.25]
    for (type, storage) in [
      (ElementType.c128, Bytes(copyingElements: parts)),
      (.c64, Bytes(copyingElements: parts.map { Float($0) })),
    ] {
      let numbers = try Tensor(elementType: type, shape: [2], storage: storage).numbers()
      #expect(numbers.type == type.numberType)
      #expect(numbers[0..<4] == parts)
    }
  }

  @Test(arguments: [0, 1, 2_047, 2_048, 2_049, 5_000])
  func `come in parts that are all of them, in order`(count: Int) throws {
    let numbers = try Tensor([Double](repeating: 1, count: count), shape: [count]).numbers()
    let parts = Array(numbers.parts)
    #expect(parts.flatMap { Array($0) } == Array(0..<count))
    #expect(parts.allSatisfy { !$0.isEmpty && $0.count <= TensorNumbers.partCount })
  }
}
