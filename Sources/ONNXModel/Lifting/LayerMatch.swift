import BinaryInput
import NetworkFamilies
import NetworkProgram

/// The layers whose steps a trunk has: what a layer's steps are is asked of the lowering, so that a
/// layer that matches is computed exactly as the graph computes it.
struct LayerMatch {
  /// The layers, first to last.
  private(set) var layers: [Layer] = []
  /// By whose rules they have these steps.
  let convention: Convention
  /// The outputs of the classifier.
  let classCount: Int

  /// Finds the layers, by the convention that gets furthest.
  ///
  /// - Throws: `onnx.lifting` with the first step that fits no layer and what was expected there.
  ///
  /// - Parameters:
  ///   - trunk: The steps.
  ///   - resolution: The size of the images, where the graph states it.
  /// - Throws: `onnx.lifting` with the first step that fits no layer and what was expected there.
  init(_ trunk: Trunk, at resolution: Resolution?) throws(ReadError) {
    guard case .linear(let classifier) = trunk.steps.last?.operation else {
      throw ReadError(
        .onnxLifting, "the graph does not end with a classifier",
        path: trunk.steps.last.map { [$0.label] } ?? [],
        expected: "a matrix product of the pooled map")
    }
    classCount = classifier.outputFeatures
    var best = (convention: Convention.gpunet, layers: [Layer](), position: -1)
    for convention in Convention.all where best.position < trunk.steps.count {
      let (layers, position) = ConventionMatch(
        trunk: trunk.steps, shapes: trunk.shapes(at: resolution), convention: convention,
        classCount: classCount
      ).layers
      if position > best.position { best = (convention, layers, position) }
    }
    convention = best.convention
    layers = best.layers
    guard best.position < trunk.steps.count else { return }
    let failure = best
    let step = trunk.steps[failure.position]
    let isFirst = failure.layers.isEmpty
    let kinds = LayerKind.allCases.filter {
      $0.facts.grammar == failure.convention.grammar && ($0.facts.position == .first) == isFirst
    }
    let before = trunk.steps[..<failure.position].suffix(2).map(\.summary)
    let after = trunk.steps[failure.position...].prefix(5).map(\.summary)
    throw ReadError(
      .onnxLifting,
      "no layer begins here, after "
        + (failure.layers.last.map { "\($0), layer \(failure.layers.count + 1)" } ?? "the input"),
      path: [step.label],
      expected: "the steps of one of: \(kinds.map(\.rawValue).joined(separator: ", "))",
      found: (before + ["here: " + after.joined(separator: " → ")]).joined(separator: " → "))
  }
}

/// The layers of one convention in a trunk.
private struct ConventionMatch {
  let trunk: [Trunk.Step]
  /// What each step takes; nil where that is not known.
  let shapes: [FeatureShape?]
  let convention: Convention
  let classCount: Int

  /// The layers from the beginning on, and the first position that is part of none.
  var layers: (layers: [Layer], position: Int) {
    var layers: [Layer] = []
    var position = 0
    while position < trunk.count {
      let wanted: [LayerPosition] = layers.isEmpty ? [.first] : [.inner, .last]
      var best: (layer: Layer, end: Int)?
      for kind in LayerKind.allCases
      where kind.facts.grammar == convention.grammar && wanted.contains(kind.facts.position) {
        guard let found = layer(kind, at: position),
          best.map({ found.end > $0.end }) ?? true
        else { continue }
        best = found
      }
      guard let best else { break }
      layers.append(best.layer)
      position = best.end
    }
    return (layers, position)
  }

  /// A layer of this kind that begins at a position, and where it ends.
  private func layer(_ kind: LayerKind, at position: Int) -> (layer: Layer, end: Int)? {
    let facts = kind.facts
    let mayExcite = (facts.fields + facts.optionalFields).contains(.squeezeExcite)
    for hasSqueezeExcite in mayExcite ? [true, false] : [false] {
      // However wide a layer is, it has as many steps, a residual apart.
      let sample = try? Layer(
        kind, kernelSize: 3, inputChannels: 8, outputChannels: 16, activation: .relu,
        hasSqueezeExcite: hasSqueezeExcite)
      let steps = sample?.operations(convention.rules, classCount: 1) ?? []
      let stop = position + steps.count
      guard !steps.isEmpty, stop <= trunk.count else { continue }
      let window = trunk[position..<stop].map(\.operation)
      guard zip(steps, window).allSatisfy({ $0.isOfKind(of: $1) }) else { continue }
      let convolutions = window.compactMap { operation -> Convolution? in
        if case .convolution(let convolution) = operation { convolution } else { nil }
      }
      let activation = window.lazy.compactMap { operation -> Activation? in
        if case .activation(let activation) = operation { activation } else { nil }
      }.first
      guard let first = convolutions.first, let last = convolutions.last, let activation,
        hasSqueezeExcite == window.contains(where: \.isSqueezeExcite)
      else { continue }
      var outputs = last.outputChannels
      if case .linear(let linear) = window.last { outputs = linear.inputFeatures }
      let expansions: [Expansion?] =
        facts.fields.contains(.expansion)
        ? Expansion.candidates(inputs: first.inputChannels, middle: first.outputChannels) : [nil]
      let excites = window.compactMap { operation -> SqueezeExcite? in
        if case .squeezeExcite(let excite) = operation { excite } else { nil }
      }
      func found(
        _ expansion: Expansion?, middleChannels: Int?, squeezeChannels: Int?, residual: Bool?
      ) -> (layer: Layer, end: Int)? {
        let layer = try? Layer(
          kind, kernelSize: convolutions.map(\.kernelSize).max(), expansion: expansion,
          groups: facts.fields.contains(.groups) ? first.groups : 1,
          inputChannels: first.inputChannels, middleChannels: middleChannels,
          outputChannels: outputs, stride: convolutions.map(\.stride).max(),
          activation: activation, hasSqueezeExcite: hasSqueezeExcite,
          squeezeChannels: squeezeChannels, residual: residual)
        // Most factors give another width, and lowering is dear.
        guard let layer,
          !facts.fields.contains(.expansion) || layer.middleChannels == first.outputChannels,
          convention.has(layer), let end = end(of: layer, at: position)
        else { return nil }
        return (layer, end)
      }
      // A residual is stated where it is not as usual.
      let adds = stop < trunk.count && trunk[stop].operation == .residual
      let canAdd = convolutions.allSatisfy { $0.stride == 1 } && first.inputChannels == outputs
      let isUsual = kind != .convolution
      let residual: Bool? =
        facts.optionalFields.contains(.residual) && canAdd && adds != isUsual ? adds : nil
      // As it is usual; then with what is stated where it is not.
      let widths: [Int?] = [nil] + excites.map(\.reduce.outputChannels)
      for squeezeChannels in facts.grammar == .plain ? widths : [nil] {
        for expansion in expansions {
          if let found = found(
            expansion,
            middleChannels: facts.fields.contains(.middleChannels) ? first.outputChannels : nil,
            squeezeChannels: squeezeChannels, residual: residual)
          {
            return found
          }
        }
        if facts.fields.contains(.expansion), facts.grammar == .plain,
          let found = found(
            nil, middleChannels: first.outputChannels, squeezeChannels: squeezeChannels,
            residual: residual)
        {
          return found
        }
      }
    }
    return nil
  }

  /// Whether the step at a position is that one; "same" is what it is at the map's size, where that is
  /// known.
  private func isSame(_ expected: NetworkProgram.Operation, at position: Int) -> Bool {
    let found = trunk[position].operation
    guard expected != found else { return true }
    guard let shape = shapes[position] else { return false }
    return expected.fixed(for: shape) == found.fixed(for: shape)
  }

  /// Where a layer ends whose steps these are from a position on; nil where they differ.
  private func end(of layer: Layer, at position: Int) -> Int? {
    let expected = layer.operations(convention.rules, classCount: classCount).map(\.bare)
    let end = position + expected.count
    guard end <= trunk.count,
      zip(expected, position..<end).allSatisfy({ isSame($0, at: $1) }),
      trunk[position..<end].allSatisfy({ ($0.residualSource ?? position - 1) == position - 1 })
    else { return nil }
    // Every layer begins with a convolution: what else follows belongs to this one.
    guard end < trunk.count else { return end }
    guard case .convolution = trunk[end].operation else { return nil }
    return end
  }
}

extension NetworkProgram.Operation {
  /// The step without biases and batch norms, which say nothing about what is computed.
  fileprivate var bare: NetworkProgram.Operation {
    mappingConvolutions { convolution in
      convolution.hasBias = false
      convolution.batchNorm = nil
    }
  }

  /// Whether both are steps of one kind, however wide.
  fileprivate func isOfKind(of other: NetworkProgram.Operation) -> Bool {
    switch (self, other) {
    case (.convolution(let one), .convolution(let other)):
      // Depthwise as the sample, or in any number of groups.
      one.groups == 1 || other.groups > 1
    case (.activation, .activation), (.squeezeExcite, .squeezeExcite), (.residual, .residual),
      (.globalAveragePool, .globalAveragePool), (.linear, .linear):
      true
    default: false
    }
  }

  fileprivate var isSqueezeExcite: Bool {
    if case .squeezeExcite = self { true } else { false }
  }
}

extension Trunk.Step {
  /// What the step computes, for messages.
  fileprivate var summary: String {
    switch operation {
    case .convolution(let convolution):
      "convolution k\(convolution.kernelSize) s\(convolution.stride) p\(convolution.padding) "
        + "g\(convolution.groups) \(convolution.inputChannels)→\(convolution.outputChannels)"
    case .activation(let activation): activation.rawValue
    case .squeezeExcite: "squeeze-excite"
    case .residual: "sum with an earlier map"
    case .globalAveragePool: "mean"
    case .linear(let linear): "linear \(linear.inputFeatures)→\(linear.outputFeatures)"
    }
  }
}

extension Expansion {
  /// The factors that may widen so many channels to so many, shortest first: whole numbers, then
  /// those with few decimal places that round there, nearest first.
  fileprivate static func candidates(inputs: Int, middle: Int) -> [Expansion?] {
    var list: [Expansion] = []
    if middle % inputs == 0, let whole = Expansion(middle / inputs) { list.append(whole) }
    let exact = Double(middle) / Double(inputs)
    // Widths are rounded to the nearest multiple of 8, so that whole factors may miss by 4.
    for whole in [Int(exact), Int(exact) + 1] {
      if let expansion = Expansion(whole), !list.contains(expansion) { list.append(expansion) }
    }
    var scale = 1.0
    for _ in 0..<4 {
      scale *= 10
      let center = (exact * scale).rounded()
      let reach = (4.5 / Double(inputs) * scale).rounded(.up)
      guard reach <= 2_000 else { break }
      for distance in 0...Int(reach) {
        for value in Set([center - Double(distance), center + Double(distance)]).sorted() {
          if let expansion = Expansion(value / scale) { list.append(expansion) }
        }
      }
    }
    if let expansion = Expansion(exact) { list.append(expansion) }
    return list
  }
}
