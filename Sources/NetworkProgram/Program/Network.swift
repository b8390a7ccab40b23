public import BinaryInput
public import TensorData

/// A program with its parameters.
public struct Network: Sendable {
  /// The steps of every layer, the resolution and the labels.
  public private(set) var program: Program
  /// The parameters in their places.
  public private(set) var tensors: [ParameterSlot: Tensor]
  /// The places of parameters that the source did not have: counts of batches, which inference never
  /// reads, and the zeros of a classifier without bias. A file that need not have them leaves them
  /// out again.
  public let supplied: Set<ParameterSlot>

  /// Joins a program and its parameters, which must be all that it has, with their shapes; others are
  /// left out.
  ///
  /// - Parameters:
  ///   - program: The steps.
  ///   - tensors: The parameters.
  ///   - supplied: Which of them the source did not have.
  /// - Throws: `network.parameter` where one is missing or has another shape or kind of element.
  public init(
    _ program: Program, tensors: [ParameterSlot: Tensor], supplied: Set<ParameterSlot> = []
  ) throws(ReadError) {
    self.program = program
    self.supplied = supplied
    var own: [ParameterSlot: Tensor] = [:]
    for specification in program.parameters {
      guard let tensor = tensors[specification.slot] else {
        throw ReadError(
          .networkParameter, "the parameter is missing", path: [specification.name],
          expected: "shape \(specification.shape)")
      }
      guard tensor.shape == specification.shape else {
        throw ReadError(
          .networkParameter, "the parameter has another shape", path: [specification.name],
          expected: "\(specification.shape)", found: "\(tensor.shape)")
      }
      guard specification.accepts(tensor.elementType) else {
        throw ReadError(
          .networkParameter, "the parameter has another kind of element",
          path: [specification.name],
          expected: specification.isFloatingPoint ? "floating-point numbers" : "integers",
          found: tensor.elementType.rawValue)
      }
      own[specification.slot] = tensor
    }
    self.tensors = own
  }

  /// Joins a program and parameters that are found by the names that its labels give them.
  ///
  /// - Parameters:
  ///   - program: The steps.
  ///   - parameters: The parameters under their full names; others are left out.
  ///   - suppliedNames: Which of them the source did not have.
  /// - Throws: `network.parameter` where one is missing or has another shape or kind of element.
  public init(
    _ program: Program, parameters: StateDict, suppliedNames: Set<String> = []
  ) throws(ReadError) {
    var tensors: [ParameterSlot: Tensor] = [:]
    var supplied: Set<ParameterSlot> = []
    for specification in program.parameters {
      tensors[specification.slot] = parameters[specification.name]
      if suppliedNames.contains(specification.name) { supplied.insert(specification.slot) }
    }
    try self.init(program, tensors: tensors, supplied: supplied)
  }

  /// Where the batch norms are.
  public var form: NormalizationForm { program.form }

  /// A parameter by its place; nil where the network has none there.
  public subscript(slot: ParameterSlot) -> Tensor? { tensors[slot] }

  /// The parameters under their full names, in state-dict order.
  ///
  /// - Complexity: O(*n*) in the number of parameters.
  public var parameters: StateDict { program.stateDict(of: tensors) }

  /// The names of the parameters that the source did not have.
  ///
  /// - Complexity: O(*n*) in the number of parameters.
  public var suppliedNames: Set<String> {
    supplied.isEmpty
      ? [] : Set(program.parameters.lazy.filter { supplied.contains($0.slot) }.map(\.name))
  }

  /// The largest relative rounding error among the types of the parameters.
  public var unitRoundoff: Double {
    tensors.values.compactMap { $0.elementType.unitRoundoff }.max() ?? 0
  }

  /// Tells the system that a layer's pages of a mapped file will not be needed again soon.
  public func releasePages(ofLayer index: Int) {
    for specification in program.layers[index].parameters {
      self[specification.slot]?.releasePages()
    }
  }

  /// The same network with other steps or parameters, to see whether verification notices.
  ///
  /// - Throws: `network.parameter` where there is no parameter in the place of an altered one, or one
  ///   of another shape.
  public func altered(by alterations: [Alteration]) throws(ReadError) -> Network {
    var copy = self
    for alteration in alterations {
      switch alteration {
      case .steps(let layer, let change):
        copy.program.layers[layer].operations = copy.program.layers[layer].operations.map(change)
      case .parameter(let slot, let tensor):
        guard let old = tensors[slot], old.shape == tensor.shape else {
          throw ReadError(
            .networkParameter, "the altered parameter does not fit",
            path: ["layer \(slot.layer + 1), unit \(slot.unit + 1)"],
            expected: tensors[slot].map { "shape \($0.shape)" } ?? "a parameter of the network",
            found: "shape \(tensor.shape)")
        }
        copy.tensors[slot] = tensor
      }
    }
    return copy
  }

  /// The same network with other epsilons.
  ///
  /// - Parameter epsilons: Those of some norms, by the places of their weights.
  /// - Returns: The network.
  public func altered(epsilons: [ParameterSlot: Double]) -> Network {
    var copy = self
    for (place, layer) in program.layers.enumerated() {
      copy.program.layers[place].operations = layer.steps.map { step in
        var unit = step.firstUnit
        return step.operation.mappingConvolutions { convolution in
          if let epsilon = epsilons[layer.slot(.normWeight, ofUnit: unit)] {
            convolution.batchNorm?.epsilon = epsilon
          }
          unit += 1
        }
      }
    }
    return copy
  }
}

extension Program {
  /// Parameters under their names, in state-dict order; those that are not there are left out.
  public func stateDict(of tensors: [ParameterSlot: Tensor]) -> StateDict {
    var state = StateDict()
    for specification in parameters {
      guard let tensor = tensors[specification.slot] else { continue }
      let isNew = state.append(tensor, named: specification.name)
      precondition(isNew, "the names of parameters are unique")
    }
    return state
  }
}

/// A change to a network that its layer strings do not allow.
public enum Alteration: Sendable {
  /// Changes the steps of the layer at that index: padding, epsilon, activation.
  case steps(layer: Int, change: @Sendable (Operation) -> Operation)
  /// Puts another tensor in a parameter's place.
  case parameter(ParameterSlot, Tensor)
}
