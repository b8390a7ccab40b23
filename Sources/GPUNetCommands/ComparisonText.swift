import BinaryInput
import CommandLineTool
import NetworkFamilies
import NetworkProgram
import GPUNetKit
import ModelFiles
import Spelling
import TensorData
import TensorMeasures

/// A comparison of two files for people: first in short, then what differs, in groups.
struct ComparisonText {
  private let comparison: FileComparison
  private let isVerbose: Bool
  /// The tensors that are there on both sides and differ, by how they do.
  private let groups: [(title: String, lines: [String])]

  init(_ comparison: FileComparison, isVerbose: Bool) {
    self.comparison = comparison
    self.isVerbose = isVerbose
    groups = ComparisonText.groups(comparison)
  }

  /// Everything there is to say, each line ended.
  var text: String {
    var lines = [side("a", comparison.left), side("b", comparison.right), ""]
    lines += summary
    if let architecture = comparison.architecture, !architecture.isSame {
      lines += section("other layers", architecture.layers.map { layer($0) })
    }
    if let parameters = comparison.parameters {
      lines += section("parameters with other values", differing(parameters))
    }
    // Where norms are folded on one side only, or a graph has names of its own, nearly every tensor
    // differs, and that was said.
    let hasGraph = [comparison.left, comparison.right].contains { $0.network?.source.lifted != nil }
    let isSaid = comparison.forms != nil || comparison.parameters != nil && hasGraph
    if !isSaid || isVerbose { lines += tensorSections }
    return lines.map { "\($0)\n" }.joined()
  }

  // MARK: In short

  private func side(_ letter: String, _ side: FileComparison.Side) -> String {
    var parts = [side.file.formatName]
    if let network = side.network {
      parts.append(network.published?.name ?? "\(network.architecture.entries.count) layers")
    }
    parts.append(side.tensors.entries.count.counted("tensor"))
    if side.tensors.keys.count == 1, let key = side.tensors.keys.first, !key.isEmpty {
      parts.append("'\(key.escapedForDisplay())'")
    }
    return "\(letter)  \(side.file.path.escapedForDisplay()): \(parts.joined(separator: ", "))"
  }

  private var summary: [String] {
    guard !comparison.isSame else {
      let architecture = comparison.architecture == nil ? "" : "architecture, "
      return ["the same: \(architecture)names, shapes, types and bits"]
    }
    var lines: [String] = []
    if let architecture = comparison.architecture {
      lines.append("architecture  " + self.architecture(architecture))
    }
    if let forms = comparison.forms {
      let (folded, other) = forms.left == .folded ? ("a", "b") : ("b", "a")
      lines.append(
        "norms         folded in \(folded), separate in \(other): names and values differ")
    }
    if let parameters = comparison.parameters {
      lines.append("parameters    " + parametersText(parameters))
    }
    for (letter, prefix) in [("a", comparison.leftPrefix), ("b", comparison.rightPrefix)]
    where !prefix.isEmpty {
      lines.append(
        "names         those of \(letter) begin with '\(prefix.escapedForDisplay())'")
    }
    let counts =
      groups.map { ($0.title, $0.lines.count) }
      + [("only in a", comparison.onlyLeft.count), ("only in b", comparison.onlyRight.count)]
    let same = comparison.pairs.count { $0.isSame }
    let parts =
      ["\(grouped(same)) the same"]
      + counts.filter { $0.1 > 0 }.map { "\(grouped($0.1)) \($0.0)" }
    return lines + ["tensors       " + parts.joined(separator: ", ")]
  }

  /// The parameters by the names of the published code.
  private func parametersText(_ parameters: ParameterComparison) -> String {
    let same = parameters.count - parameters.differing.count
    var text = "\(grouped(same)) of \(parameters.count.counted("parameter")) the same"
    if let forms = comparison.forms {
      text += " once norms are folded in \(forms.left == .folded ? "b" : "a"), too"
    }
    let worst = parameters.differing.max { $0.difference.largest < $1.difference.largest }
    if let worst, !worst.difference.isNone {
      text +=
        "; \(Self.largest(worst.difference)) apart "
        + "(\(worst.name.escapedForDisplay()))"
    }
    return text
  }

  private func differing(_ parameters: ParameterComparison) -> [String] {
    parameters.differing.filter { !$0.difference.isNone }.map { parameter in
      "\(parameter.name.escapedForDisplay())  \(Self.distance(parameter.difference))"
    }
  }

  private func architecture(_ architecture: ArchitectureComparison) -> String {
    guard !architecture.isSame else { return "the same" }
    var parts: [String] = []
    if !architecture.layers.isEmpty {
      parts.append(architecture.layers.count.counted("other layer"))
    }
    if let (left, right) = architecture.resolutions { parts.append("\(left) px, \(right) px") }
    if let (left, right) = architecture.classCounts {
      parts.append("\(grouped(left)) classes, \(grouped(right)) classes")
    }
    return parts.joined(separator: "; ")
  }

  // MARK: What differs

  private func section(_ title: String, _ lines: [String]) -> [String] {
    guard !lines.isEmpty else { return [] }
    let shown = isVerbose ? lines : listed(lines)
    return ["", title] + shown.map { "  " + $0 }
  }

  private func layer(_ difference: ArchitectureComparison.LayerDifference) -> String {
    "\(difference.moduleName): \(difference.left ?? "nothing") → \(difference.right ?? "nothing")"
  }

  private var tensorSections: [String] {
    groups.flatMap { section($0.title, $0.lines) }
      + section("only in a", comparison.onlyLeft.map { entry($0) })
      + section("only in b", comparison.onlyRight.map { entry($0) })
  }

  private func entry(_ entry: NamedTensors.Entry) -> String {
    let reason = entry.refusal.map { "cannot be read: \(refusalText($0))" }
    return "\(entry.name.escapedForDisplay())  \(reason ?? Self.kind(entry))"
  }

  /// The type, and the shape where there is one.
  private static func kind(_ entry: NamedTensors.Entry) -> String {
    let shape = entry.shape.map { $0.isEmpty ? "scalar" : shapeText($0) } ?? ""
    return "\(entry.elementType?.rawValue ?? "") \(shape)"
  }

  private static func groups(_ comparison: FileComparison) -> [(title: String, lines: [String])] {
    var values: [String] = []
    var types: [String] = []
    var shapes: [String] = []
    var reshaped: [String] = []
    var unreadable: [String] = []
    for pair in comparison.pairs {
      let name = pair.left.name.escapedForDisplay()
      switch pair.outcome {
      case .same: break
      case .reshaped: reshaped.append("\(name)  \(kind(pair.left)) → \(kind(pair.right))")
      case .otherShape: shapes.append("\(name)  \(kind(pair.left)) → \(kind(pair.right))")
      case .otherKind:
        types.append("\(name)  \(kind(pair.left)) → \(kind(pair.right)), not comparable")
      case .numbers(let difference) where pair.left.elementType == pair.right.elementType:
        values.append("\(name)  \(kind(pair.left))  \(distance(difference))")
      case .numbers(let difference):
        types.append(
          "\(name)  \(kind(pair.left)) → \(pair.right.elementType?.rawValue ?? ""), "
            + (difference.isNone ? "the same values" : distance(difference)))
      case .unreadable(let error): unreadable.append("\(name)  \(refusalText(error))")
      }
    }
    let renamed = comparison.renamed.map { pair in
      let names = "\(pair.left.name.escapedForDisplay()) → \(pair.right.name.escapedForDisplay())"
      return pair.isSame ? names : names + "  \(kind(pair.left)) → \(kind(pair.right))"
    }
    return [
      ("with other values", values), ("of another type", types), ("of another shape", shapes),
      ("reshaped", reshaped), ("renamed", renamed), ("unreadable", unreadable),
    ]
  }

  /// The largest difference, which has no size where a number is not finite on one side.
  private static func largest(_ difference: TensorDifference) -> String {
    difference.largest.isFinite
      ? "at most \(shortNumber(difference.largest))" : "immeasurably"
  }

  private static func distance(_ difference: TensorDifference) -> String {
    var parts = [
      "\(grouped(difference.differingCount)) of \(difference.elementCount.counted("element"))"
    ]
    let left = value(difference.left)
    let right = value(difference.right)
    let place = difference.index.map { $0.isEmpty ? "" : " at \($0)" } ?? ""
    parts.append("\(largest(difference))\(place) (\(left) → \(right))")
    if difference.decibels.isFinite { parts.append("\(fixed(difference.decibels, 1)) dB") }
    return parts.joined(separator: ", ")
  }

  /// A number in the shortest spelling that reads back as the same, in 32 bits where they hold it.
  private static func value(_ value: Double) -> String {
    if value.rounded() == value, abs(value) < 1e15 { return fixed(value, 0) }
    let single = Float(value)
    return Double(single) == value ? "\(single)" : "\(value)"
  }
}
