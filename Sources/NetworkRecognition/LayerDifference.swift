import GPUNetIR
import TensorData

/// Which layers of an architecture are not among some parameters, by the tensors' names and shapes.
struct LayerDifference {
  /// The number of layers of the architecture.
  let layerCount: Int
  /// The layers that lack a tensor or have one of another shape.
  let differing: [LayerProgram]
  /// The number of modules that the architecture does not have.
  let foreignModuleCount: Int
  private let differingTensorCount: Int
  private let sharedNameCount: Int

  private static let shownCount = 3

  init(_ source: SourceParameters, from architecture: Architecture) {
    let programs = architecture.programs(source.form)
    layerCount = programs.count
    differing = programs.filter { program in
      program.parameters.contains { source.parameters[$0.name]?.shape != $0.shape }
    }
    let modules = Set(
      source.parameters.names.map { name in
        // No module's name contains a dot.
        String(name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first ?? "")
      })
    foreignModuleCount = modules.subtracting(programs.map(\.moduleName)).count
    let differences = source.differences(from: architecture)
    differingTensorCount = differences.count
    sharedNameCount = source.parameters.count - differences.count { $0.expected == nil }
  }

  /// Whether the parameters are nearer to this architecture than to another: more of its layers
  /// are here; or as many, and more of its tensors' names; or as many, and less is left over.
  func isNearer(than other: LayerDifference) -> Bool {
    (layerCount - differing.count, sharedNameCount, -differingTensorCount)
      > (
        other.layerCount - other.differing.count, other.sharedNameCount,
        -other.differingTensorCount
      )
  }
}

extension LayerDifference: CustomStringConvertible {
  /// The first layers that differ, and how many more there are.
  var description: String {
    let shown = differing.prefix(LayerDifference.shownCount).map { program in
      "'\(program.moduleName)' (\(program.layer))"
    }
    var text = "other tensors or none for \(shown.joined(separator: ", "))"
    let rest = differing.count - shown.count
    if rest > 0 { text += " and \(rest) more layer\(rest == 1 ? "" : "s")" }
    if foreignModuleCount > 0 {
      text += ", and \(foreignModuleCount) module\(foreignModuleCount == 1 ? "" : "s") beside them"
    }
    return text
  }
}
