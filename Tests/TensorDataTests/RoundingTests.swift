import BinaryInput
import TensorData
import TestSupport
import Testing

/// A 16-bit format, described by its fields alone.
private struct Format: Sendable, CustomTestStringConvertible {
  let type: ElementType
  let fractionBitCount: Int
  let bias: Int

  var testDescription: String { type.rawValue }

  static let all = [
    Format(type: .f16, fractionBitCount: 10, bias: 15),
    Format(type: .bf16, fractionBitCount: 7, bias: 127),
  ]

  /// The pattern of infinity.
  var infinity: UInt16 { (0x7FFF >> fractionBitCount) << fractionBitCount }

  /// The value of a positive pattern; of infinity's, what the next finite number would be.
  func value(_ pattern: UInt16) -> Double {
    let fraction = Int(pattern) & ((1 << fractionBitCount) - 1)
    let exponent = Int(pattern) >> fractionBitCount
    let isNormal = exponent > 0
    return Double(
      sign: .plus, exponent: (isNormal ? exponent : 1) - bias - fractionBitCount,
      significand: Double(fraction + (isNormal ? 1 << fractionBitCount : 0)))
  }

  /// The patterns that numbers are rounded to.
  func rounded(_ values: [Double]) throws -> [UInt16] {
    let bytes = try Tensor(rounding: values, to: type, shape: [values.count]).contiguousBytes()
    return (0..<values.count).map { UInt16(bytes[2 * $0]) | UInt16(bytes[2 * $0 + 1]) << 8 }
  }

  /// The numbers that patterns stand for.
  func decoded(_ patterns: [UInt16]) throws -> [Double] {
    try Tensor(
      elementType: type, shape: [patterns.count], storage: Bytes(copyingElements: patterns)
    ).doubles()
  }
}

@Suite struct `Rounding to 16 bits` {
  @Test(arguments: Format.all)
  private func `goes to nearest, and to even from every halfway number`(format: Format) throws {
    var values: [Double] = []
    var expected: [UInt16] = []
    for pattern in 0..<format.infinity {
      let (low, high) = (format.value(pattern), format.value(pattern + 1))
      let half = (low + high) / 2
      for (value, result) in [
        (low, pattern), (low.nextUp, pattern), (half.nextDown, pattern),
        (half, pattern.isMultiple(of: 2) ? pattern : pattern + 1), (half.nextUp, pattern + 1),
        (high.nextDown, pattern + 1),
      ] {
        values += [value, -value]
        expected += [result, result | 0x8000]
      }
    }
    let found = try format.rounded(values)
    let wrong = values.indices.filter { found[$0] != expected[$0] }
    #expect(wrong.isEmpty, "\(wrong.prefix(10).map { (values[$0], found[$0], expected[$0]) })")
  }

  @Test(arguments: Format.all)
  private func `keeps what lies halfway in a wider type too`(format: Format) throws {
    // Numbers close to a halfway number, which rounding first to 32 bits would put onto it.
    for pattern in [0x0001, 0x0080, 0x0400, 0x3C00, 0x3C01, 0x3F80, 0x3F81, 0x7000] as [UInt16] {
      let (low, high) = (format.value(pattern), format.value(pattern + 1))
      let half = (low + high) / 2
      let little = (high - low) * 0x1p-40
      #expect(
        try format.rounded([half - little, half + little, -half - little])
          == [pattern, pattern + 1, pattern + 1 | 0x8000])
    }
  }

  @Test(arguments: Format.all)
  private func `overflows to infinity half a step above the greatest number`(
    format: Format
  ) throws {
    let greatest = format.value(format.infinity - 1)
    let limit = (greatest + format.value(format.infinity)) / 2
    let huge = [
      limit, limit.nextUp, 2 * greatest, 1e39, 1e300, .greatestFiniteMagnitude, .infinity,
    ]
    #expect(try format.rounded(huge).allSatisfy { $0 == format.infinity })
    #expect(
      try format.rounded(huge.map { -$0 }).allSatisfy { $0 == format.infinity | 0x8000 })
    #expect(
      try format.rounded([limit.nextDown, -limit.nextDown])
        == [format.infinity - 1, format.infinity - 1 | 0x8000])
  }

  @Test(arguments: Format.all)
  private func `underflows to a zero of the same sign`(format: Format) throws {
    let half = format.value(1) / 2
    let tiny = [half, half.nextDown, 1e-46, 1e-300, .leastNonzeroMagnitude, 0]
    #expect(try format.rounded(tiny).allSatisfy { $0 == 0 })
    #expect(try format.rounded(tiny.map { -$0 }).allSatisfy { $0 == 0x8000 })
    #expect(try format.rounded([half.nextUp, -half.nextUp]) == [1, 0x8001])
  }

  @Test(arguments: Format.all)
  private func `keeps a NaN one, with its sign`(format: Format) throws {
    let patterns: [UInt64] = [
      0x7FF8_0000_0000_0000, 0x7FF0_0000_0000_0001, 0x7FF0_0000_2000_0000, 0x7FFF_FFFF_FFFF_FFFF,
      0x7FF4_0000_0000_0000,
    ]
    for pattern in patterns {
      for sign in [0, 0x8000_0000_0000_0000] as [UInt64] {
        let found = try format.rounded([Double(bitPattern: pattern | sign)])[0]
        #expect(found & 0x7FFF > format.infinity, "\(pattern)")
        #expect(found & 0x8000 == UInt16(sign >> 48), "\(pattern)")
      }
    }
  }

  @Test(arguments: Format.all)
  private func `gives back every number that fits`(format: Format) throws {
    let patterns = (UInt16.min...UInt16.max).filter { $0 & 0x7FFF < format.infinity }
    let decoded = try format.decoded(patterns)
    let wrong = patterns.indices.filter {
      let magnitude = format.value(patterns[$0] & 0x7FFF)
      let value = patterns[$0] & 0x8000 == 0 ? magnitude : -magnitude
      return decoded[$0].bitPattern != value.bitPattern
    }
    #expect(wrong.isEmpty, "\(wrong.prefix(10).map { (patterns[$0], decoded[$0]) })")
    #expect(try format.rounded(decoded) == patterns)
  }

  @Test(arguments: Format.all)
  private func `reads infinities and NaN`(format: Format) throws {
    #expect(
      try format.decoded([format.infinity, format.infinity | 0x8000]) == [.infinity, -.infinity])
    for pattern in [format.infinity + 1, 0x7FFF, 0xFFFF] {
      #expect(try format.decoded([pattern])[0].isNaN)
    }
  }

  @Test func `has the error that the unit roundoff states`() throws {
    for format in Format.all {
      let unit = try #require(format.type.unitRoundoff)
      // The worst case is halfway above a power of two.
      let found = try format.decoded(format.rounded([1 + unit]))[0]
      #expect(found == 1)
      #expect(try format.decoded(format.rounded([(1 + unit).nextUp]))[0] == 1 + 2 * unit)
    }
    #expect(ElementType.f32.unitRoundoff == 0x1p-24)
    #expect(ElementType.f64.unitRoundoff == 0x1p-53)
    #expect(ElementType.i32.unitRoundoff == nil)
  }
}

@Suite struct `A BFloat16` {
  @Test func `has the upper half of a 32-bit number's pattern`() {
    for (value, pattern) in [
      (0.0, 0x0000), (-0.0, 0x8000), (1.0, 0x3F80), (-2.0, 0xC000), (3.140625, 0x4049),
      (0x1p-133, 0x0001), (0x1.FEp127, 0x7F7F), (.infinity, 0x7F80), (0.1, 0x3DCD),
    ] as [(Double, UInt16)] {
      #expect(BFloat16(value).bitPattern == pattern)
      #expect(BFloat16(bitPattern: pattern) == BFloat16(value))
    }
    #expect(Double(BFloat16(bitPattern: 0x4049)) == 3.140625)
    #expect(Double(BFloat16(bitPattern: 0x8000)).sign == .minus)
  }

  @Test(arguments: [UInt64(5), 6])
  func `is the nearest of all to random numbers`(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<20_000 {
      let value = Double(
        sign: .plus, exponent: Int.random(in: -140...127, using: &generator),
        significand: Double.random(in: 1..<2, using: &generator))
      let pattern = BFloat16(value).bitPattern
      let error = abs(Double(BFloat16(bitPattern: pattern)) - value)
      guard pattern > 0, pattern < 0x7F7F else { continue }
      for other in [pattern - 1, pattern + 1] {
        let otherError = abs(Double(BFloat16(bitPattern: other)) - value)
        #expect(
          error < otherError || error == otherError && pattern.isMultiple(of: 2),
          "seed \(seed), \(value)")
      }
    }
  }
}
