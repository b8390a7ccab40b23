import BinaryInput
import CommandLineTool
import GPUNetKit
import ImagePreparation
import NetworkProgram
import PictureFiles

/// Pictures and bars drawn with characters, for a terminal.
struct RunDrawing: Sendable {
  /// The most columns, and the most rows, that a picture takes.
  static let largestPicture = 40
  /// The least columns for classes beside a picture; where there are fewer, they stand below.
  private static let leastRoom = 28
  /// The most columns of a bar.
  private static let longestBar = 30
  private static let barColor: (UInt8, UInt8, UInt8) = (74, 144, 217)

  /// The width of the terminal, in columns.
  let width: Int
  /// What it shows; without colours only bars are drawn.
  let colors: ColorDepth

  /// For the terminal that standard output goes to; nil where that is none.
  static var onTerminal: RunDrawing? {
    guard Terminal.showsOutput else { return nil }
    return RunDrawing(width: Terminal.width, colors: Terminal.outputColors)
  }

  /// Draws what became of a picture.
  ///
  /// - Parameters:
  ///   - outcome: What became of the picture.
  ///   - top: How many classes are told.
  /// - Returns: The picture's name, what the network was shown and the classes; nil for a picture that
  ///   could not be read.
  /// - Throws: What resizing the picture throws.
  func text(_ outcome: PictureRun.Outcome, _ top: Int) throws(ReadError) -> String? {
    guard case .success(let seen) = outcome.result else { return nil }
    let shown = colors == .none ? nil : seen.shown
    let columns = shown.map { extent(of: $0).width } ?? 0
    let picture = try shown.map { (shown) throws(ReadError) in try rows(of: shown) } ?? []
    let isBeside = columns > 0 && width - columns - 2 >= RunDrawing.leastRoom
    let classes = lines(seen.classes.prefix(top), room: width - 2 - (isBeside ? columns : 0))
    var drawn = [outcome.path.escapedForDisplay()]
    if isBeside {
      for row in 0..<max(picture.count, classes.count) {
        let left =
          row < picture.count ? picture[row] : String(repeating: " ", count: columns)
        let right = row < classes.count ? classes[row] : ""
        drawn.append(right.isEmpty ? left : "\(left)  \(right)")
      }
    } else {
      drawn += picture + classes.map { $0.isEmpty ? "" : "  \($0)" }
    }
    return drawn.joined(separator: "\n") + "\n"
  }

  /// Each class as a line with its percentage and name, and one with its bar, which may be too short
  /// to be drawn.
  private func lines(_ classes: ArraySlice<Classification>, room: Int) -> [String] {
    let numberWidth = classes.map(\.percentage.count).max() ?? 0
    let indent = String(repeating: " ", count: numberWidth + 2)
    let barRoom = max(1, min(RunDrawing.longestBar, room - indent.count))
    return classes.flatMap { seen in
      let number =
        String(repeating: " ", count: numberWidth - seen.percentage.count) + seen.percentage
      let name = seen.title.escapedForDisplay().fitting(columns: room - indent.count)
      let bar = RunDrawing.bar(Double(seen.probability), columns: barRoom)
      return [
        "\(number)  \(name)",
        bar.isEmpty
          ? "" : indent + colors.sequence(RunDrawing.barColor) + bar + colors.reset,
      ]
    }
  }

  /// A bar in eighths of a column.
  static func bar(_ share: Double, columns: Int) -> String {
    let eighths = Int((share * Double(columns) * 8).rounded())
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }

  /// How many pixels a picture is drawn with: one for each column and two for each row, never more than
  /// it has, and an even number of rows.
  private func extent(of shown: Picture) -> Resolution {
    let largest = min(RunDrawing.largestPicture, width)
    let scale = min(
      1, Double(largest) / Double(shown.width),
      Double(2 * RunDrawing.largestPicture) / Double(shown.height))
    let columns = max(1, Int(Double(shown.width) * scale))
    let rows = max(1, Int((Double(shown.height) * scale / 2).rounded()))
    guard let extent = Resolution(height: 2 * rows, width: columns) else {
      preconditionFailure("a picture of a few rows and columns")
    }
    return extent
  }

  /// A picture as upper halves of blocks: the colour of a character is the upper pixel, the one behind
  /// it the lower.
  private func rows(of shown: Picture) throws(ReadError) -> [String] {
    let extent = extent(of: shown)
    let small = try ImagePreparation(
      resizing: .covering(width: extent.width, height: extent.height), crop: extent,
      interpolation: .box, mean: [0, 0, 0], standardDeviation: [1, 1, 1]
    ).croppedPicture(shown)
    func color(_ x: Int, _ y: Int) -> (UInt8, UInt8, UInt8) {
      let start = 3 * (y * small.width + x)
      return (small.pixels[start], small.pixels[start + 1], small.pixels[start + 2])
    }
    return stride(from: 0, to: small.height, by: 2).map { y in
      var row = ""
      var last = ""
      for x in 0..<small.width {
        let setting =
          colors.sequence(color(x, y)) + colors.sequence(color(x, y + 1), isBackground: true)
        if setting != last { row += setting }
        row += "▀"
        last = setting
      }
      return row + colors.reset
    }
  }
}
