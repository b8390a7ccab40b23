import BinaryInput
import GPUNetIR
import NetworkRecognition
import TensorData
import TestSupport
import Testing

@Suite struct `Choosing a state dict` {
  static let network = ["network.head: 2.net.0.weight"]
  static let optimizer = ["0.exp_avg", "1.exp_avg"]

  struct Case: Sendable, CustomTestStringConvertible {
    let keys: [String]
    let average: AveragePolicy
    var key: String?
    let expected: String?
    var testDescription: String { "\(keys) \(average) \(key ?? "")" }
  }

  @Test(arguments: [
    Case(keys: [""], average: .auto, expected: ""),
    Case(keys: ["state_dict"], average: .auto, expected: "state_dict"),
    Case(keys: ["model"], average: .never, expected: "model"),
    Case(keys: ["model_state_dict"], average: .auto, expected: "model_state_dict"),
    Case(keys: ["state_dict", "state_dict_ema"], average: .auto, expected: "state_dict_ema"),
    Case(keys: ["state_dict", "state_dict_ema"], average: .always, expected: "state_dict_ema"),
    Case(keys: ["state_dict", "state_dict_ema"], average: .never, expected: "state_dict"),
    Case(keys: ["state_dict"], average: .always, expected: nil),
    Case(keys: ["state_dict_ema"], average: .never, expected: nil),
    Case(keys: ["student.weights"], average: .auto, expected: "student.weights"),
    Case(keys: ["student", "teacher"], average: .auto, expected: nil),
    Case(keys: ["student", "teacher"], average: .auto, key: "teacher", expected: "teacher"),
    Case(keys: ["student", "teacher"], average: .auto, key: "coach", expected: nil),
    Case(keys: [], average: .auto, expected: nil),
  ])
  func `follows the wishes and the usual keys`(test: Case) {
    let candidates =
      [(keyPath: "optimizer.state", names: Self.optimizer)]
      + test.keys.map { (keyPath: $0, names: Self.network) }
    let choice = Result {
      try StateDictChoice(among: candidates, average: test.average, key: test.key)
    }
    switch choice {
    case .success(let choice):
      #expect(choice.keyPath == test.expected)
      #expect(!choice.reason.isEmpty)
    case .failure(let error):
      #expect(test.expected == nil)
      #expect((error as? ReadError)?.code == .recognitionKey)
    }
  }
}

@Suite struct `Recognition` {
  @Test(arguments: ["", "module.", "_orig_mod.", "model.", "module._orig_mod.model.", "a.b."])
  func `takes off what wrapped the names`(prefix: String) throws {
    let architecture = try Architecture.sample()
    let source = SourceParameters(
      architecture.sampleParameters().renamed { prefix + $0 }
        .adding(Tensor([1.0], shape: [1]), named: "loss.weight"))
    #expect(source.prefix == prefix)
    #expect(source.foreignNames == ["loss.weight"])
    #expect(source.parameters.names == architecture.parameters(.separate).map(\.name))
    #expect(source.differences(from: architecture).isEmpty)
  }

  @Test(arguments: [NormalizationForm.separate, .folded])
  func `knows the seven published networks with any number of classes`(
    form: NormalizationForm
  ) throws {
    for published in PublishedNetwork.all {
      let architecture = published.architecture.with(classCount: 7)
      let source = SourceParameters(architecture.emptyParameters(form))
      #expect(source.form == form)
      let (found, withClasses) = try source.publishedNetwork()
      #expect(found.name == published.name)
      #expect(withClasses == architecture)
    }
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
    let error = #expect(throws: ReadError.self) {
      try SourceParameters(parameters).publishedNetwork()
    }
    #expect(error?.code == .recognitionUnknown)
    #expect(error?.expected == changed.expected)
    #expect(error?.found == changed.found)
    #expect(error?.remedy == .describeNetwork)
    #expect(error?.description.contains("\n") == false)
  }
}

@Suite struct `The tensor ledger` {
  @Test func `accounts for every tensor`() throws {
    let architecture = try Architecture.sample()
    let names = architecture.parameters(.separate).map(\.name)
    let source = SourceParameters(
      architecture.sampleParameters().renamed { "module." + $0 }
        .adding(Tensor([1.0], shape: [1]), named: "module.network.stage: 9 layer9.conv.weight")
        .adding(Tensor([1.0], shape: [1]), named: "loss.weight"))
    var ledger = TensorLedger(
      of: source, keyPath: "state_dict", architecture: architecture, foldsBatchNorms: true)
    ledger.ignore(["optimizer.state.0.exp_avg"], why: "state of the optimizer")
    #expect(ledger.entries.count == names.count + 3)
    #expect(
      ledger.unusedNames == [
        "state_dict.module.network.stage: 9 layer9.conv.weight", "state_dict.loss.weight",
      ])
    let norms = names.count { $0.hasSuffix("running_var") }
    #expect(ledger.counts.folded == 4 * norms)
    #expect(ledger.counts.ignored == norms + 1)
    #expect(ledger.counts.used == names.count - 5 * norms)
    #expect(ledger.ignoredCounts.map(\.count) == [norms, 1])
    let fate = ledger.entries.first { $0.name.hasSuffix("head: 2.net.1.running_mean") }?.fate
    #expect(fate == .folded(into: "network.head: 2.net.0"))
  }

  @Test func `uses everything where nothing is folded`() throws {
    let architecture = try Architecture.sample()
    for form in NormalizationForm.allCases {
      let ledger = TensorLedger(
        of: SourceParameters(architecture.sampleParameters(form)), keyPath: "",
        architecture: architecture, foldsBatchNorms: false)
      #expect(ledger.counts.used == architecture.parameters(form).count)
      #expect(ledger.entries.allSatisfy { $0.fate == .used })
    }
  }
}

extension Architecture {
  /// Parameters of the right names and shapes that share one zero, so that large networks are
  /// cheap.
  fileprivate func emptyParameters(_ form: NormalizationForm) -> StateDict {
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
