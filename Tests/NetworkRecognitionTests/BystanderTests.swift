import BinaryInput
import NetworkFamilies
import NetworkProgram
import NetworkRecognition
import TensorData
import TestSupport
import Testing

@Suite struct `Tensors beside a network` {
  /// A tensor beside the sample network, which takes 3 channels and has 5 classes, and what it is
  /// found to be.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var shape = [1]
    /// What is said where the network has a name of its own, and where not.
    let beside: Bystander.Role
    var among: Bystander.Role?
    var testDescription: String { "\(name) \(shape)" }
  }

  private static let loss = Bystander.Role.inert(
    "part of a loss or a metric, which inference does not compute")
  private static let behind = Bystander.Role.connected(.behindLogits(classCount: 5))
  private static let before = Bystander.Role.connected(.beforeInput(channelCount: 3))
  private static let outside = Bystander.Role.elsewhere("outside 'model'")

  @Test(arguments: [
    Case(name: "fc.weight", shape: [9, 5], beside: behind),
    Case(name: "fc.weight", shape: [5, 5], beside: behind),
    Case(name: "head.fc.weight_v", shape: [9, 5], beside: behind),
    Case(name: "fc.weight", shape: [9, 12], beside: outside, among: .unknown),
    Case(name: "fc.weight", shape: [5, 9], beside: outside, among: .unknown),
    Case(name: "queue", shape: [9, 5], beside: outside, among: .unknown),
    Case(name: "fc.bias", shape: [5], beside: behind),
    Case(name: "fc.bias", shape: [9], beside: outside, among: .unknown),
    Case(name: "fc.parametrizations.weight.original1", shape: [9, 5], beside: behind),
    Case(name: "rnn.weight_ih_l0", shape: [32, 5], beside: behind),
    Case(name: "fc.weight", shape: [9, 5, 1, 1], beside: behind),
    Case(name: "fc.weight", shape: [9, 5, 3, 3], beside: outside, among: .unknown),
    Case(name: "weights", shape: [9, 5], beside: outside, among: .unknown),
    Case(name: "scaler.temperature", shape: [5], beside: .connected(.scale)),
    Case(name: "calib.W", shape: [5, 5], beside: .connected(.scale)),
    Case(name: "student_temp", beside: outside, among: .unknown),
    Case(name: "bands.weight", shape: [3, 13, 1, 1], beside: before),
    Case(name: "colors.weight", shape: [3, 3], beside: before),
    Case(name: "val_accuracy.correct", beside: loss),
    Case(name: "aug.weight", shape: [3, 3, 1, 1], beside: before),
    Case(name: "metric_head.0.weight", shape: [9, 5], beside: behind),
    Case(name: "distillation_classifier.weight", shape: [5, 12], beside: outside, among: .unknown),
    Case(name: "scaler.min_val", shape: [3], beside: outside, among: .unknown),
    Case(name: "val_calibration.count", shape: [], beside: loss),
    Case(name: "decoder.weight", shape: [3, 6, 1, 1], beside: outside, among: .unknown),
    Case(name: "audio.weight", shape: [9, 5, 9], beside: outside, among: .unknown),
    Case(name: "img_mean", shape: [3], beside: .normalization([1, 1, 1])),
    Case(name: "train_aug.blur.weight", shape: [3, 1, 3, 3], beside: loss),
    Case(
      name: "class_weights", shape: [5],
      beside: .inert("'class_weights' weighs the classes in a loss")),
    Case(name: "gray.weight", shape: [3, 1, 1, 1], beside: before),
    Case(name: "decoder.weight", shape: [3, 32, 1, 1], beside: outside, among: .unknown),
    Case(name: "input_bn.running_var", shape: [3], beside: before),
    Case(name: "temperature", beside: .connected(.scale)),
    Case(name: "logit_scale", shape: [], beside: .connected(.scale)),
    Case(name: "attention.scale", beside: outside, among: .unknown),
    Case(name: "teacher.fc.weight", shape: [9, 5], beside: outside, among: .unknown),
    Case(name: "criterion.weight", shape: [5], beside: loss),
    Case(name: "loss_fn.centers", shape: [9, 5], beside: loss),
    Case(name: "distill_loss.temperature", beside: loss),
    Case(name: "norm.mean", shape: [1, 3, 1, 1], beside: .normalization([1, 1, 1])),
    Case(name: "pixel_std", shape: [3], beside: .normalization([1, 1, 1])),
    Case(name: "norm.mean", shape: [4], beside: outside, among: .unknown),
  ])
  func `are told apart by their names and shapes`(test: Case) throws {
    for prefix in ["model.", ""] {
      let count = test.shape.reduce(1, *)
      let tensor = Tensor([Float](repeating: 1, count: count), shape: test.shape)
      let parameters = try Architecture.sample().sampleParameters().renamed { prefix + $0 }
        .adding(tensor, named: test.name)
      let choice = try choose([("", parameters)], as: .given(.sample(), nil))
      let bystander = try #require(choice.bystanders.first)
      #expect(choice.bystanders.count == 1)
      #expect(bystander.name == test.name)
      #expect(bystander.role == (prefix.isEmpty ? test.among : nil) ?? test.beside)
    }
  }

  @Test func `are no layer behind the logits where they are a whole network`() throws {
    var parameters = try Architecture.sample().sampleParameters().renamed { "student." + $0 }
    for index in 0..<9 {
      parameters = parameters.adding(
        Tensor([Float](repeating: 1, count: 45), shape: [9, 5]), named: "teacher.\(index).weight")
    }
    let choice = try choose([("", parameters)], as: .given(.sample(), nil))
    #expect(choice.bystanders.count == 9)
    #expect(choice.bystanders.allSatisfy { $0.role == .elsewhere("outside 'student'") })
  }

  @Test(arguments: ["classifier.weight", "network. layer6.net.6.copy", "model.classifier.weight"])
  func `are known where they are the network's own numbers`(name: String) throws {
    let prefix = name.hasPrefix("model.") ? "model." : ""
    let own = prefix + "network. layer6.net.6.weight"
    let parameters = try Architecture.sample().sampleParameters().renamed { prefix + $0 }
    let copied = try choose(
      [("", parameters.adding(try #require(parameters[own]), named: name))],
      as: .given(.sample(), nil))
    #expect(copied.bystanders.map(\.role) == [.copy(of: own)])
    let other = try choose(
      [
        (
          "",
          parameters.adding(Tensor([Float](repeating: 1, count: 60), shape: [5, 12]), named: name)
        )
      ],
      as: .given(.sample(), nil))
    #expect(other.bystanders.map(\.role) == [.unknown])
  }

  @Test func `are told of where they stand in another place of the file`() throws {
    let head = StateDict().adding(
      Tensor([Float](repeating: 1, count: 10), shape: [2, 5]), named: "weight")
    let choice = try choose(
      [
        ("model", Architecture.sample().sampleParameters()), ("head", head),
        ("criterion", StateDict(["weight"])), ("optimizer.state.0", StateDict(["step"])),
        ("queue", StateDict(["keys"])), ("calibration", StateDict(["temperature"])),
      ], as: .given(.sample(), nil))
    #expect(
      choice.bystanders.map(\.role) == [
        Self.behind, Self.loss, .inert("state of the optimizer"),
        .elsewhere("outside the state dict"), .elsewhere("outside the state dict"),
      ])
  }
}

@Suite struct `Copies of a network` {
  @Test func `are one where they hold the same numbers`() throws {
    let architecture = try Architecture.sample()
    func taken(_ seeds: [UInt64]) throws -> NetworkChoice {
      try choose(
        seeds.enumerated().map { ("copy\($0)", architecture.sampleParameters(seed: $1)) },
        as: .given(architecture, nil))
    }
    let choice = try taken([1, 1, 1])
    #expect(choice.path == "copy0")
    #expect(choice.reason == "the first of 3 with the same numbers")
    for seeds: [UInt64] in [[1, 2], [1, 1, 2]] {
      #expect(throws: ReadError.self) { _ = try taken(seeds) }
    }
  }

  @Test func `can have what tells them apart behind their names`() throws {
    let architecture = try Architecture.sample()
    var both = architecture.sampleParameters()
    for (name, tensor) in architecture.sampleParameters(seed: 2) {
      both = both.adding(tensor, named: name + "_ema")
    }
    for (policy, path) in [(AveragePolicy.auto, "*_ema"), (.never, "")] {
      let choice = try choose([("", both)], as: .given(architecture, nil), average: policy)
      #expect(choice.path == path)
      #expect(try choose([("", both)], as: .given(architecture, nil), key: path).path == path)
    }
  }

  @Test func `that differ in wrappers alone are named so that each can be asked for`() throws {
    let architecture = try Architecture.sample()
    var both = architecture.sampleParameters()
    for (name, tensor) in architecture.sampleParameters(seed: 2) {
      both = both.adding(tensor, named: "module." + name)
    }
    let error = #expect(throws: ReadError.self) {
      try choose([("", both)], as: .given(architecture, nil))
    }
    let paths = try #require(error?.remedy?.subjects)
    #expect(paths == ["", "module"])
    for (path, prefix) in zip(paths, ["", "module."]) {
      let choice = try choose([("", both)], as: .given(architecture, nil), key: path)
      #expect(choice.taken.candidate.prefix == prefix)
    }
  }

  @Test func `of which only a teacher fits are asked about`() throws {
    let architecture = try Architecture.sample()
    for (classCount, isTaken) in [(5, true), (7, false)] {
      // A student of other classes, or one that is another network altogether.
      let student =
        isTaken
        ? StateDict(["network.stage: 1 layer3.conv.weight"])
        : architecture.with(classCount: classCount).sampleParameters()
      let groups = [("student", student), ("teacher", architecture.sampleParameters())]
      let choice = Result { try choose(groups, as: .given(architecture, nil)) }
      if isTaken {
        #expect(try choice.get().path == "teacher")
      } else {
        #expect(throws: ReadError.self) { _ = try choice.get() }
      }
      #expect(try choose(groups, as: .given(architecture, nil), key: "teacher").path == "teacher")
    }
  }
}
