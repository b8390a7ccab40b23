import BinaryInput
public import NetworkFamilies
public import NetworkProgram
public import TensorData

/// A small plain network with a squeeze-excite, a residual and a stride-2 `er`.
public let samplePlainTexts: [(text: String, stage: Int?)] = [
  ("prologue_i3_o4_s2_swish", nil),
  ("conv_k3_i4_o5_s1_relu", 1),
  ("er_k3_e3_i5_o6_s2_swish_se_False", 2),
  ("irb_k5_e2.5_i6_o6_s1_relu_se_True", 3),
  ("epilogue_i6_o12_s1_relu", nil),
]

/// A small distilled network.
public let sampleDistilledTexts: [(text: String, stage: Int?)] = [
  ("prologued_i3_o5_s2_relu", 0),
  ("irbd_k3_e3_g1_i5_o5_s1_relu", 0),
  ("erd_k3_e2_g1_i5_o6_s2_relu", 1),
  ("epilogued_i6_m1152_o5_s1_relu", nil),
]

extension Architecture {
  /// An architecture of these layers at 40 px with five classes.
  public static func sample(
    _ texts: [(text: String, stage: Int?)] = samplePlainTexts, convention: Convention? = nil
  ) throws -> Architecture {
    try Architecture(
      convention: convention,
      entries: texts.map { Architecture.Entry(try Layer(parsing: $0.text), stage: $0.stage) },
      resolution: Resolution(square: 40)!, classCount: 5)
  }

  /// Parameters of realistic scale, the same for the same seed.
  public func sampleParameters(
    _ form: NormalizationForm = .separate, type: ElementType = .f32, seed: UInt64 = 1
  ) -> StateDict {
    program(form).sampleParameters(type: type, seed: seed)
  }

  /// A network with ``sampleParameters(_:type:seed:)``.
  public func sampleNetwork(
    _ form: NormalizationForm = .separate, type: ElementType = .f32, seed: UInt64 = 1
  ) throws -> Network {
    try Network(
      architecture: self, form: form,
      parameters: sampleParameters(form, type: type, seed: seed))
  }
}

extension Architecture {
  /// A folded network of this architecture whose parameters are zero and take no memory, for what
  /// depends on shapes alone.
  public func networkOfZeros() throws -> Network {
    var zeros = StateDict()
    for specification in parameters(.folded) {
      let tensor = try Tensor(
        elementType: .f32, shape: specification.shape,
        strides: specification.shape.map { _ in 0 }, storage: Bytes(copying: [0, 0, 0, 0]))
      let isNew = zeros.append(tensor, named: specification.name)
      precondition(isNew, "names are unique")
    }
    return try Network(architecture: self, form: .folded, parameters: zeros)
  }
}

extension StateDict {
  /// The same tensors under other names; those without one are left out.
  public func renamed(_ name: (String) -> String?) -> StateDict {
    var result = StateDict()
    for (old, tensor) in self {
      guard let new = name(old) else { continue }
      let isNew = result.append(tensor, named: new)
      precondition(isNew, "names are unique")
    }
    return result
  }

  /// With one tensor more.
  public func adding(_ tensor: Tensor, named name: String) -> StateDict {
    var result = self
    let isNew = result.append(tensor, named: name)
    precondition(isNew, "the name is new")
    return result
  }

  /// With another tensor in a place.
  public func replacing(_ name: String, with tensor: Tensor) -> StateDict {
    var result = self
    result.replace(tensor, named: name)
    return result
  }
}

extension Network {
  /// The place of the parameter of that name.
  public func slot(named name: String) -> ParameterSlot {
    program.parameters.first { $0.name == name }!.slot
  }

  /// What its labels say.
  public var architecture: Architecture {
    get throws { try Architecture(labelsOf: program) }
  }
}
