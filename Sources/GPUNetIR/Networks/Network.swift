public import BinaryInput
public import TensorData

/// An architecture with its parameters.
public struct Network: Sendable {
  /// The layers, the resolution and the number of classes.
  public let architecture: Architecture
  /// Where the batch norms are.
  public let form: NormalizationForm
  /// The steps of every layer; altered facts live here.
  public private(set) var programs: [LayerProgram]
  /// The parameters under their full names, in state-dict order.
  public private(set) var parameters: StateDict
  /// The names of parameters that the source did not have: counts of batches, which inference never
  /// reads, and the zeros of a classifier without bias. A file that need not have them leaves them
  /// out again.
  public let suppliedNames: Set<String>

  private let names: [ParameterSlot: String]

  /// Joins an architecture and its parameters, which must be all that it has in `form`, with their
  /// shapes; others are left out.
  ///
  /// - Parameters:
  ///   - architecture: The layers, the resolution and the number of classes.
  ///   - form: Where the batch norms are.
  ///   - parameters: The parameters under their full names.
  ///   - suppliedNames: Which of them the source did not have.
  /// - Throws: `network.parameter` where one is missing or has another shape or kind of element.
  public init(
    architecture: Architecture, form: NormalizationForm, parameters: StateDict,
    suppliedNames: Set<String> = []
  ) throws(ReadError) {
    self.architecture = architecture
    self.suppliedNames = suppliedNames
    self.form = form
    programs = architecture.programs(form)
    var ordered = StateDict()
    var names: [ParameterSlot: String] = [:]
    for specification in programs.lazy.flatMap(\.parameters) {
      guard let tensor = parameters[specification.name] else {
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
      let isNew = ordered.append(tensor, named: specification.name)
      precondition(isNew, "module names are unique")
      names[specification.slot] = specification.name
    }
    self.parameters = ordered
    self.names = names
  }

  /// Joins an architecture and the parameters in their places.
  ///
  /// - Parameters:
  ///   - architecture: The layers, the resolution and the number of classes.
  ///   - form: Where the batch norms are.
  ///   - tensors: The parameters.
  /// - Throws: `network.parameter` where one is missing or has another shape or kind of element.
  public init(
    architecture: Architecture, form: NormalizationForm, tensors: [ParameterSlot: Tensor]
  ) throws(ReadError) {
    try self.init(
      architecture: architecture, form: form,
      parameters: architecture.stateDict(of: tensors, form))
  }

  /// A parameter by its place; nil where the network has none there.
  public subscript(slot: ParameterSlot) -> Tensor? { names[slot].flatMap { parameters[$0] } }

  /// All parameters in their places.
  public var tensors: [ParameterSlot: Tensor] { names.compactMapValues { parameters[$0] } }

  /// The shape that an input must have apart from its height and width: `N×C×H×W`.
  public var inputChannels: Int { architecture.entries[0].layer.inputChannels }

  /// The largest relative rounding error among the types of the parameters.
  public var unitRoundoff: Double {
    parameters.compactMap { $0.tensor.elementType.unitRoundoff }.max() ?? 0
  }

  /// Tells the system that a layer's pages of a mapped file will not be needed again soon.
  public func releasePages(ofLayer index: Int) {
    for specification in programs[index].parameters {
      self[specification.slot]?.releasePages()
    }
  }

  /// The same network with other facts or parameters, to see whether verification notices.
  ///
  /// - Throws: `network.parameter` where an altered tensor is unknown or has another shape.
  public func altered(by alterations: [Alteration]) throws(ReadError) -> Network {
    var copy = self
    for alteration in alterations {
      switch alteration {
      case .facts(let layer, let change):
        copy.programs[layer].operations = copy.programs[layer].operations.map(change)
      case .parameter(let name, let tensor):
        guard let old = parameters[name], old.shape == tensor.shape else {
          throw ReadError(
            .networkParameter, "the altered parameter does not fit", path: [name],
            expected: parameters[name].map { "shape \($0.shape)" } ?? "a parameter of the network",
            found: "shape \(tensor.shape)")
        }
        copy.parameters.replace(tensor, named: name)
      }
    }
    return copy
  }
}

extension Network {
  /// The same network with other epsilons.
  ///
  /// - Parameter epsilons: Those of some norms, by the places of their weights.
  /// - Returns: The network.
  public func altered(epsilons: [ParameterSlot: Double]) -> Network {
    var copy = self
    for (place, program) in programs.enumerated() {
      copy.programs[place].operations = program.steps.map { step in
        var unit = step.firstUnit
        return step.operation.mappingConvolutions { convolution in
          if let epsilon = epsilons[program.slot(.normWeight, ofUnit: unit)] {
            convolution.batchNorm?.epsilon = epsilon
          }
          unit += 1
        }
      }
    }
    return copy
  }
}

extension Architecture {
  /// Parameters under their names, in state-dict order; those that are not there are left out.
  public func stateDict(of tensors: [ParameterSlot: Tensor], _ form: NormalizationForm) -> StateDict
  {
    var state = StateDict()
    for specification in parameters(form) {
      guard let tensor = tensors[specification.slot] else { continue }
      let isNew = state.append(tensor, named: specification.name)
      precondition(isNew, "module names are unique")
    }
    return state
  }
}

/// A change to a network that its layer strings do not allow.
public enum Alteration: Sendable {
  /// Changes the steps of the layer at that index: padding, epsilon, activation.
  case facts(layer: Int, change: @Sendable (Operation) -> Operation)
  /// Puts another tensor in a parameter's place.
  case parameter(name: String, Tensor)
}
