/// A number with a fixed number of decimal places.
func fixed(_ value: Double, _ digits: Int) -> String {
  let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
  guard value.isFinite, abs(value) < 1e15, abs(value) * Double(scale) < 1e18 else {
    return "\(value)"
  }
  let scaled = Int((abs(value) * Double(scale)).rounded())
  let fraction = String(scaled % scale)
  let zeros = String(repeating: "0", count: max(digits - fraction.count, 0))
  return (value < 0 && scaled != 0 ? "-" : "") + "\(scaled / scale)"
    + (digits == 0 ? "" : ".\(zeros)\(fraction)")
}
