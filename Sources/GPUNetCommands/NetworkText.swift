import BinaryInput
import CommandLineTool
import Equivalence
import NetworkFamilies
import GPUNetKit
import ModelFiles
import GPUNetValidation
import NetworkRecognition
import ONNXModel

/// How far a comparison's output and its worst layer are from the reference.
func differences(_ report: ComparisonReport) -> String {
  var parts: [String] = []
  if let output = report.output {
    parts.append(
      "\(output.difference.relative.threeDigits) at the output "
        + "(bound \(report.tolerance.output.threeDigits))")
  }
  if let worst = report.worstLayer, let name = worst.moduleName {
    parts.append(
      "\(worst.difference.relative.threeDigits) at most in a layer "
        + "(\(name), bound \(report.tolerance.layer.threeDigits))")
  }
  return "relative difference " + parts.joined(separator: ", ")
}

/// The file, its format, and which state dict was taken.
func sourceLine(_ identified: IdentifiedNetwork) -> String {
  let source = identified.source
  var text = "\(source.file.path.escapedForDisplay()): \(source.file.formatName)"
  if let inner = source.file.innerName { text += ", inside it \(inner.escapedForDisplay())" }
  if let lifted = source.lifted, !lifted.statesResolution {
    text += ", height and width open"
    if lifted.published == nil {
      text += " (\(LiftedNetwork.assumedResolution) px unless --resolution says otherwise)"
    }
  }
  if let choice = source.choice {
    let candidate = choice.taken.candidate
    let name =
      candidate.keyPath.isEmpty ? "" : "state dict '\(candidate.keyPath.escapedForDisplay())': "
    text += ", \(name)\(choice.reason)"
    if !candidate.prefix.isEmpty {
      text += ", names prefixed '\(candidate.prefix.escapedForDisplay())'"
    }
  }
  return text
}

/// The other networks of a file and why they were not taken, and what was done to the names; what
/// of a graph is not part of the network.
func choiceLines(_ source: NetworkSource) -> [String] {
  guard let choice = source.choice else {
    return source.graphRemarks.map { "  " + $0.escapedForDisplay() }
  }
  let others = choice.others.map { other in
    "  \(other.candidate.title.escapedForDisplay()) \(other.reason.escapedForDisplay())"
  }
  return listed(others) + choice.remarks.map { "  \($0.escapedForDisplay())" }
}

/// The network's name, sizes and costs.
func networkLine(_ identified: IdentifiedNetwork) -> String {
  let architecture = identified.architecture
  let unnamed =
    switch identified.source.origin {
    case .tensors where identified.source.isSelfDescribed: "network given by the file"
    case .tensors: "network given by --arch"
    case .native: "network given by the file"
    case .graph: "network recognised in the graph"
    }
  var text =
    "\(identified.published?.name ?? unnamed), "
    + "\(architecture.entries.count) layers, "
    + "\(architecture.resolution) px, \(grouped(architecture.classCount)) classes"
  if let summaries = try? identified.summaries() {
    let totals = NetworkTotals(summaries)
    text +=
      ", \(grouped(totals.parameterCount)) parameters, "
      + "\(grouped(totals.multiplyAdds)) multiply-adds"
  }
  return text
}

/// Whose network it is, and what all of its layers have in common.
func conventionText(_ architecture: Architecture) -> String {
  let rules = architecture.rules
  return "\(architecture.convention.name), epsilon \(rules.epsilon), padding \(rules.padding)"
}

/// Warnings, each on a line.
func warningLines(_ warnings: [String]) -> [String] {
  warnings.map { "warning: " + $0.escapedForDisplay() }
}

/// What shows the fields of the layer strings: in total, or layer by layer.
func evidenceLines(_ summary: EvidenceSummary, isVerbose: Bool) -> [String] {
  var table = TextTable(columns: [.init(""), .init("")])
  for evidence in FieldEvidence.allCases {
    let counts = summary.counts(evidence).map { "\($0.field.label) \($0.count)" }
    guard !counts.isEmpty else { continue }
    table.append(["  " + evidence.text, counts.joined(separator: ", ")])
  }
  let total = summary.layers.reduce(0) { $0 + $1.layer.fields.count }
  var lines = ["\(total) fields of \(summary.layers.count) layer strings, by what confirms them"]
  // The columns have no heads.
  lines += table.plainText().split(separator: "\n").map { String($0) }
  guard isVerbose else { return lines }
  let kinds = FieldEvidence.allCases.filter { !summary.counts($0).isEmpty }
  var layers = TextTable(columns: [.init("  layer")] + kinds.map { .init($0.text) })
  for (layer, fields) in summary.layers {
    layers.append(
      ["  \(layer)"]
        + kinds.map { evidence in
          (fields[evidence] ?? []).map { layer.text(of: $0) }.joined(separator: " ")
        })
  }
  return lines + layers.plainText().split(separator: "\n").map { String($0) }
}

extension FieldEvidence {
  /// What it is, for people.
  fileprivate var text: String {
    switch self {
    case .shapes: "shapes of the tensors"
    case .widths: "shapes, but for its digits"
    case .graph: "attributes of the graph"
    case .modules: "settings of the modules"
    case .assertion: "only asserted"
    }
  }
}
