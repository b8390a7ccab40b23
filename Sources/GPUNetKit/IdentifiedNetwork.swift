public import BinaryInput
public import GPUNetIR
public import GPUNetValidation
import GPWFormat
import ModelFiles
import NetworkRecognition
import ONNXModel
import TensorData

/// A source together with the architecture it is held to be.
public struct IdentifiedNetwork: Sendable {
  /// The file and its parameters.
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
    try architecture.summaries(form: source.parameters.form)
  }

  /// What in the file shows the fields of the layer strings.
  public var evidence: EvidenceSummary {
    EvidenceSummary(architecture.layers, hasGraph: source.lifted != nil)
  }

  /// Everything in the file that does not fit the architecture.
  public func findings() -> [Finding] {
    let parameters = source.parameters
    let foreign = parameters.foreignNames.map { name in
      Finding(
        layer: nil, subject: name, expected: "no tensor outside the network",
        found: "one whose name does not begin with '\(parameters.prefix)network.'",
        isUnusedTensor: true)
    }
    return architecture.findings(parameters: parameters.parameters, form: parameters.form)
      + foreign
  }

  /// The network, if everything fits; tensors that no layer needs may be passed over.
  ///
  /// - Throws: A ``Rejection`` with all findings.
  public func network(allowsUnused: Bool = false) throws -> Network {
    let findings = findings().filter { !(allowsUnused && $0.isUnusedTensor) }
    guard findings.isEmpty else {
      let onlyUnused = findings.allSatisfy(\.isUnusedTensor)
      throw Rejection(
        ReadError(
          onlyUnused ? .recognitionUnused : .recognitionMismatch,
          onlyUnused
            ? "tensors belong to no layer" : "the network does not fit together",
          path: [source.file.path], expected: "none",
          found: findings.count == 1 ? "1 finding" : "\(findings.count) findings",
          remedy: onlyUnused ? .allowUnused : .rightArchitecture),
        reasons: findings.map(\.description))
    }
    do {
      return try Network(
        architecture: architecture, form: source.parameters.form,
        parameters: source.parameters.parameters)
    } catch {
      throw error.within(source.file.path)
    }
  }

  /// How pixels become the network's input: what the file says, or else what the published
  /// evaluation does.
  public var preprocessing: Preprocessing {
    source.notes.preprocessing ?? .published(cropFraction: published?.cropFraction ?? 1)
  }
}

extension Remedy {
  /// Tensors that belong to no layer may be left out.
  public static let allowUnused = Remedy("allow-unused", "leave them out")
  /// Another architecture or size may be given.
  public static let rightArchitecture = Remedy(
    "right-architecture", "give the right architecture or size, or repair the checkpoint")
}
