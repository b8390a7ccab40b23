extension Int {
  /// The sum, or nil where it does not fit.
  public func adding(exactly other: Int) -> Int? {
    let (result, overflow) = addingReportingOverflow(other)
    return overflow ? nil : result
  }

  /// The product, or nil where it does not fit.
  public func multiplied(exactly other: Int) -> Int? {
    let (result, overflow) = multipliedReportingOverflow(by: other)
    return overflow ? nil : result
  }

  /// The smallest multiple of `alignment` that is not below this number, or nil where it does not
  /// fit.
  ///
  /// - Precondition: `alignment` is positive and this number is not negative.
  public func roundedUp(toMultipleOf alignment: Int) -> Int? {
    precondition(alignment > 0 && self >= 0, "rounding needs a positive alignment")
    let remainder = self % alignment
    return remainder == 0 ? self : adding(exactly: alignment - remainder)
  }
}

extension Sequence<Int> {
  /// The product of all numbers, or nil where it does not fit; 1 for an empty sequence.
  ///
  /// A zero anywhere does not hide an overflow before it.
  public func exactProduct() -> Int? {
    var product = 1
    for factor in self {
      guard let next = product.multiplied(exactly: factor) else { return nil }
      product = next
    }
    return product
  }
}
