import BinaryInput
import CommandLineTool
import Equivalence
import GPUNetKit
import ModelFiles
import TensorData
import TensorMeasures

/// The statistics of a file as a table, a line a tensor; of the rarer counts only those that are not
/// zero everywhere.
func statisticsTable(_ statistics: FileStatistics) -> TextTable {
  let counts: [(title: String, count: (TensorStatistics) -> Int)] = [
    ("NaN", \.nanCount), ("infinite", \.infinityCount), ("subnormal", \.subnormalCount),
    ("f16 overflows", \.halfOverflowCount), ("f16 loses", \.halfLossCount),
    ("f16 subnormal", \.halfSubnormalCount),
  ].filter { $0.count(statistics.totals.counts) > 0 }
  let hasRefusals = statistics.rows.contains { $0.entry.refusal != nil }
  var table = TextTable(
    columns: [.init("tensor"), .init("type"), .init("shape")]
      + ["minimum", "maximum", "mean", "deviation", "zeros"].map { .init($0, .right) }
      + counts.map { .init($0.title, .right) } + [.init("distribution")]
      + (hasRefusals ? [.init("cannot be read")] : []))
  func cells(
    _ kinds: TensorStatistics, _ numbers: [Double]?, distribution: String
  ) -> [String] {
    (numbers?.map { shortNumber($0) } ?? ["", "", "", ""]) + [grouped(kinds.zeroCount)]
      + counts.map { grouped($0.count(kinds)) } + [distribution]
  }
  for row in statistics.rows {
    var line = [
      row.entry.name.escapedForDisplay(), row.entry.elementType?.rawValue ?? "",
      row.entry.shape.map { shapeText($0) } ?? "",
    ]
    if let found = row.statistics {
      let numbers = found.finite.map { [$0.minimum, $0.maximum, $0.mean, $0.standardDeviation] }
      line += cells(
        found, numbers, distribution: found.finite.map { sparkline($0.histogram) } ?? "")
    } else {
      line += Array(repeating: "", count: 6 + counts.count)
    }
    table.append(line + (hasRefusals ? [row.entry.refusal.map { refusalText($0) } ?? ""] : []))
  }
  let totals = statistics.totals
  let numbers = totals.minimum.flatMap { minimum in
    totals.maximum.map { [minimum, $0, totals.mean, totals.standardDeviation] }
  }
  let hasIntegers = statistics.rows.contains { $0.entry.elementType?.isInteger ?? false }
  table.append(
    [hasIntegers ? "all but integers" : "all", "", grouped(totals.counts.count)]
      + cells(totals.counts, numbers, distribution: "") + (hasRefusals ? [""] : []))
  return table
}

/// A block a part of a histogram, as high as it has numbers; a dot where there are none.
func sparkline(_ histogram: [Int]) -> String {
  let blocks = Array("▁▂▃▄▅▆▇█")
  let largest = Double(histogram.max() ?? 0)
  return String(
    histogram.map { count in
      guard count > 0 else { return "·" }
      let height = (Double(count) / largest * Double(blocks.count)).rounded(.up)
      return blocks[min(max(Int(height), 1), blocks.count) - 1]
    })
}

/// A shape as tables have it: `64×3×7×7`.
func shapeText(_ shape: [Int]) -> String {
  shape.map { "\($0)" }.joined(separator: "×")
}

/// Why a tensor cannot be read, in a table that names it already.
func refusalText(_ refusal: ReadError) -> String {
  var refusal = refusal
  refusal.path = []
  return refusal.description(RemedyWords.text)
}

/// A number with four significant digits.
func shortNumber(_ value: Double) -> String {
  // As it will be rounded.
  let magnitude = abs(value) * 1.00005
  guard magnitude >= 0.001, magnitude < 100_000 else {
    return value == 0 ? "0" : value.threeDigits
  }
  if value.rounded() == value { return fixed(value, 0) }
  var digits = 3
  var bound = 10.0
  while magnitude >= bound, digits > 0 {
    digits -= 1
    bound *= 10
  }
  bound = 1
  while magnitude < bound, digits < 6 {
    digits += 1
    bound /= 10
  }
  return fixed(value, digits)
}
