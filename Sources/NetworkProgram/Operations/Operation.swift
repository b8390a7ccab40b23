/// How many zeros surround an image on each side before a convolution.
public struct Padding: Hashable, Sendable {
  /// Rows above.
  public var top: Int
  /// Columns to the left.
  public var left: Int
  /// Rows below.
  public var bottom: Int
  /// Columns to the right.
  public var right: Int

  /// The same number on every side.
  public init(_ all: Int) {
    self.init(top: all, left: all, bottom: all, right: all)
  }

  /// A number for each side.
  public init(top: Int, left: Int, bottom: Int, right: Int) {
    self.top = top
    self.left = left
    self.bottom = bottom
    self.right = right
  }
}

extension Padding: CustomStringConvertible {
  /// `1`, or `1,0,2,1` (top, left, bottom, right) where the sides differ.
  public var description: String {
    self == Padding(top) ? "\(top)" : "\(top),\(left),\(bottom),\(right)"
  }
}

/// How a convolution's input is padded with zeros.
public enum PaddingRule: Hashable, Sendable {
  /// By as much at every size.
  case fixed(Padding)
  /// By what gives an output of ⌈extent / stride⌉ at every size, the larger half below and to the
  /// right, as TensorFlow does.
  case same
}

extension PaddingRule: CustomStringConvertible {
  /// `1`, `1,0,2,1`, `same`.
  public var description: String {
    switch self {
    case .fixed(let padding): padding.description
    case .same: "same"
    }
  }
}

/// A batch norm with recorded statistics: (x − mean) / √(variance + epsilon) · weight + bias.
public struct BatchNorm: Hashable, Sendable {
  /// What keeps the root away from zero.
  public var epsilon: Double

  /// Creates a norm.
  public init(epsilon: Double) { self.epsilon = epsilon }
}

/// A two-dimensional convolution with a square kernel and what is applied to its sums at once.
public struct Convolution: Hashable, Sendable {
  /// The channels of the input.
  public var inputChannels: Int
  /// The channels of the output.
  public var outputChannels: Int
  /// The kernel's height and width.
  public var kernelSize: Int
  /// The stride in both directions.
  public var stride: Int
  /// The zeros around the input.
  public var padding: PaddingRule
  /// Into how many independent parts the channels are divided.
  public var groups: Int
  /// Whether a bias of its own is added.
  public var hasBias: Bool
  /// The batch norm that follows, if any.
  public var batchNorm: BatchNorm?

  /// Creates a convolution.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int,
    padding: PaddingRule, groups: Int, hasBias: Bool, batchNorm: BatchNorm?
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernelSize = kernelSize
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.hasBias = hasBias
    self.batchNorm = batchNorm
  }

  /// The shape of the weight: `O×I/groups×K×K`.
  public var weightShape: [Int] {
    [outputChannels, inputChannels / groups, kernelSize, kernelSize]
  }

  /// Whether every output position meets exactly the pixel at its own place.
  public var isPointwise: Bool {
    kernelSize == 1 && stride == 1 && (padding == .fixed(Padding(0)) || padding == .same)
  }

  /// Whether each channel is convolved on its own.
  public var isDepthwise: Bool {
    groups > 1 && groups == inputChannels && groups == outputChannels
  }
}

/// Scales each channel by a gate computed from the means of all channels:
/// x · sigmoid(expand(activation(reduce(mean(x))))).
public struct SqueezeExcite: Hashable, Sendable {
  /// 1×1, from all channels to few.
  public var reduce: Convolution
  /// Between the two convolutions.
  public var activation: Activation
  /// 1×1, back to all channels.
  public var expand: Convolution

  /// Creates a gate.
  public init(reduce: Convolution, activation: Activation, expand: Convolution) {
    self.reduce = reduce
    self.activation = activation
    self.expand = expand
  }
}

/// A matrix product with a bias, on an input that is flattened first.
public struct Linear: Hashable, Sendable {
  /// The width of the input.
  public var inputFeatures: Int
  /// The width of the output.
  public var outputFeatures: Int

  /// Creates a product.
  public init(inputFeatures: Int, outputFeatures: Int) {
    self.inputFeatures = inputFeatures
    self.outputFeatures = outputFeatures
  }

  /// The same product as a 1×1 convolution of one pixel.
  public var convolution: Convolution {
    Convolution(
      inputChannels: inputFeatures, outputChannels: outputFeatures, kernelSize: 1, stride: 1,
      padding: .fixed(Padding(0)), groups: 1, hasBias: true, batchNorm: nil)
  }
}

/// One step of a layer; each takes the result of the step before it.
public enum Operation: Hashable, Sendable {
  /// A convolution with its batch norm or bias.
  case convolution(Convolution)
  /// A nonlinearity.
  case activation(Activation)
  /// A gate on the channels.
  case squeezeExcite(SqueezeExcite)
  /// Adds the layer's input.
  case residual
  /// The mean over height and width: `N×C×H×W` → `N×C×1×1`.
  case globalAveragePool
  /// The classifier: `N×C×1×1` → `N×K`.
  case linear(Linear)
}

extension Operation {
  /// The convolutions of this step, in the order of their parameters.
  public var convolutions: [Convolution] {
    switch self {
    case .convolution(let convolution): [convolution]
    case .squeezeExcite(let excite): [excite.reduce, excite.expand]
    case .activation, .residual, .globalAveragePool, .linear: []
    }
  }

  /// The same step with every convolution changed by `change`.
  public func mappingConvolutions(_ change: (inout Convolution) -> Void) -> Operation {
    switch self {
    case .convolution(var convolution):
      change(&convolution)
      return .convolution(convolution)
    case .squeezeExcite(var excite):
      change(&excite.reduce)
      change(&excite.expand)
      return .squeezeExcite(excite)
    case .activation, .residual, .globalAveragePool, .linear:
      return self
    }
  }
}
