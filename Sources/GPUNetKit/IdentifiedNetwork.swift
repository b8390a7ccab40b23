public import BinaryInput
public import NetworkFamilies
public import NetworkProgram
public import GPUNetValidation
import GPWFormat
import ModelFiles
import NetworkRecognition
import ONNXModel
import Spelling
import TensorData

/// A source together with the architecture it is held to be.
public struct IdentifiedNetwork: Sendable {
  /// The file and what in it gives the parameters.
  public let source: NetworkSource
  /// The architecture.
  public var architecture: Architecture
  /// The published network, where it is one.
  public let published: PublishedNetwork?

  /// Every layer's shapes and costs at the network's own resolution; what counts as a parameter is
  /// what the file has, where batch norms may be folded already.
  ///
  /// - Throws: What `Architecture.summaries(at:form:)` throws.
  public func summaries() throws(ReadError) -> [LayerSummary] {
    try architecture.summaries(form: source.form)
  }

  /// What in the file shows the fields of the layer strings.
  public var evidence: EvidenceSummary {
    EvidenceSummary(architecture.layers, steps: stepEvidence)
  }

  /// What in the file states strides, padding, nonlinearities and epsilons.
  var stepEvidence: FieldEvidence {
    if source.lifted != nil { return .graph }
    guard let choice = source.choice,
      architecture.isStated(by: choice.modules.own, form: choice.taken.fit.form)
    else { return .assertion }
    return .modules
  }

  /// What is unusual in the file and no reason to refuse it, for people.
  public var warnings: [String] {
    guard let choice = source.choice else { return source.warnings }
    let bare = architecture.layersWithoutNonlinearity(choice.modules.own)
    let unsaid =
      bare.isEmpty
      ? []
      : [
        "no module computes the nonlinearity of \(bare.map { "'\($0)'" }.joined(separator: ", ")): "
          + "the layer strings are taken for it"
      ]
    let unknown = architecture.unknownModules(choice.modules.own)
    guard let first = unknown.first else { return source.warnings + unsaid }
    let rest = unknown.count - 1
    return source.warnings + unsaid + [
      "what '\(first.path)' (\(first.shortClassName)) computes, and when, is not known"
        + (rest > 0
          ? ", nor what \(rest.counted("other module")) \(rest == 1 ? "does" : "do")" : "")
        + ": every parameter fits, and the layer strings are taken for the rest"
    ]
  }

  /// Everything in the file that does not fit the architecture, by names and shapes.
  public func findings() -> [Finding] {
    switch source.origin {
    case .native(let model, _):
      return architecture.findings(parameters: model.network.parameters, form: source.form)
    case .graph(let lifted):
      return architecture.findings(
        parameters: lifted.parameters(namedAs: architecture) ?? lifted.parameters,
        form: source.form)
    case .tensors(_, let choice):
      let form = choice.taken.fit.form
      return architecture.findings(parameters: choice.entries, form: form)
        + architecture.findings(modules: choice.modules.own, form: form)
        + choice.modules.between.map { module in
          Finding(
            layer: nil, subject: module.path, expected: "no module between the layers",
            found: String(module.shortClassName))
        }
        + choice.bystandersBeside.map { bystander in
          var found = "one whose name is none of a layer's parameter"
          if case .connected(let connection) = bystander.role {
            found = "one that \(connection.text)"
          }
          return Finding(
            layer: nil, subject: bystander.name, expected: "no tensor outside the network",
            found: found, isUnusedTensor: true)
        }
    }
  }

  /// The network, if everything fits; tensors that no layer needs may be passed over.
  ///
  /// - Throws: A ``Rejection`` with all findings; what reading tensors throws.
  public func network(allowsUnused: Bool = false) throws -> Network {
    let findings = findings().filter { !(allowsUnused && $0.isUnusedTensor) }
    guard findings.isEmpty else { throw rejection(findings) }
    do {
      return try Network(
        architecture: architecture, form: source.form, parameters: try parameters(),
        suppliedNames: suppliedNames)
    } catch {
      throw error.within(source.file.path)
    }
  }

  /// The parameters under their published names.
  private func parameters() throws(ReadError) -> StateDict {
    switch source.origin {
    case .native(let model, _): return model.network.parameters
    case .graph(let lifted): return lifted.parameters(namedAs: architecture) ?? lifted.parameters
    case .tensors(let container, let choice):
      return try choice.taken.fit.parameters(
        from: container, ofGroup: choice.taken.candidate.groupIndex)
    }
  }

  /// The parameters that the file does not have.
  private var suppliedNames: Set<String> {
    switch source.origin {
    case .native(let model, _): model.network.suppliedNames
    case .graph: NetworkSource.namesOfBatchCounts(architecture, source.form)
    case .tensors(_, let choice): choice.taken.fit.suppliedNames
    }
  }

  /// Whether ``preprocessing`` is what is usual for the network, as nothing says which weights these are.
  public var assumesPreprocessing: Bool {
    if let model = source.model { return model.assumesPreprocessing }
    return source.notes.preprocessing == nil && !architecture.convention.isGPUNet
      && published?.weights == nil
  }

  /// Whether ``preprocessing`` comes from the file or belongs to the network of a library; that of a
  /// GPUNet is what its published evaluation does.
  public var hasOwnPreprocessing: Bool {
    source.notes.preprocessing != nil || !architecture.convention.isGPUNet
  }

  /// The licence of the weights, where their publisher states one.
  public var licence: String? { source.model?.licence ?? published?.weights?.licence }

  /// How pixels become the network's input: what the file says, or else what the published
  /// evaluation does.
  public var preprocessing: Preprocessing {
    source.notes.preprocessing ?? published?.preprocessing ?? .published()
  }
}
