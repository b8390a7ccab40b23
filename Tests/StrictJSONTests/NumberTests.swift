import BinaryInput
import StrictJSON
import Testing

@Suite struct NumberTests {
  @Test(
    arguments: [
      ("8", 8, 8.0), ("8.0", nil, 8.0), ("8e0", nil, 8.0), ("-0", 0, -0.0), ("-0.0", nil, -0.0),
      ("9223372036854775807", Int.max, 9_223_372_036_854_775_807.0),
      ("-9223372036854775808", Int.min, -9_223_372_036_854_775_808.0),
      ("9223372036854775808", nil, 9_223_372_036_854_775_808.0),
      ("123456789012345678901234567890", nil, 1.2345678901234568e29),
      ("1.7976931348623157e308", nil, Double.greatestFiniteMagnitude),
      ("5e-324", nil, Double.leastNonzeroMagnitude), ("1e-999", nil, 0.0),
      ("0.1", nil, 0.1), ("1E+2", nil, 100.0), ("1e0002", nil, 100.0),
    ] as [(String, Int?, Double)])
  func `A number keeps its spelling and has a value`(
    literal: String, integer: Int?, double: Double
  ) throws {
    let number = try #require(try parse(literal).number)
    #expect(number.literal == literal)
    #expect(number.integer == integer)
    #expect(number.double.bitPattern == double.bitPattern)
    #expect(JSONValue.number(number).serialized(pretty: false) == literal)
  }

  @Test func `Spellings of one value are different numbers`() throws {
    #expect(try parse("8") != parse("8.0"))
    #expect(try parse("8") == 8)
    #expect(try parse("8.0") == 8.0)
  }

  @Test(
    arguments: [
      (0.0, "0.0"), (-0.0, "-0.0"), (7.67, "7.67"), (4.0, "4.0"), (1e-5, "1e-05"),
      (1e300, "1e+300"), (0.1 + 0.2, "0.30000000000000004"),
      (Double.leastNonzeroMagnitude, "5e-324"),
    ])
  func `A finite value is spelt so that it reads back`(value: Double, literal: String) throws {
    #expect(JSONNumber(value).literal == literal)
    #expect(try parse(literal).double?.bitPattern == value.bitPattern)
  }

  @Test(arguments: [Double.infinity, -Double.infinity, Double.nan])
  func `What JSON cannot spell becomes null`(value: Double) {
    #expect(JSONValue(value).isNull)
  }

  @Test func `The longest number that is read has all digits of the smallest double`() throws {
    let literal = "-0." + String(repeating: "0", count: 323) + String(repeating: "1", count: 751)
    #expect(literal.utf8.count == 1_077)
    #expect(try parse(literal).number?.literal == literal)
  }
}
