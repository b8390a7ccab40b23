import BinaryInput
import NetworkFamilies
import NetworkProgram
import NetworkRecognition
import TensorData
import TestSupport
import Testing

@Suite struct `Recognition` {
  @Test(arguments: ["", "module.", "_orig_mod.", "model.", "module._orig_mod.model.", "a.b."])
  func `takes off what wrapped the names`(prefix: String) throws {
    let architecture = try Architecture.sample()
    let choice = try choose(
      [
        (
          "",
          architecture.sampleParameters().renamed { prefix + $0 }
            .adding(Tensor([1.0], shape: [1]), named: "extra.weight")
        )
      ], as: .given(architecture, nil))
    #expect(choice.taken.candidate.prefix == prefix)
    #expect(choice.taken.candidate.foreignNames == ["extra.weight"])
    #expect(
      choice.taken.candidate.members.map(\.name) == architecture.parameters(.separate).map(\.name))
    #expect(choice.taken.fit.isComplete)
    #expect(choice.taken.fit.leftOver.isEmpty)
    let beside = "'extra' (1 tensor) stands beside the network, and is not part of the result"
    #expect(choice.remarks == (choice.path.isEmpty ? [] : [beside]))
  }

  /// Names with words inside that only wrap.
  @Test(arguments: [
    ("network.", "network._fsdp_wrapped_module."), (".conv_pw.", "._orig_mod.conv_pw."),
    (".net.", "._checkpoint_wrapped_module.net."), ("network.", "module.network._orig_mod."),
    (".bn1.", ".bn1.module."), ("network.", ""), ("network.", "model."),
    ("network.", "backbone.timm_model.network."),
  ])
  func `takes out what wraps inside the names`(part: String, wrapped: String) throws {
    let architecture = try Architecture.sample()
    let parameters = architecture.sampleParameters()
      .renamed { $0.replacing(part, with: wrapped, maxReplacements: 1) }
    let fit = try choose([("", parameters)], as: .given(architecture, nil)).taken.fit
    #expect(fit.isComplete)
    #expect(fit.leftOver.isEmpty)
  }

  @Test(arguments: [NormalizationForm.separate, .folded])
  func `knows the seven published networks with any number of classes`(
    form: NormalizationForm
  ) throws {
    for published in PublishedNetwork.gpunets {
      let architecture = published.architecture.with(classCount: 7)
      let taken = try choose([("", architecture.emptyParameters(form))]).taken
      #expect(taken.fit.form == form)
      #expect(taken.published?.name == published.name)
      #expect(taken.fit.architecture == architecture)
    }
  }

  @Test func `knows another published network than the one that was asked for`() throws {
    let parameters = PublishedNetwork.gpunet1.architecture.emptyParameters(.separate)
    let taken = try choose(
      [("", parameters)], as: .given(PublishedNetwork.gpunet2.architecture, .gpunet2)
    ).taken
    #expect(!taken.fit.isComplete)
    #expect(taken.publishedMatch?.name == "GPUNet-1")
  }

  /// A published network with something changed, and what is said of it. Layers and their places are
  /// those of the published tables.
  struct Changed: Sendable, CustomTestStringConvertible {
    let network: PublishedNetwork
    let change: @Sendable (StateDict) -> StateDict
    let expected: String
    let found: String
    var testDescription: String { found }

    init(
      _ network: PublishedNetwork, expected: String, found: String,
      change: @escaping @Sendable (StateDict) -> StateDict
    ) {
      self.network = network
      self.change = change
      self.expected = expected
      self.found = found
    }
  }

  private static func without(_ parts: String...) -> @Sendable (StateDict) -> StateDict {
    { state in state.renamed { name in parts.contains { name.contains($0) } ? nil : name } }
  }

  static let changed = [
    Changed(
      .gpunet1, expected: "for example GPUNet-1, the nearest; 15 of its 16 layers are here",
      found: "other tensors or none for 'head: 2' (prologue_i3_o24_s2_swish)",
      change: without("head: 2.net.1.bias")),
    Changed(
      .gpunetD2, expected: "for example GPUNet-D2, the nearest; 26 of its 27 layers are here",
      found: "other tensors or none for 'stage: 1 irb4' (irbd_k3_e3_g1_i48_o64_s2_relu)",
      change: without("stage: 1 irb4.")),
    Changed(
      .gpunet0, expected: "for example GPUNet-0, the nearest; 10 of its 14 layers are here",
      found:
        "other tensors or none for 'stage: 4 layer10' (irb_k3_e5_i64_o256_s2_swish_se_False), "
        + "'stage: 4 layer11' (irb_k3_e5_i256_o256_s1_swish_se_False), "
        + "'stage: 4 layer12' (irb_k3_e5_i256_o256_s1_swish_se_False) and 1 more layer",
      change: without("stage: 4 layer1", "stage: 6 layer13.bn1.weight")),
    Changed(
      .gpunetP1, expected: "for example GPUNet-P1, the nearest; 16 of its 17 layers are here",
      found:
        "other tensors or none for ' layer18' (epilogue_i704_o1984_s1_relu), and 1 module beside them",
      change: { state in
        state.renamed { $0.replacing("network. layer18.", with: "network. layer19.") }
      }),
    Changed(
      .gpunet2, expected: "for example GPUNet-2, the nearest; 33 of its 34 layers are here",
      found: "other tensors or none for 'stage: 1 layer4' (conv_k3_i32_o32_s1_relu)",
      change: { state in
        state.replacing(
          "network.stage: 1 layer4.conv.weight",
          with: Tensor([Float](repeating: 0, count: 32 * 32), shape: [32, 32, 1, 1]))
      }),
  ]

  @Test(arguments: changed)
  func `names the nearest network and the first layers that differ`(changed: Changed) throws {
    let parameters = changed.change(changed.network.architecture.emptyParameters(.separate))
    let taken = try choose([("", parameters)]).taken
    #expect(taken.published == nil)
    let error = taken.unknown
    #expect(error.code == .recognitionUnknown)
    #expect(error.expected == changed.expected)
    #expect(error.found == changed.found)
    #expect(error.remedy == .describeNetwork)
    #expect(error.description.contains("\n") == false)
  }
}

@Suite struct `Fitting tensors to parameters` {
  private static let weight = "network. layer6.net.6.weight"
  private static let bias = "network. layer6.net.6.bias"

  private static func fit(_ change: (StateDict) throws -> StateDict) throws -> ParameterFit {
    let architecture = try Architecture.sample()
    return try choose(
      [("", change(architecture.sampleParameters()))], as: .given(architecture, nil)
    ).taken.fit
  }

  @Test(arguments: ["1", "0", "3.2"]) func `finds a classifier inside a Sequential`(
    place: String
  ) throws {
    let fit = try Self.fit { parameters in
      parameters.renamed { $0.replacing("net.6.", with: "net.6.\(place).") }
    }
    #expect(fit.isComplete)
    #expect(fit.leftOver.isEmpty)
    #expect(fit.sources[Self.weight] == .tensor("network. layer6.net.6.\(place).weight"))
    #expect(fit.remarks.count == 2)
  }

  @Test func `takes a bias that is not there for zeros, and says so`() throws {
    let fit = try Self.fit { $0.renamed { $0 == Self.bias ? nil : $0 } }
    #expect(fit.isComplete)
    #expect(fit.sources[Self.bias] == .zeros(shape: [5], like: Self.weight))
    #expect(fit.remarks == ["the classifier has no bias, which is taken for zeros"])
  }

  @Test func `takes no bias of another module for the classifier's`() throws {
    let fit = try Self.fit {
      $0.renamed { $0 == Self.bias ? "network. layer6.net.6.1.bias" : $0 }
    }
    #expect(!fit.isComplete)
    #expect(fit.leftOver.map(\.name) == ["network. layer6.net.6.1.bias"])
  }

  @Test func `does not choose between two classifiers`() throws {
    let fit = try Self.fit { parameters in
      let weight = try #require(parameters[Self.weight])
      return parameters.renamed { $0.replacing("net.6.", with: "net.6.1.") }
        .adding(weight, named: "network. layer6.net.6.3.weight")
    }
    #expect(!fit.isComplete)
    // Whose bias it is nobody knows either.
    #expect(fit.leftOver.count == 3)
  }

  @Test(arguments: ["net.6", " layer6"]) func `knows when the classifier alone is missing`(
    part: String
  ) throws {
    let fit = try Self.fit { $0.renamed { $0.contains(part) ? nil : $0 } }
    #expect(fit.lacksOnlyClassifier)
    #expect(!fit.isComplete)
    let more = try Self.fit { parameters in
      parameters.renamed { $0.contains(part) || $0.contains("conv_dw") ? nil : $0 }
    }
    #expect(!more.lacksOnlyClassifier)
  }

  @Test func `takes batch counts that are not there for 0`() throws {
    let fit = try Self.fit { parameters in
      parameters.renamed { $0.hasSuffix("num_batches_tracked") ? nil : $0 }
    }
    #expect(fit.isComplete)
    #expect(fit.remarks == ["8 batch counts are not in the file, and are taken for 0"])
  }

  @Test(arguments: [
    "n_averaged", "total_ops", "step", "_extra_state", "network.head: 2.total_params",
    "network.head: 2.net.0._input_quantizer._amax",
    "network.head: 2.net.0.activation_post_process.scale",
    "network.head: 2.net.0.weight_fake_quant.activation_post_process.min_val",
  ])
  func `passes over what is known to be inert`(name: String) throws {
    let architecture = try Architecture.sample()
    let choice = try choose(
      [("", architecture.sampleParameters().adding(Tensor([1.0], shape: [1]), named: name))],
      as: .given(architecture, nil))
    #expect(choice.taken.fit.leftOver.isEmpty)
    let ledger = TensorLedger(choice, otherPaths: [], foldsBatchNorms: true)
    #expect(ledger.unusedNames.isEmpty)
    #expect(ledger.entries.contains { $0.name == name })
  }

  /// What a change of names is described as.
  @Test(
    arguments: [
      ("conv_pw.", "pw.", [("conv_pw", "pw")]), ("bn1.", "norm1.", [("bn1", "norm1")]),
      (".net.", ".layers.net.", [("", "layers")]),
    ] as [(String, String, [(String, String)])])
  func `describes one consistent change of names`(
    part: String, other: String, expected: [(String, String)]
  ) throws {
    let fit = try Self.fit { $0.renamed { $0.replacing(part, with: other) } }
    let changes = try #require(NameChange.changes(fit))
    #expect(changes.map(\.expected) == expected.map(\.0))
    #expect(changes.map(\.found) == expected.map(\.1))
  }

  @Test func `describes no change where something is missing, too`() throws {
    let fit = try Self.fit { parameters in
      parameters.renamed { $0.hasSuffix("conv_pw.weight") ? nil : $0.replacing("bn1.", with: "n.") }
    }
    #expect(NameChange.changes(fit) == nil)
  }
}

@Suite struct `Parameters in parts` {
  private static let name = "network.stage: 1 layer3.conv.weight"

  /// The sample network with the tensors of one convolution replaced by others.
  private static func parameters(
    _ parts: [(String, Tensor)]
  ) throws -> (read: () throws -> StateDict, fit: ParameterFit) {
    let architecture = try Architecture.sample()
    var all = architecture.sampleParameters().renamed { $0 == name ? nil : $0 }
    for (ending, tensor) in parts {
      all = all.adding(tensor, named: name.dropLast("weight".count) + ending)
    }
    let container = SampleContainer([("", all)])
    let choice = try choose([("", all)], as: .given(architecture, nil))
    return ({ try choice.taken.fit.parameters(from: container, ofGroup: 0) }, choice.taken.fit)
  }

  private static let shape = [5, 4, 3, 3]
  private static let values = (0..<180).map { Float($0 % 17) - 7.5 }

  @Test func `are a weight times the mask of its pruning`() throws {
    let mask = (0..<180).map { Float($0 % 3 == 0 ? 0 : 1) }
    let (read, fit) = try Self.parameters([
      ("weight_orig", Tensor(Self.values, shape: Self.shape)),
      ("weight_mask", Tensor(mask, shape: Self.shape)),
    ])
    #expect(fit.isComplete)
    let weight = try #require(try read()[Self.name])
    #expect(try weight.doubles() == zip(Self.values, mask).map { Double($0 * $1) })
    #expect(weight.elementType == .f32)
  }

  /// The rows 3, 4 and 0, 5 have the norm 5.
  @Test(arguments: [
    ("weight_g", "weight_v"),
    ("parametrizations.weight.original0", "parametrizations.weight.original1"),
  ])
  func `are a direction scaled to a magnitude`(magnitude: String, direction: String) throws {
    let ones = [Float](repeating: 1, count: 180)
    let (read, fit) = try Self.parameters([
      (magnitude, Tensor([Float](repeating: 12, count: 5), shape: [5, 1, 1, 1])),
      (direction, Tensor(ones, shape: Self.shape)),
    ])
    #expect(fit.isComplete)
    // Each of 36 ones has a share of 6 in the norm.
    #expect(try #require(try read()[Self.name]).doubles() == [Double](repeating: 2, count: 180))
  }

  @Test func `are scaled over all axes where the magnitude has one element`() throws {
    let ones = [Float](repeating: 1, count: 180)
    let (read, _) = try Self.parameters([
      ("weight_g", Tensor([Float(180).squareRoot() * 3], shape: [])),
      ("weight_v", Tensor(ones, shape: Self.shape)),
    ])
    let values = try #require(try read()[Self.name]).doubles()
    #expect(values.allSatisfy { abs($0 - 3) < 1e-6 })
  }

  @Test(arguments: [
    ["weight_orig", "weight_u", "weight_v"], ["weight_orig", "weight_u"],
    ["parametrizations.weight.original", "parametrizations.weight.0._u"],
    ["parametrizations.weight.original"],
  ])
  func `from which nothing can be made are named`(endings: [String]) throws {
    let (_, fit) = try Self.parameters(
      endings.map { ($0, Tensor(Self.values, shape: Self.shape)) })
    #expect(!fit.isComplete)
    #expect(fit.unmade.map(\.name) == [Self.name])
    #expect(fit.leftOver.isEmpty)
  }

  @Test func `that do not fit each other are refused`() throws {
    for shape in [[5, 4, 9], [5, 4, 3, 2]] {
      let count = shape.reduce(1, *)
      let (read, _) = try Self.parameters([
        ("weight_orig", Tensor(Self.values, shape: Self.shape)),
        ("weight_mask", Tensor([Float](repeating: 1, count: count), shape: shape)),
      ])
      let error = #expect(throws: ReadError.self) { try read() }
      #expect(error?.code == .recognitionParametrisation)
    }
  }
}

@Suite struct `The tensor ledger` {
  @Test func `accounts for every tensor`() throws {
    let architecture = try Architecture.sample()
    let names = architecture.parameters(.separate).map(\.name)
    let parameters = architecture.sampleParameters().renamed { "module." + $0 }
      .adding(Tensor([1.0], shape: [1]), named: "module.network.stage: 9 layer9.conv.weight")
      .adding(Tensor([1.0], shape: [1]), named: "extra.weight")
    let choice = try choose(
      [("state_dict", parameters), ("optimizer.state.0", StateDict(["exp_avg"]))],
      as: .given(architecture, nil))
    let ledger = TensorLedger(choice, otherPaths: ["rng"], foldsBatchNorms: true)
    #expect(ledger.entries.count == names.count + 4)
    #expect(
      ledger.unusedNames == [
        "state_dict.module.network.stage: 9 layer9.conv.weight", "state_dict.extra.weight",
      ])
    let norms = names.count { $0.hasSuffix("running_var") }
    #expect(ledger.counts.folded == 4 * norms)
    #expect(ledger.counts.ignored == norms + 2)
    #expect(ledger.counts.used == names.count - 5 * norms)
    #expect(ledger.ignoredCounts.map(\.count) == [norms, 1, 1])
    let fate = ledger.entries.first { $0.name.hasSuffix("head: 2.net.1.running_mean") }?.fate
    #expect(fate == .folded(into: "network.head: 2.net.0"))
  }

  @Test func `leaves out what stands beside a network with a name of its own`() throws {
    let architecture = try Architecture.sample()
    let parameters = architecture.sampleParameters().renamed { "model." + $0 }
      .adding(Tensor([1.0], shape: [1]), named: "projector.weight")
    let choice = try choose([("state_dict", parameters)], as: .given(architecture, nil))
    let ledger = TensorLedger(choice, otherPaths: [], foldsBatchNorms: false)
    #expect(ledger.unusedNames.isEmpty)
    #expect(
      ledger.ignoredNames(why: "outside 'state_dict.model'") == ["state_dict.projector.weight"])
  }

  @Test func `uses everything where nothing is folded`() throws {
    let architecture = try Architecture.sample()
    for form in NormalizationForm.allCases {
      let choice = try choose(
        [("", architecture.sampleParameters(form))], as: .given(architecture, nil))
      for ledger in [
        TensorLedger(choice, otherPaths: [], foldsBatchNorms: false),
        TensorLedger(parametersOf: architecture, form, foldsBatchNorms: false),
      ] {
        #expect(ledger.counts.used == architecture.parameters(form).count)
        #expect(ledger.entries.allSatisfy { $0.fate == .used })
      }
    }
  }
}

extension StateDict {
  /// Tensors of one element under these names.
  init(_ names: [String]) {
    self.init()
    for name in names { _ = append(Tensor([1.0], shape: [1]), named: name) }
  }
}

extension Architecture {
  /// Parameters of the right names and shapes that share one zero, so that large networks are
  /// cheap.
  func emptyParameters(_ form: NormalizationForm) -> StateDict {
    var parameters = StateDict()
    for specification in self.parameters(form) {
      let tensor = try! Tensor(
        elementType: specification.isFloatingPoint ? .f32 : .i64, shape: specification.shape,
        strides: specification.shape.map { _ in 0 },
        storage: Bytes(copying: [UInt8](repeating: 0, count: 8)))
      let isNew = parameters.append(tensor, named: specification.name)
      precondition(isNew, "names are unique")
    }
    return parameters
  }
}
