import BinaryInput
import ONNXModel
import TensorData
import Testing

@Suite struct GraphTests {
  @Test func `data types have the specification's numbers and the sizes of their elements`() {
    #expect(ONNXDataType(rawValue: 1) == .float)
    #expect(ONNXDataType(rawValue: 16) == .bfloat16)
    for elementType in [ElementType.f64, .f32, .f16, .bf16, .i64, .i32, .i16, .i8, .u8, .bool] {
      let dataType = ONNXDataType(elementType)
      #expect(dataType.elementType == elementType)
      #expect(dataType.bitCount == elementType.byteCount * 8)
    }
  }

  @Test func `a tensor needs exactly the bytes of its shape`() throws {
    let four = Bytes(copying: [0x21, 0x43])
    #expect(try ONNXTensor(dataType: .uint4, shape: [3], bytes: four).elementCount == 3)
    let error = #expect(throws: ReadError.self) {
      try ONNXTensor(dataType: .float, shape: [2, 1], bytes: four)
    }
    #expect(error?.code == .onnxTensorSize)
    let negative = #expect(throws: ReadError.self) {
      try ONNXTensor(dataType: .float, shape: [-1], bytes: four)
    }
    #expect(negative?.code.rawValue == "tensor.shape")
  }
}
