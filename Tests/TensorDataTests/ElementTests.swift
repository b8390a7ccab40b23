import BinaryInput
import TensorData
import TestSupport
import Testing

@Suite struct `The elements of a tensor` {
  private func doubles<Element: BitwiseCopyable>(
    _ type: ElementType, _ elements: [Element]
  ) throws -> [Double] {
    try Tensor(
      elementType: type, shape: [elements.count], storage: Bytes(copyingElements: elements)
    ).doubles()
  }

  @Test func `are read as 64-bit numbers whatever their type`() throws {
    #expect(
      try doubles(.f64, [1.5, -.greatestFiniteMagnitude, 0x1p-1074, -.infinity])
        == [1.5, -1.7976931348623157e308, 0x1p-1074, -.infinity])
    #expect(
      try doubles(.f32, [1.5, -Float.greatestFiniteMagnitude, .leastNonzeroMagnitude, .infinity])
        == [1.5, -3.4028234663852886e38, 1.401298464324817e-45, .infinity])
    #expect(
      try doubles(.f16, [0x3E00, 0xFBFF, 0x0001, 0x7C00, 0xFC00] as [UInt16])
        == [1.5, -65_504, 5.960464477539063e-08, .infinity, -.infinity])
    #expect(
      try doubles(.bf16, [0x3FC0, 0xFF7F, 0x0001, 0x7F80] as [UInt16])
        == [1.5, -3.3895313892515355e38, 9.183549615799121e-41, .infinity])
    #expect(
      try doubles(.i64, [0, -1, 9_007_199_254_740_992, Int64.min, .max])
        == [0, -1, 9_007_199_254_740_992, -9_223_372_036_854_775_808, 9_223_372_036_854_775_808])
    #expect(
      try doubles(.i32, [0, -1, Int32.min, .max]) == [0, -1, -2_147_483_648, 2_147_483_647])
    #expect(try doubles(.i16, [0, -1, Int16.min, .max]) == [0, -1, -32_768, 32_767])
    #expect(try doubles(.i8, [0, -1, Int8.min, .max]) == [0, -1, -128, 127])
    #expect(try doubles(.u8, [0, 1, UInt8.max]) == [0, 1, 255])
    #expect(try doubles(.bool, [0, 1] as [UInt8]) == [0, 1])
  }

  @Test func `keep NaN and the sign of zero`() throws {
    let nan = try doubles(.f64, [Double.nan]) + doubles(.f32, [Float.nan])
    #expect(nan.allSatisfy { $0.isNaN })
    let zeros =
      try doubles(.f64, [-0.0]) + doubles(.f32, [Float(-0.0)])
      + doubles(.f16, [0x8000] as [UInt16]) + doubles(.bf16, [0x8000] as [UInt16])
    #expect(zeros.count == 4)
    #expect(zeros.allSatisfy { $0 == 0 && $0.sign == .minus })
  }

  @Test func `may lie at any byte`() throws {
    for type in ElementType.allCases {
      let array = [7] + Array(repeating: UInt8(1), count: type.byteCount)
      let storage = Bytes(copying: array)[1..<array.count]
      let expected: Double =
        switch type {
        case .f64: Double(bitPattern: 0x0101_0101_0101_0101)
        case .f32: Double(Float(bitPattern: 0x0101_0101))
        case .f16: 0x101p-24
        case .bf16: 0x81p-132
        case .i64: 72_340_172_838_076_672
        case .i32: 16_843_009
        case .i16: 257
        case .i8, .u8, .bool: 1
        }
      #expect(
        try Tensor(elementType: type, shape: [], storage: storage).doubles() == [expected],
        "\(type)")
    }
  }

  @Test func `have the size and the kind that their type's name says`() {
    let facts: [(ElementType, Int, Bool)] = [
      (.f64, 8, true), (.f32, 4, true), (.f16, 2, true), (.bf16, 2, true), (.i64, 8, false),
      (.i32, 4, false), (.i16, 2, false), (.i8, 1, false), (.u8, 1, false), (.bool, 1, false),
    ]
    #expect(facts.map(\.0) == ElementType.allCases)
    for (type, byteCount, isFloatingPoint) in facts {
      #expect(type.byteCount == byteCount)
      #expect(type.isFloatingPoint == isFloatingPoint)
      #expect((type.unitRoundoff != nil) == isFloatingPoint)
    }
  }

  @Test func `are copied from arrays`() throws {
    let doubles = Tensor([1.0, 2, 3, 4, 5, 6], shape: [2, 3])
    #expect(doubles.elementType == .f64)
    #expect(doubles.strides == [3, 1])
    #expect(try doubles.doubles() == [1, 2, 3, 4, 5, 6])
    let integers = Tensor([Int64.max], shape: [])
    #expect(integers.elementType == .i64)
    #expect(try integers.contiguousBytes().array == [255, 255, 255, 255, 255, 255, 255, 127])
    let floats = Tensor([Float](), shape: [4, 0])
    #expect(floats.elementType == .f32)
    #expect(floats.elementCount == 0)
    #expect(try floats.doubles() == [])
  }
}

@Suite struct `Converting a tensor` {
  @Test func `to its own type changes nothing`() throws {
    for type in ElementType.allCases {
      let storage = Bytes(copying: Array(0..<8))
      let tensor = try Tensor(elementType: type, shape: [1], storage: storage)
      #expect(
        try tensor.converted(to: type).contiguousBytes()
          .isIdentical(to: tensor.contiguousBytes()))
    }
  }

  @Test func `to a wider type is exact`() throws {
    let values = [0, -0.0, 1.5, -65_504, 0x1p-24, .infinity, -.infinity]
    let narrow = Tensor(rounding: values, to: .f16, shape: [7])
    for type in [ElementType.f32, .f64] {
      let wide = try narrow.converted(to: type)
      #expect(wide.elementType == type)
      #expect(wide.shape == [7])
      #expect(try wide.doubles().map(\.bitPattern) == values.map(\.bitPattern))
      #expect(try wide.converted(to: .f16).contiguousBytes() == narrow.contiguousBytes())
    }
  }

  @Test func `to a narrower type rounds once`() throws {
    // In 32 bits this is 1 + 2⁻⁸, from which ties to even would go down.
    let value = 1 + 0x1p-8 + 0x1p-40
    let tensor = Tensor([value, 1 + 0x1p-8, 1e300, -1e300, 0.1], shape: [5])
    #expect(
      try tensor.converted(to: .bf16).doubles()
        == [1 + 0x1p-7, 1, .infinity, -.infinity, 0.10009765625])
    #expect(
      try tensor.converted(to: .f32).doubles()
        == [1 + 0x1p-8, 1 + 0x1p-8, .infinity, -.infinity, 0.10000000149011612])
    #expect(
      try tensor.converted(to: .f16).doubles()
        == [1 + 0x1p-8, 1 + 0x1p-8, .infinity, -.infinity, 0.0999755859375])
  }

  @Test func `makes a view contiguous`() throws {
    let storage = try Tensor([Float(0), 1, 2, 3, 4, 5], shape: [6]).contiguousBytes()
    let view = try Tensor(elementType: .f32, shape: [3, 2], strides: [1, 3], storage: storage)
    let converted = try view.converted(to: .f64)
    #expect(converted.isContiguous)
    #expect(converted.shape == [3, 2])
    #expect(try converted.doubles() == [0, 3, 1, 4, 2, 5])
  }
}
