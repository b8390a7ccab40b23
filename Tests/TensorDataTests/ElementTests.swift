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
    #expect(try doubles(.u64, [0, UInt64.max]) == [0, 18_446_744_073_709_551_616])
    #expect(try doubles(.u32, [0, UInt32.max]) == [0, 4_294_967_295])
    #expect(try doubles(.u16, [0, UInt16.max]) == [0, 65_535])
  }

  @Test func `of two parts are read by their real one`() throws {
    for (type, bytes) in [
      (ElementType.c128, Bytes(copyingElements: [1.5, 2, -3, 4])),
      (.c64, Bytes(copyingElements: [1.5, 2, -3, 4] as [Float])),
    ] {
      #expect(
        try Tensor(elementType: type, shape: [2], storage: bytes).doubles() == [1.5, -3])
    }
  }

  @Test func `of 8 bits have the values that PyTorch gives them`() throws {
    let bits: [UInt8] = [
      0x00, 0x01, 0x07, 0x08, 0x38, 0x3C, 0x7B, 0x7C, 0x7D, 0x7E, 0x7F, 0x80, 0x81, 0xC5, 0xFC,
      0xFF,
    ]
    let expected: [(ElementType, [Double])] = [
      (
        .f8e4m3fn,
        [
          0, 0.001953125, 0.013671875, 0.015625, 1, 1.5, 352, 384, 416, 448, .nan, -0.0,
          -0.001953125, -3.25, -384, .nan,
        ]
      ),
      (
        .f8e5m2,
        [
          0, 1.52587890625e-05, 0.0001068115234375, 0.0001220703125, 0.5, 1, 57344, .infinity,
          .nan, .nan, .nan, -0.0, -1.52587890625e-05, -5, -.infinity, .nan,
        ]
      ),
      (
        .f8e4m3fnuz,
        [
          0, 0.0009765625, 0.0068359375, 0.0078125, 0.5, 0.75, 176, 192, 208, 224, 240, .nan,
          -0.0009765625, -1.625, -192, -240,
        ]
      ),
      (
        .f8e5m2fnuz,
        [
          0, 7.62939453125e-06, 5.340576171875e-05, 6.103515625e-05, 0.25, 0.5, 28672, 32768,
          40960, 49152, 57344, .nan, -7.62939453125e-06, -2.5, -32768, -57344,
        ]
      ),
      (
        .f8e8m0fnu,
        [
          5.877471754111438e-39, 1.1754943508222875e-38, 7.52316384526264e-37,
          1.504632769052528e-36, 4.235164736271502e-22, 6.776263578034403e-21, 0.0625, 0.125,
          0.25, 0.5, 1, 2, 4, 1.1805916207174113e+21, 4.253529586511731e+37, .nan,
        ]
      ),
    ]
    for (type, values) in expected {
      let found = try doubles(type, bits)
      for (value, expected) in zip(found, values) {
        #expect(
          value.isNaN && expected.isNaN || value.bitPattern == expected.bitPattern, "\(type)")
      }
      #expect(found.count == values.count)
    }
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
        case .u64: 72_340_172_838_076_672
        case .u32: 16_843_009
        case .u16: 257
        case .c128: Double(bitPattern: 0x0101_0101_0101_0101)
        case .c64: Double(Float(bitPattern: 0x0101_0101))
        case .f8e4m3fn: 0x1p-9
        case .f8e5m2: 0x1p-16
        case .f8e4m3fnuz: 0x1p-10
        case .f8e5m2fnuz: 0x1p-17
        case .f8e8m0fnu: 0x1p-126
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
      (.u64, 8, false),
      (.u32, 4, false), (.u16, 2, false), (.c128, 16, false), (.c64, 8, false),
      (.f8e4m3fn, 1, false), (.f8e5m2, 1, false), (.f8e4m3fnuz, 1, false),
      (.f8e5m2fnuz, 1, false), (.f8e8m0fnu, 1, false),
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
      let storage = Bytes(copying: Array(0..<16))
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
