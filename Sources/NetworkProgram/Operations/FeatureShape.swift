import BinaryInput

/// The shape of one image's activations between two steps.
public struct FeatureShape: Hashable, Sendable {
  /// Channels.
  public var channels: Int
  /// Rows.
  public var height: Int
  /// Columns.
  public var width: Int

  /// Creates a shape.
  public init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The number of elements of one image.
  public var elementCount: Int { channels * height * width }
}

extension FeatureShape: CustomStringConvertible {
  /// `32×160×160`.
  public var description: String { "\(channels)×\(height)×\(width)" }
}

extension Convolution {
  /// The zeros around an input of that shape.
  public func padding(for input: FeatureShape) -> Padding {
    switch padding {
    case .fixed(let padding): return padding
    case .same:
      let rows = samePadding(of: input.height)
      let columns = samePadding(of: input.width)
      return Padding(
        top: rows / 2, left: columns / 2, bottom: rows - rows / 2, right: columns - columns / 2)
    }
  }

  /// The same convolution for inputs of that shape alone: its padding is a number on each side.
  public func fixed(for input: FeatureShape) -> Convolution {
    var convolution = self
    convolution.padding = .fixed(padding(for: input))
    return convolution
  }

  /// How many zeros along one axis of `extent` pixels give ⌈extent / stride⌉ outputs.
  private func samePadding(of extent: Int) -> Int {
    let count = (extent + stride - 1) / stride
    return max((count - 1) * stride + kernelSize - extent, 0)
  }

  /// The extent of the output along one axis of `extent` pixels; less than 1 where the padded
  /// input is smaller than the kernel.
  func outputExtent(_ extent: Int, before: Int, after: Int) -> Int {
    let room = extent + before + after - kernelSize
    return room < 0 ? 0 : room / stride + 1
  }

  /// The shape of the output, or nil where the input is smaller than the kernel.
  public func outputShape(_ input: FeatureShape) -> FeatureShape? {
    let padding = padding(for: input)
    let height = outputExtent(input.height, before: padding.top, after: padding.bottom)
    let width = outputExtent(input.width, before: padding.left, after: padding.right)
    guard height >= 1, width >= 1 else { return nil }
    return FeatureShape(channels: outputChannels, height: height, width: width)
  }

  /// The multiply-adds for one output of the given shape, or nil where their number does not fit.
  func multiplyAdds(_ output: FeatureShape) -> Int? {
    ([output.elementCount] + weightShape.dropFirst()).exactProduct()
  }

  /// Whether every tap of the kernel meets a real pixel at some position.
  func coversKernel(_ input: FeatureShape) -> Bool {
    func covers(_ extent: Int, before: Int, after: Int) -> Bool {
      let count = outputExtent(extent, before: before, after: after)
      return (0..<kernelSize).allSatisfy { tap in
        // The first position at which the tap is not above or to the left of the image.
        let position = max(0, (before - tap + stride - 1) / stride)
        return position < count && position * stride - before + tap < extent
      }
    }
    let padding = padding(for: input)
    return covers(input.height, before: padding.top, after: padding.bottom)
      && covers(input.width, before: padding.left, after: padding.right)
  }
}

extension Operation {
  /// The shape of the output, or nil where the input is too small.
  public func outputShape(_ input: FeatureShape) -> FeatureShape? {
    switch self {
    case .convolution(let convolution):
      convolution.outputShape(input)
    case .activation, .squeezeExcite, .residual:
      input
    case .globalAveragePool:
      FeatureShape(channels: input.channels, height: 1, width: 1)
    case .linear(let linear):
      FeatureShape(channels: linear.outputFeatures, height: 1, width: 1)
    }
  }

  /// The multiply-adds of convolutions and the classifier for one image, or nil where their number
  /// does not fit.
  func multiplyAdds(output: FeatureShape) -> Int? {
    switch self {
    case .convolution(let convolution):
      return convolution.multiplyAdds(output)
    case .squeezeExcite(let excite):
      // Both on 1×1 maps of channels whose numbers have limits, so that their sum fits.
      return [excite.reduce, excite.expand].reduce(0) {
        $0 + $1.weightShape.reduce(1, *)
      }
    case .linear(let linear):
      return linear.inputFeatures * linear.outputFeatures
    case .activation, .residual, .globalAveragePool:
      return 0
    }
  }
}

extension LayerProgram {
  /// The shape of the layer's output, or nil where its input is too small.
  public func outputShape(_ input: FeatureShape) -> FeatureShape? {
    operations.reduce(input as FeatureShape?) { shape, operation in
      shape.flatMap { operation.outputShape($0) }
    }
  }
}
