public import BinaryInput
public import NetworkProgram
public import TensorData

extension Network {
  /// Joins an architecture and its parameters under their full names.
  ///
  /// - Parameters:
  ///   - architecture: The layers, the resolution and the number of classes.
  ///   - form: Where the batch norms are.
  ///   - parameters: The parameters; others are left out.
  ///   - suppliedNames: Which of them the source did not have.
  /// - Throws: `network.parameter` where one is missing or has another shape or kind of element.
  public init(
    architecture: Architecture, form: NormalizationForm, parameters: StateDict,
    suppliedNames: Set<String> = []
  ) throws(ReadError) {
    try self.init(
      architecture.program(form), parameters: parameters, suppliedNames: suppliedNames)
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
    try self.init(architecture.program(form), tensors: tensors)
  }
}

extension Architecture {
  /// Parameters under their names, in state-dict order; those that are not there are left out.
  public func stateDict(of tensors: [ParameterSlot: Tensor], _ form: NormalizationForm) -> StateDict
  {
    program(form).stateDict(of: tensors)
  }

  /// The index of the first layer that computes something else than that of another architecture, or
  /// has none there; nil where all are the same. Expansions that give the same widths cannot be told
  /// apart by what a layer computes.
  ///
  /// - Parameters:
  ///   - other: The other architecture.
  ///   - resolution: The size of images at which padding counts; nil where it counts at every size.
  ///   - form: Whether epsilons count.
  /// - Returns: The index, or nil.
  public func firstDifference(
    from other: Architecture, at resolution: Resolution? = nil,
    _ form: NormalizationForm = .separate
  ) -> Int? {
    func layers(_ architecture: Architecture) -> [LayerProgram] {
      var program = architecture.program(form)
      if let resolution { program.fixPadding(at: resolution) }
      return program.layers
    }
    let (own, others) = (layers(self), layers(other))
    return (0..<max(own.count, others.count)).first { index in
      index >= own.count || index >= others.count
        || own[index].operations != others[index].operations
    }
  }
}
