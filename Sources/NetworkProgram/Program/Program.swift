/// A network without its weights: the steps of its layers and the images that it is meant for.
///
/// What it and its parts are called are labels; nothing that is computed depends on them.
public struct Program: Hashable, Sendable {
  /// Whose network it is, as a label that the tools read: `gpunet`.
  public let convention: String
  /// The channels of an image, and the height and width that the network is meant for.
  public let input: FeatureShape
  /// The layers, first to last.
  public var layers: [LayerProgram]
  /// Where the batch norms are.
  public let form: NormalizationForm

  /// Joins layers.
  ///
  /// - Precondition: `input` has a resolution's height and width.
  public init(
    convention: String, input: FeatureShape, layers: [LayerProgram], form: NormalizationForm
  ) {
    precondition(
      Resolution(height: input.height, width: input.width) != nil, "images have a resolution")
    self.convention = convention
    self.input = input
    self.layers = layers
    self.form = form
  }

  /// The resolution that the network is meant for.
  public var resolution: Resolution { Resolution(height: input.height, width: input.width)! }

  /// The number of outputs of the classifier; 0 where there is none.
  public var classCount: Int {
    if case .linear(let linear)? = layers.last?.operations.last { linear.outputFeatures } else { 0 }
  }

  /// The parameters of all layers, in state-dict order.
  public var parameters: [ParameterSpecification] { layers.flatMap(\.parameters) }

  /// The same steps with every batch norm folded into the convolution before it.
  public var folded: Program {
    Program(
      convention: convention, input: input, layers: layers.map(\.folded), form: .folded)
  }

  /// Pads every convolution at every size as it is padded for images of one; those whose map would be
  /// empty stay as they are.
  public mutating func fixPadding(at resolution: Resolution) {
    var shape: FeatureShape? = FeatureShape(
      channels: input.channels, height: resolution.height, width: resolution.width)
    for index in layers.indices {
      layers[index].operations = layers[index].operations.map { operation in
        guard let entering = shape else { return operation }
        shape = operation.outputShape(entering)
        return operation.fixed(for: entering)
      }
    }
  }
}

extension Operation {
  /// The same step for maps of that shape alone: padding is a number on each side.
  public func fixed(for input: FeatureShape) -> Operation {
    guard case .convolution(let convolution) = self else { return self }
    return .convolution(convolution.fixed(for: input))
  }
}
