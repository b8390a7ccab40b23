extension ElementType {
  /// The 256 values of a floating-point type of 8 bits, by their bits; nil for every other type.
  var smallFloatValues: [Double]? { ElementType.smallFloatTables[self] }

  private static let smallFloatTables: [ElementType: [Double]] = [
    .f8e4m3fn: SmallFloat(exponentBitCount: 4, bias: 7, nanPatterns: [0x7F, 0xFF]).values,
    .f8e5m2: SmallFloat(exponentBitCount: 5, bias: 15, nanPatterns: nil).values,
    .f8e4m3fnuz: SmallFloat(exponentBitCount: 4, bias: 8, nanPatterns: [0x80]).values,
    .f8e5m2fnuz: SmallFloat(exponentBitCount: 5, bias: 16, nanPatterns: [0x80]).values,
    // No sign and no fraction, so that there is no zero.
    .f8e8m0fnu: (0..<255).map { Double(sign: .plus, exponent: $0 - 127, significand: 1) } + [.nan],
  ]
}

/// A type of numbers with a sign, an exponent and a fraction in 8 bits.
private struct SmallFloat {
  let exponentBitCount: Int
  let bias: Int
  /// The bits that are no number; nil where, as in IEEE 754, the largest exponent is for infinities
  /// and NaN.
  let nanPatterns: [Int]?

  var values: [Double] { (0..<256).map(value) }

  private func value(_ bits: Int) -> Double {
    let fractionBitCount = 7 - exponentBitCount
    let largestExponent = 1 << exponentBitCount - 1
    let exponent = bits >> fractionBitCount & largestExponent
    let fraction = bits & (1 << fractionBitCount - 1)
    let sign: FloatingPointSign = bits & 0x80 == 0 ? .plus : .minus
    if let nanPatterns {
      if nanPatterns.contains(bits) { return .nan }
    } else if exponent == largestExponent {
      return fraction > 0 ? .nan : sign == .plus ? .infinity : -.infinity
    }
    let leading = exponent == 0 ? 0 : 1 << fractionBitCount
    return Double(
      sign: sign, exponent: max(exponent, 1) - bias - fractionBitCount,
      significand: Double(leading + fraction))
  }
}
