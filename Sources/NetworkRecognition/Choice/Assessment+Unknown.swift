public import BinaryInput
public import NetworkFamilies
import NetworkProgram
import Spelling

extension Assessment {
  /// That all parameters are there under other names; nil where they are not.
  public var otherNames: ReadError? {
    let ordered = NameChange.pairs(fit)
    guard let pairs = ordered ?? NameChange.unordered(fit) else { return nil }
    let text: String
    if pairs.isEmpty {
      text = "as many of every shape as are missing"
    } else if let changes = NameChange.changes(fit) {
      text = changes.map { change in
        change.found.isEmpty
          ? "without '\(change.expected)'"
          : change.expected.isEmpty
            ? "with '\(change.found)' between" : "'\(change.found)' for '\(change.expected)'"
      }.joined(separator: ", ")
    } else {
      // The first and one of the midst tell more than two neighbours.
      text = [pairs[0], pairs[pairs.count / 2]]
        .map { "'\($0.found)' for '\($0.expected)'" }.joined(separator: ", ")
    }
    return ReadError(
      .recognitionNames, "the parameters are here under other names: \(text)",
      expected: "the published names",
      found: fit.leftOver.count.counted("other name")
        + (ordered == nil ? ", in another order" : ""),
      advice: "rename them and save the state dict again")
  }

  /// That the tensors are those of no published network: the nearest, and the first layers that
  /// differ.
  public var unknown: ReadError {
    let entries = fit.architecture.entries
    let name =
      (PublishedNetwork.gpunets + PublishedNetwork.ofLibraries).first {
        $0.architecture.convention == fit.architecture.convention
          && $0.architecture.entries == entries
      }?.name ?? "the network"
    return ReadError(
      .recognitionUnknown, "the parameters are those of no published network",
      expected: "for example \(name), the nearest; \(fit.fittingLayerCount) of its "
        + "\(entries.count) layers are here",
      found: fit.differingText, remedy: .describeNetwork)
  }
}

extension ParameterFit {
  private static let shownCount = 3

  /// The first layers that differ, and how many more there are.
  var differingText: String {
    let names = Set((missing + misshapen.map(\.specification)).map(\.name))
    let programs = architecture.program(form).layers
    let differing = programs.filter { program in
      program.parameters.contains { names.contains($0.name) }
    }
    let shown = differing.prefix(ParameterFit.shownCount).map { program in
      "'\(program.moduleName)' (\(program.label.text))"
    }
    var text = "other tensors or none for \(shown.joined(separator: ", "))"
    let rest = differing.count - shown.count
    if rest > 0 { text += " and \(rest.counted("more layer"))" }
    let modules = Set(
      (leftOver + inert.map(\.member)).map { member in
        String(
          member.name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().first
            ?? "")
      })
    let foreign = modules.subtracting(programs.map(\.moduleName)).count
    if foreign > 0 {
      text += ", and \(foreign.counted("module")) beside them"
    }
    return text
  }
}

extension Assessment {
  /// The published network whose parameters these are, whatever was asked for.
  ///
  /// - Complexity: O(*n*) in the number of tensors, for each published network.
  public var publishedMatch: PublishedNetwork? {
    candidate.publishedNetworks.first { published in
      ParameterFit(candidate, to: published.architecture, takesClassCount: true).isComplete
    }
  }
}
