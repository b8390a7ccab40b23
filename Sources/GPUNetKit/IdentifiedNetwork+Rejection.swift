public import BinaryInput
import GPUNetIR
import GPUNetValidation
import ModelFiles
import NetworkRecognition
import Spelling
import TensorData

extension IdentifiedNetwork {
  /// The answer no, led by the one cause that explains the findings where there is one: advice that
  /// fits a symptom only would send people to the wrong place.
  func rejection(_ findings: [Finding]) -> Rejection {
    let cause =
      adapters
      ?? (findings.allSatisfy(\.isUnusedTensor)
        ? unused(findings) : self.cause() ?? misfit(findings))
    // Where another network or other names explain everything, every difference is no news.
    let explains = [ErrorCode.recognitionNames, .recognitionOtherNetwork].contains(cause.code)
    return Rejection(
      cause.within(source.file.path), reasons: explains ? [] : findings.grouped())
  }

  /// That the file adds something to the weights when the network runs.
  private var adapters: ReadError? {
    source.choice?.taken.fit.adapters.map { title, count, advice in
      ReadError(
        .recognitionParametrisation, "the weights have \(title) beside them, which are not merged",
        expected: "the sums alone", found: count.counted("such tensor"),
        advice: "in Python, call \(advice) and save its state dict")
    }
  }

  private func unused(_ findings: [Finding]) -> ReadError {
    let names = findings.prefix(3).map { finding in
      "'\(finding.layer.map { "\($0)." } ?? "")\(finding.subject)'"
    }
    let rest = findings.count - names.count
    return ReadError(
      .recognitionUnused, "tensors belong to no layer, so that this may be another network",
      expected: "none",
      found: names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : ""),
      remedy: .allowUnused)
  }

  private func misfit(_ findings: [Finding]) -> ReadError {
    let doubtsArchitecture: Bool =
      if let fit = source.choice?.taken.fit { !fit.misshapen.isEmpty } else { true }
    return ReadError(
      .recognitionMismatch, "the network does not fit together", expected: "none",
      found: findings.count.counted("finding"),
      advice: doubtsArchitecture ? nil : "save the whole state dict",
      remedy: doubtsArchitecture ? .rightArchitecture : nil)
  }

  /// What explains why a state dict does not fit.
  private func cause() -> ReadError? {
    guard case .tensors(let container, let choice) = source.origin else { return nil }
    let fit = choice.taken.fit
    // A tensor that cannot be read is the reason before all that follow from it.
    let unread = Set(fit.leftOver.map(\.sourceName))
    if !fit.isComplete,
      let refusal = container.refusals(ofGroup: choice.taken.candidate.groupIndex)
        .first(where: { unread.contains($0.name) })
    {
      return refusal.error
    }
    let layerCount = fit.architecture.entries.count
    if let (name, title, advice) = fit.unmade.first {
      return ReadError(
        .recognitionParametrisation,
        "'\(name)' is kept by \(title), from which it cannot be made",
        expected: "the parameter itself", found: fit.unmade.count.counted("such parameter"),
        advice: "in Python, call \(advice) for each, and save the state dict again")
    }
    if fit.lacksOnlyClassifier {
      let name = fit.missing.first { $0.role == .linearWeight }?.name ?? ""
      return ReadError(
        .recognitionClassifier, "the classifier (the head) is missing, everything else fits",
        expected: "'\(name)'",
        found: "\(layerCount - 1) whole layers, and nothing for \(fit.missingText)",
        advice: "save the network with its classifier")
    }
    let isClassifier = { (name: String) in name.hasPrefix(classifierStem(fit)) }
    if fit.misshapen.isEmpty, !fit.missing.isEmpty,
      fit.missing.allSatisfy({ isClassifier($0.name) }),
      fit.leftOver.contains(where: { isClassifier($0.name) })
    {
      let found = fit.leftOver.filter { isClassifier($0.name) }.prefix(4).map { "'\($0.name)'" }
      return ReadError(
        .recognitionClassifier, "the classifier (the head) is another one",
        expected: "one matrix and its bias, '\(classifierStem(fit))weight'",
        found: found.joined(separator: ", "),
        advice: "no layer here has such a classifier; everything else fits")
    }
    if let other = otherNetwork(choice) { return other }
    if let kernel = fit.misshapen.first, fit.misshapen.allSatisfy({ $0.isPermuted }) {
      return ReadError(
        .recognitionMismatch,
        "the axes of '\(kernel.specification.name)' are in another order",
        expected: "\(kernel.specification.shape) (outputs × inputs × height × width)",
        found: "\(kernel.found), \(fit.misshapen.count.counted("such parameter"))",
        advice: "bring the axes into PyTorch's order before saving, as in "
          + "weight.permute(3, 2, 0, 1) where TensorFlow kept them")
    }
    if let names = choice.taken.otherNames { return names }
    if fit.misshapen.isEmpty, !fit.missing.isEmpty {
      return ReadError(
        .recognitionMismatch, "parameters are missing",
        expected: "all of \(layerCount) layers, \(fit.fittingLayerCount) of which are whole",
        found: "nothing for \(fit.missingText)",
        advice: "save the whole state dict, statistics of the norms included: model.state_dict()")
    }
    return nil
  }

  /// What the names of the classifier's parameters begin with.
  private func classifierStem(_ fit: ParameterFit) -> String {
    let name = fit.architecture.parameters(fit.form).last { $0.role == .linearWeight }?.name ?? ""
    return String(name.dropLast("weight".count))
  }

  /// That the parameters are those of another network than the given one.
  private func otherNetwork(_ choice: NetworkChoice) -> ReadError? {
    guard let found = choice.taken.publishedMatch, found.name != published?.name else { return nil }
    return ReadError(
      .recognitionOtherNetwork, "these are \(found.name)'s parameters",
      expected: published.map { "those of \($0.name)" } ?? "those of the given architecture",
      found: "\(found.architecture.entries.count) layers of \(found.name)",
      remedy: .otherArchitecture(found.name))
  }
}

extension [Finding] {
  /// The findings as lines, one for all tensors that are not needed and end alike.
  fileprivate func grouped() -> [String] {
    var lines: [String] = []
    var places: [Substring: (line: Int, count: Int)] = [:]
    for finding in self {
      let ending = finding.subject.split(separator: ".").last ?? ""
      if finding.isUnusedTensor, let place = places[ending] {
        places[ending] = (place.line, place.count + 1)
      } else {
        if finding.isUnusedTensor { places[ending] = (lines.count, 1) }
        lines.append(finding.description)
      }
    }
    for (ending, place) in places where place.count > 1 {
      lines[place.line] += "; and \(place.count - 1) more that end in '\(ending)'"
    }
    return lines
  }
}

extension Remedy {
  /// Tensors that belong to no layer may be left out.
  public static let allowUnused = Remedy("allow-unused", "leave them out")
  /// Another architecture or size may be given.
  public static let rightArchitecture = Remedy(
    "right-architecture", "give the right architecture or size, or repair the checkpoint")

  /// The network of that name may be asked for.
  public static func otherArchitecture(_ name: String) -> Remedy {
    Remedy("other-architecture", "ask for that network, or for none", [name])
  }
}
