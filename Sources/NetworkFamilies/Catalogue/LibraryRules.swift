import NetworkProgram

/// What a library does alike in all networks of a family, or of several.
struct LibraryRules: Sendable {
  /// The library's name.
  let library: String
  /// The convention of its parameters' names.
  let convention: Convention
  /// What its batch norms add to variances.
  var epsilon: Double
  /// How it pads.
  let padding: Padding
  /// How it numbers stages.
  let stageNumbers: StageNumbers
  /// The licence that its authors state for weights; nil where they state none.
  let licence: String?

  /// How a library pads, before it is known for which size.
  enum Padding: Hashable, Sendable {
    case symmetric, same
    /// As "same" takes it for the network's own size, settled when it is built.
    case sameAtOwnResolution

    func rule(for resolution: Resolution) -> PaddingStyle {
      switch self {
      case .symmetric: .symmetric
      case .same: .same
      case .sameAtOwnResolution: .sameAt(resolution)
      }
    }
  }

  /// The same with another epsilon.
  func with(epsilon: Double) -> LibraryRules {
    var rules = self
    rules.epsilon = epsilon
    return rules
  }
}

extension LibraryRules {
  /// What PyTorch's batch norms add where nothing else is asked for.
  private static let pytorchEpsilon = 1e-5
  /// What TensorFlow's EfficientNets, MnasNets and their kin add.
  static let tensorFlowEpsilon = 1e-3

  /// timm's own networks.
  static let timm = LibraryRules(
    library: "timm", convention: .timm, epsilon: pytorchEpsilon, padding: .symmetric,
    stageNumbers: .from(0), licence: "apache-2.0")

  /// The networks that timm took from TensorFlow, `tf_…`.
  static let timmTensorFlow = LibraryRules(
    library: "timm", convention: .timmTensorFlow, epsilon: tensorFlowEpsilon, padding: .same,
    stageNumbers: .from(0), licence: "apache-2.0")

  /// torchvision's EfficientNets, whose first layer is the first of the numbered ones.
  static let torchvisionEfficientNet = LibraryRules(
    library: "torchvision", convention: .torchvision, epsilon: pytorchEpsilon,
    padding: .symmetric, stageNumbers: .from(1), licence: nil)

  /// torchvision's MobileNetV2, whose blocks are numbered through.
  static let torchvisionMobileNetV2 = LibraryRules(
    library: "torchvision", convention: .torchvisionMobileNetV2, epsilon: pytorchEpsilon,
    padding: .symmetric, stageNumbers: .none, licence: nil)

  /// torchvision's MnasNet, where the parts of the first layer and of the first block are numbered
  /// like the stages.
  static let torchvisionMnasNet = LibraryRules(
    library: "torchvision", convention: .torchvisionMnasNet, epsilon: pytorchEpsilon,
    padding: .symmetric, stageNumbers: .secondFrom(8), licence: nil)

  /// efficientnet_pytorch, which has TensorFlow's weights and settles pads when a network is built.
  static let efficientNetPyTorch = LibraryRules(
    library: "efficientnet_pytorch", convention: .efficientNetPyTorch,
    epsilon: tensorFlowEpsilon, padding: .sameAtOwnResolution, stageNumbers: .none,
    licence: "apache-2.0")

  /// efficientnet_lite_pytorch, which was made of it and calls everything the same.
  static let efficientNetLitePyTorch = LibraryRules(
    library: "efficientnet_lite_pytorch", convention: .efficientNetPyTorch,
    epsilon: tensorFlowEpsilon, padding: .sameAtOwnResolution, stageNumbers: .none,
    licence: "apache-2.0")
}
