import BinaryInput
import NetworkFamilies
import NetworkProgram
import GPUNetValidation
import NetworkRecognition
import Spelling
import TensorData

extension IdentifiedNetwork {
  /// What explains why a state dict does not fit: the first cause that holds, those that explain more
  /// before those that explain less.
  func cause() -> ReadError? {
    guard case .tensors(let container, let choice) = source.origin else { return nil }
    let fit = choice.taken.fit
    let causes: [() -> ReadError?] = [
      { unreadTensor(container, choice) }, { fit.unmadeParameter }, { fit.emptyTensors },
      { fit.missingClassifier }, { fit.otherClassifier }, { otherNetwork(choice) },
      { fit.otherAxes }, { choice.taken.otherNames }, { fit.partlyFoldedNorms },
      { fit.plainNorms }, { fit.missingParameters }, { otherTypes(choice) },
      { otherSettings(choice) },
    ]
    return causes.lazy.compactMap { $0() }.first
  }

  /// That a tensor cannot be read, which is the reason before all that follow from it.
  private func unreadTensor(_ container: any TensorContainer, _ choice: NetworkChoice) -> ReadError?
  {
    guard !choice.taken.fit.isComplete else { return nil }
    let unread = Set(choice.taken.fit.leftOver.map(\.sourceName))
    return container.refusals(ofGroup: choice.taken.candidate.groupIndex)
      .first { unread.contains($0.name) }?.error
  }

  /// That parameters have elements of types that networks are not computed in.
  private func otherTypes(_ choice: NetworkChoice) -> ReadError? {
    guard choice.taken.fit.isComplete else { return nil }
    let types = Dictionary(
      choice.entries.map { ($0.name, $0.elementType) }, uniquingKeysWith: { first, _ in first })
    let unsuitable = architecture.parameters(choice.taken.fit.form).compactMap { specification in
      types[specification.name]?.flatMap {
        specification.accepts($0) ? nil : (specification, type: $0)
      }
    }
    guard let (first, type) = unsuitable.first else { return nil }
    return ReadError(
      .recognitionMismatch, "parameters have elements of a type that networks do not compute in",
      expected: first.isFloatingPoint
        ? "floating-point numbers of 16 to 64 bits for '\(first.name)'"
        : "integers with a sign for '\(first.name)'",
      found: "\(type.rawValue), \(unsuitable.count.counted("such tensor"))",
      advice:
        "convert them before saving, in Python: tensor.\(first.isFloatingPoint ? "float" : "long")()"
    )
  }

  /// That the modules in the file compute something else than the layers.
  private func otherSettings(_ choice: NetworkChoice) -> ReadError? {
    if choice.taken.fit.isComplete, let module = choice.modules.between.first {
      return ReadError(
        .recognitionMismatch, "a module stands between the layers, although every parameter fits",
        path: [module.path], expected: "layers alone", found: String(module.shortClassName),
        advice: "what no layer string can say is not converted; a state dict alone has no modules")
    }
    let findings = architecture.findings(
      modules: choice.modules.own, form: choice.taken.fit.form)
    guard choice.taken.fit.isComplete, let first = findings.first else { return nil }
    let isEpsilon = findings.allSatisfy { $0.subject.hasPrefix("eps ") }
    return ReadError(
      .recognitionMismatch,
      "the modules in the file compute something else than the layers, although every parameter fits",
      path: [first.layer ?? ""], expected: "\(first.subject): \(first.expected)",
      found: "\(first.found), \(findings.count.counted("such difference"))",
      advice: isEpsilon
        ? "fold the norms with their own epsilons before saving, as the export to ONNX does"
        : "give the architecture that was trained; what no layer string can say is not converted; a "
          + "state dict alone has no modules to be held against")
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

extension ParameterFit {
  /// That a parameter is kept in parts from which it cannot be made.
  fileprivate var unmadeParameter: ReadError? {
    guard let (name, title, advice) = unmade.first else { return nil }
    return ReadError(
      .recognitionParametrisation,
      "'\(name)' is kept by \(title), from which it cannot be made",
      expected: "the parameter itself", found: unmade.count.counted("such parameter"),
      advice: "in Python, call \(advice) for each, and save the state dict again")
  }

  /// That the tensors are only where weights would be.
  fileprivate var emptyTensors: ReadError? {
    // One alone is damage of another kind.
    guard let first = misshapen.first, misshapen.allSatisfy({ $0.found.contains(0) }),
      misshapen.count > sources.values.count(where: { !$0.names.isEmpty }) / 4
    else { return nil }
    return ReadError(
      .recognitionMismatch,
      "tensors are here without numbers, as a training leaves them that "
        + "spreads the weights over several files (DeepSpeed's ZeRO, stage 3)",
      expected: "\(first.specification.shape) for '\(first.specification.name)'",
      found: "\(first.found), \(misshapen.count.counted("such tensor"))",
      advice: "gather the weights: model_engine.save_16bit_model(folder), or the program "
        + "zero_to_fp32.py that lies beside the checkpoint")
  }

  /// That nothing is missing but the classifier.
  fileprivate var missingClassifier: ReadError? {
    guard lacksOnlyClassifier else { return nil }
    let name = missing.first { $0.role == .linearWeight }?.name ?? ""
    return ReadError(
      .recognitionClassifier, "the classifier (the head) is missing, everything else fits",
      expected: "'\(name)'",
      found: "\(architecture.entries.count - 1) whole layers, and nothing for \(missingText)",
      advice: "save the network with its classifier")
  }

  /// That something else stands in the classifier's place.
  fileprivate var otherClassifier: ReadError? {
    let weight = architecture.parameters(form).last { $0.role == .linearWeight }?.name ?? ""
    let stem = weight.dropLast("weight".count)
    let found = leftOver.filter { $0.name.hasPrefix(stem) }
    guard misshapen.isEmpty, !missing.isEmpty, !found.isEmpty,
      missing.allSatisfy({ $0.name.hasPrefix(stem) })
    else { return nil }
    return ReadError(
      .recognitionClassifier, "the classifier (the head) is another one",
      expected: "one matrix and its bias, '\(weight)'",
      found: found.prefix(4).map { "'\($0.name)'" }.joined(separator: ", "),
      advice: "no layer here has such a classifier; everything else fits")
  }

  /// That axes are in another order.
  fileprivate var otherAxes: ReadError? {
    guard
      let first = misshapen.first(where: { $0.specification.shape.count == 4 })
        ?? misshapen.first, misshapen.allSatisfy({ $0.isPermuted })
    else { return nil }
    let isMatrix = first.specification.shape.count == 2
    return ReadError(
      .recognitionMismatch, "the axes of '\(first.specification.name)' are in another order",
      expected: "\(first.specification.shape) "
        + (isMatrix ? "(outputs × inputs)" : "(outputs × inputs × height × width)"),
      found: "\(first.found), \(misshapen.count.counted("such parameter"))",
      advice: "bring the axes into PyTorch's order before saving, as in "
        + (isMatrix ? "weight.t()" : "weight.permute(3, 2, 0, 1) where TensorFlow kept them"))
  }

  /// That some batch norms are folded into their convolutions and others are not.
  fileprivate var partlyFoldedNorms: ReadError? {
    let variances = architecture.parameters(form).count { $0.role == .runningVariance }
    let lacking = missing.count { $0.role == .runningVariance }
    guard form == .separate, misshapen.isEmpty, lacking > 0, lacking < variances,
      leftOver.contains(where: { $0.name.hasSuffix(".bias") })
    else { return nil }
    return ReadError(
      .recognitionMismatch, "some batch norms are folded into their convolutions, others are not",
      expected: "all \(variances) or none", found: "\(lacking) folded",
      advice: "save the network before its layers are fused, or fuse all of them")
  }

  /// That batch norms have their statistics alone.
  fileprivate var plainNorms: ReadError? {
    guard let first = missing.first, misshapen.isEmpty,
      missing.allSatisfy({ $0.role == .normWeight || $0.role == .normBias }),
      missing.count(where: { $0.role == .normWeight }) * 2 == missing.count
    else { return nil }
    return ReadError(
      .recognitionMismatch, "batch norms have statistics, and neither weight nor bias",
      expected: "'\(first.name)'", found: "nothing for \(missingText)",
      advice: "if they were made with affine=False, save ones as their weights and zeros as their "
        + "biases; otherwise the file is not whole")
  }

  /// That parameters are missing, for no reason that is known.
  fileprivate var missingParameters: ReadError? {
    guard misshapen.isEmpty, !missing.isEmpty else { return nil }
    let layerCount = architecture.entries.count
    let lacksStatistics = missing.allSatisfy {
      $0.role == .runningMean || $0.role == .runningVariance
    }
    return ReadError(
      .recognitionMismatch, "parameters are missing",
      expected: "all of \(layerCount) layers, \(fittingLayerCount) of which are whole",
      found: "nothing for \(missingText)",
      advice: "save the whole state dict, statistics of the norms included: model.state_dict()"
        + (lacksStatistics
          ? "; norms with track_running_stats=False have none, and no layer here computes so" : ""))
  }
}
