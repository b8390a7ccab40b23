import BinaryInput
import NetworkFamilies
import NetworkProgram
import NetworkRecognition
import TensorData
import TestSupport
import Testing

@Suite struct `Networks of libraries` {
  /// The network of that name with other classes, and its tensors.
  private static func tensors(_ name: String) throws -> (PublishedNetwork, StateDict) {
    let network = try #require(PublishedNetwork(named: name))
    return (network, network.architecture.with(classCount: 7).emptyParameters(.separate))
  }

  @Test(arguments: shared(NetworkCatalogue.entries.map(\.qualifiedName)))
  func `are told by names and shapes from all that compute something else, or are asked about`(
    name: String
  ) throws {
    let (network, tensors) = try Self.tensors(name)
    let taken = try choose([("", tensors)]).taken
    #expect(taken.fit.isComplete)
    #expect(taken.fit.leftOver.isEmpty)
    #expect(taken.fit.architecture.classCount == 7)
    let names = taken.fitting.map(\.name)
    #expect(names.contains(name))
    #expect(taken.isAmbiguous == (names.count > 1), "\(names)")
    // A network, its twin from TensorFlow and the same with pruned weights are the one reason.
    func stem(_ name: String) -> String {
      name.replacing("/tf_", with: "/").replacing("_pruned", with: "")
    }
    #expect(names.allSatisfy { stem($0) == stem(name) }, "\(names)")
    // Whoever names it is believed.
    let asked = try choose([("", tensors)], as: .given(network.architecture, network)).taken
    #expect(asked.fitting.map(\.name) == [name])
  }

  @Test(arguments: ["", "module.", "_orig_mod.", "model.", "module._orig_mod.model.", "a.b."])
  func `are found below what wrapped their names`(prefix: String) throws {
    for name in [
      "timm/mobilenetv2_035", "torchvision/mnasnet0_5", "torchvision/mobilenet_v2",
      "efficientnet_lite_pytorch/efficientnet-lite0",
    ] {
      let (_, tensors) = try Self.tensors(name)
      let wrapped = tensors.renamed { prefix + $0 }
        .adding(Tensor([1.0], shape: [1]), named: "beside.weight")
      let taken = try choose([("", wrapped)]).taken
      #expect(taken.candidate.prefix == prefix)
      #expect(taken.fitting.map(\.name) == [name])
      #expect(taken.candidate.foreignNames == ["beside.weight"])
    }
  }

  @Test func `may have words inside their names that only wrap`() throws {
    let (_, tensors) = try Self.tensors("timm/mobilenetv2_035")
    let wrapped = tensors.renamed { $0.replacing("blocks.1.", with: "blocks.1._orig_mod.") }
    #expect(try choose([("", wrapped)]).taken.fitting.map(\.name) == ["timm/mobilenetv2_035"])
  }

  @Test func `are told from several that one name means`() throws {
    let (_, tensors) = try Self.tensors("torchvision/efficientnet_b0")
    let named = PublishedNetwork.named("efficientnet_b0")
    #expect(named.count > 1)
    let taken = try choose([("", tensors)], as: .named(named)).taken
    #expect(taken.published?.name == "torchvision/efficientnet_b0")
    #expect(!taken.isAmbiguous)
  }

  @Test func `are refused where there are more than any training leaves`() throws {
    var many = StateDict()
    for index in 0...10_000 {
      _ = many.append(
        Tensor([1.0], shape: [1, 1, 1, 1]), named: "m\(index).conv_stem.weight")
    }
    let error = #expect(throws: ReadError.self) { try choose([("", many)]) }
    #expect(error?.code == .recognitionLimit)
  }
}
