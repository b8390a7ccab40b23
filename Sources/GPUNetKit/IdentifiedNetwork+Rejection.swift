public import BinaryInput
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
        advice: "in Python, merge them, as \(advice) does in PEFT, and save the state dict")
    }
  }

  private func unused(_ findings: [Finding]) -> ReadError {
    if let connected { return connected }
    let names = findings.prefix(3).map { finding in
      "'\(finding.layer.map { "\($0)." } ?? "")\(finding.subject)'"
    }
    let rest = findings.count - names.count
    let text =
      findings.contains { $0.layer != nil }
      ? "tensors inside layers are none of their parameters, so that a layer may compute another thing"
      : "tensors belong to no layer, so that this may be another network"
    return ReadError(
      .recognitionUnused, text,
      expected: "none",
      found: names.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : ""),
      remedy: .allowUnused)
  }

  /// That something in front of the network or behind it is not part of the result.
  private var connected: ReadError? {
    guard let choice = source.choice else { return nil }
    let connections = choice.bystanders.compactMap { bystander in
      if case .connected(let connection) = bystander.role {
        (bystander, connection)
      } else {
        nil
      }
    }
    guard let (bystander, connection) = connections.first else { return nil }
    let rest = connections.count - 1
    return ReadError(
      .recognitionUnused, "'\(bystander.path)' \(connection.text)",
      expected: "a network from its pixels to its logits, with nothing before and behind",
      found: bystander.title + (rest > 0 ? " and \(rest.counted("more such tensor"))" : ""),
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
