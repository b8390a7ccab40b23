/// A floating-point format of at most 8 bits whose nonnegative values are ordered by their codes.
struct SmallFloat: Sendable {
  /// The finite values from zero up; the index is the code without its sign.
  private let values: [Double]
  /// What would be the value after the greatest, were there another code.
  private let next: Double
  /// The bit of the sign.
  private let signBit: UInt8
  /// The codes of what is no finite number; nil where there is none.
  private let infinity: UInt8?
  private let nan: UInt8?
  private let hasNegativeZero: Bool

  private init(
    exponentBits: Int, significandBits: Int, bias: Int, finiteCount: Int, infinity: UInt8?,
    nan: UInt8?, hasNegativeZero: Bool
  ) {
    func value(_ code: Int) -> Double {
      let fraction = code & (1 << significandBits - 1)
      let exponent = code >> significandBits
      let significand = Double(fraction) / Double(1 << significandBits)
      return exponent == 0
        ? significand * Double(sign: .plus, exponent: 1 - bias, significand: 1)
        : (1 + significand) * Double(sign: .plus, exponent: exponent - bias, significand: 1)
    }
    values = (0..<finiteCount).map(value)
    next = value(finiteCount)
    signBit = 1 << UInt8(exponentBits + significandBits)
    self.infinity = infinity
    self.nan = nan
    self.hasNegativeZero = hasNegativeZero
  }

  private static let e4m3fn = SmallFloat(
    exponentBits: 4, significandBits: 3, bias: 7, finiteCount: 127, infinity: nil, nan: 0x7F,
    hasNegativeZero: true)
  private static let e4m3fnuz = SmallFloat(
    exponentBits: 4, significandBits: 3, bias: 8, finiteCount: 128, infinity: nil, nan: 0x80,
    hasNegativeZero: false)
  private static let e5m2 = SmallFloat(
    exponentBits: 5, significandBits: 2, bias: 15, finiteCount: 124, infinity: 0x7C, nan: 0x7F,
    hasNegativeZero: true)
  private static let e5m2fnuz = SmallFloat(
    exponentBits: 5, significandBits: 2, bias: 16, finiteCount: 128, infinity: nil, nan: 0x80,
    hasNegativeZero: false)
  private static let e2m1 = SmallFloat(
    exponentBits: 2, significandBits: 1, bias: 1, finiteCount: 8, infinity: nil, nan: nil,
    hasNegativeZero: true)

  /// The format of a data type; nil where it is none of these.
  static func of(_ dataType: ONNXDataType) -> SmallFloat? {
    switch dataType {
    case .float8e4m3fn: e4m3fn
    case .float8e4m3fnuz: e4m3fnuz
    case .float8e5m2: e5m2
    case .float8e5m2fnuz: e5m2fnuz
    case .float4e2m1: e2m1
    default: nil
    }
  }

  /// The value of a code.
  func decode(_ code: UInt8) -> Double {
    if !hasNegativeZero, code == signBit { return .nan }
    let magnitude = code & (signBit - 1)
    let isNegative = code & signBit != 0
    if Int(magnitude) < values.count {
      return isNegative ? -values[Int(magnitude)] : values[Int(magnitude)]
    }
    return magnitude == infinity ? (isNegative ? -.infinity : .infinity) : .nan
  }

  /// The code of the nearest value, the even one of two. Where `saturates`, what is too great becomes
  /// the greatest finite value; else infinite, or NaN where the format has no infinity.
  func encode(_ value: Double, saturates: Bool) -> UInt8 {
    if value.isNaN { return nan ?? 0 }
    let magnitude = value.magnitude
    let sign: UInt8 = value.sign == .minus ? signBit : 0
    var low = 0
    var high = values.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if values[middle] <= magnitude { low = middle } else { high = middle }
    }
    // The value lies between the codes low and low + 1, or above all.
    let above = low + 1 < values.count ? values[low + 1] : next
    let middle = (values[low] + above) / 2
    var code = low
    if magnitude > middle || (magnitude == middle && low % 2 == 1) { code = low + 1 }
    if code == values.count {
      if saturates || nan == nil {
        code = values.count - 1
      } else if let infinity {
        return infinity | sign
      } else {
        return hasNegativeZero ? (nan ?? 0) | sign : nan ?? 0
      }
    }
    return code == 0 && !hasNegativeZero ? 0 : UInt8(code) | sign
  }

  /// The nearest value; see ``encode(_:saturates:)``.
  func round(_ value: Double, saturates: Bool) -> Double {
    decode(encode(value, saturates: saturates))
  }
}
