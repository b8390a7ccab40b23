import ModelFiles
import BinaryInput
import CommandLineTool
import GPUNetKit
import ImagePreparation
import NetworkProgram

extension PictureRun.Outcome {
  /// The picture's name and its classes, a line each; nil for one that could not be read.
  func text(_ top: Int) -> String? {
    guard case .success(let seen) = result else { return nil }
    let classes = seen.classes.prefix(top)
    let width = classes.map(\.percentage.count).max() ?? 0
    let lines = classes.map { seen in
      "  " + String(repeating: " ", count: width - seen.percentage.count)
        + "\(seen.percentage)  \(seen.title.escapedForDisplay())"
    }
    return ([path.escapedForDisplay()] + lines).joined(separator: "\n") + "\n"
  }
}

extension RunReport {
  /// How often the network was right, and what it mistakes most.
  func text(_ accuracy: Accuracy) -> String {
    var table = TextTable(columns: [.init("times", .right), .init("is"), .init("taken for")])
    for row in confusions(accuracy) { table.append(row) }
    return "\(RunReport.shares(accuracy))\n" + (table.rows.isEmpty ? "" : table.plainText())
  }

  /// How often the network was right.
  static func shares(_ accuracy: Accuracy) -> String {
    func share(_ name: String, _ count: Int) -> String {
      let share = Double(count) / Double(max(accuracy.pictureCount, 1)) * 100
      return "\(name) \(fixed(share, 1))% (\(grouped(count)) of \(grouped(accuracy.pictureCount)))"
    }
    return "\(share("top-1", accuracy.firstCount)), \(share("top-5", accuracy.fiveCount))"
  }

  /// What the network mistakes most: how often, what it is, and what it is taken for.
  func confusions(_ accuracy: Accuracy) -> [[String]] {
    func title(_ index: Int) -> String {
      (classifier.names?[index] ?? "class \(index)").escapedForDisplay()
    }
    return accuracy.confusions(limit: 10).map { confusion, count in
      [grouped(count), title(confusion.actual), title(confusion.said)]
    }
  }

  /// What people should know of how the answers came about.
  static func notes(_ classifier: Classifier) -> [String] {
    var notes: [String] = []
    let path = classifier.identified.source.file.path
    if classifier.isConverted {
      let output = SeveralConversions.name(for: path)
      notes.append(
        "\(path.escapedForDisplay()) was converted in memory, without a proof; to keep it: "
          + "gpunet-convert \(RemedyWords.shellWord(path)) \(RemedyWords.shellWord(output))")
    }
    if classifier.assumesPreparation {
      notes.append(
        "nothing says which weights these are: pictures are prepared as is usual for the network, "
          + classifier.preparation.text)
    }
    return notes
  }
}

extension ImagePreparation {
  /// The steps in words.
  var text: String {
    let edge =
      switch resizing {
      case .none: "as they are"
      case .shorterEdge(let edge): "resized to \(edge) px, \(interpolation.rawValue)"
      case .covering(let width, let height):
        "resized to \(width)×\(height) px, \(interpolation.rawValue)"
      }
    func list(_ numbers: [Double]) -> String { numbers.map { "\($0)" }.joined(separator: " ") }
    return "\(edge), the middle \(crop) px, mean \(list(mean)), std \(list(standardDeviation))"
  }
}
