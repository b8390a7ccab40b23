/// A number with a fixed number of decimal places.
func fixed(_ value: Double, _ digits: Int) -> String {
  guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
  let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
  let scaled = Int((abs(value) * Double(scale)).rounded())
  let fraction = String(scaled % scale)
  let zeros = String(repeating: "0", count: digits - fraction.count)
  return (value < 0 && scaled != 0 ? "-" : "") + "\(scaled / scale)"
    + (digits == 0 ? "" : ".\(zeros)\(fraction)")
}
