public import BinaryInput
public import GPUNetIR
import Glibc
public import TensorData

/// Runs a network in 64-bit arithmetic, by the definition of each step.
///
/// Made to be believed on reading: one loop nest a step, nothing reordered, fused or approximated.
/// It is as slow as that sounds.
public struct ReferenceExecutor: NetworkExecutor {
  /// The network that is run.
  public let network: Network

  /// Creates an executor; the parameters are widened layer by layer while it runs.
  public init(_ network: Network) {
    self.network = network
  }

  /// An executor for another network.
  public func replacing(_ network: Network) -> ReferenceExecutor {
    ReferenceExecutor(network)
  }

  /// Runs one layer alone.
  ///
  /// - Returns: `N×C×H×W`, or `N×classes` for the last layer.
  /// - Throws: `network.input` where the input does not fit the layer.
  public func runLayer(_ index: Int, on input: Tensor) throws(ReadError) -> Tensor {
    let program = network.programs[index]
    let entering = try Activations(input)
    var value = entering
    for operation in program.operations {
      value = try run(operation, on: value, entering: entering, of: program)
    }
    let shape = value.shape
    return switch program.operations.last {
    case .linear: Tensor(value.values, shape: [value.imageCount, shape.channels])
    default:
      Tensor(
        value.values, shape: [value.imageCount, shape.channels, shape.height, shape.width])
    }
  }

  private func run(
    _ operation: Operation, on input: Activations, entering: Activations, of program: LayerProgram
  ) throws(ReadError) -> Activations {
    switch operation {
    case .convolution(let convolution):
      return try convolve(convolution, input, program)

    case .activation(let activation):
      return apply(activation, input)

    case .squeezeExcite(let excite):
      let reduced = apply(
        excite.activation, try convolve(excite.reduce, globalAverage(input), program))
      let expanded = try convolve(excite.expand, reduced, program)
      return Activations(imageCount: input.imageCount, shape: input.shape) {
        image, channel, plane in
        let gatePlane = expanded.planeRange(image: image, channel: channel)
        let gate = sigmoid(expanded.values[gatePlane.lowerBound])
        let start = input.planeRange(image: image, channel: channel).lowerBound
        for index in plane.indices { plane[index] = input.values[start + index] * gate }
      }

    case .residual:
      guard input.shape == entering.shape else {
        throw mismatch("the residual does not fit", program, entering.shape, input.shape)
      }
      var sum = input
      for index in sum.values.indices { sum.values[index] += entering.values[index] }
      return sum

    case .globalAveragePool:
      return globalAverage(input)

    case .linear(let linear):
      let features = input.shape.elementCount
      guard features == linear.inputFeatures else {
        throw mismatch(
          "the input does not fit the classifier", program,
          FeatureShape(channels: linear.inputFeatures, height: 1, width: 1), input.shape)
      }
      let weight = try values(program, "\(linear.name).weight")
      let bias = try values(program, "\(linear.name).bias")
      let output = FeatureShape(channels: linear.outputFeatures, height: 1, width: 1)
      return Activations(imageCount: input.imageCount, shape: output) { image, row, result in
        var sum = bias[row]
        for column in 0..<features {
          sum += weight[row * features + column] * input.values[image * features + column]
        }
        result[0] = sum
      }
    }
  }

  private func convolve(
    _ convolution: Convolution, _ input: Activations, _ program: LayerProgram
  ) throws(ReadError) -> Activations {
    guard input.shape.channels == convolution.inputChannels,
      let output = convolution.outputShape(input.shape)
    else {
      throw mismatch(
        "the input does not fit the convolution \(convolution.name)", program,
        FeatureShape(
          channels: convolution.inputChannels, height: convolution.kernelSize,
          width: convolution.kernelSize), input.shape)
    }
    let weight = try values(program, "\(convolution.name).weight")
    let bias = convolution.hasBias ? try values(program, "\(convolution.name).bias") : nil
    let norm = try convolution.batchNorm.map { norm throws(ReadError) in
      (
        weight: try values(program, "\(norm.name).weight"),
        bias: try values(program, "\(norm.name).bias"),
        mean: try values(program, "\(norm.name).running_mean"),
        variance: try values(program, "\(norm.name).running_var"),
        epsilon: norm.epsilon
      )
    }
    let inputsPerGroup = convolution.inputChannels / convolution.groups
    let outputsPerGroup = convolution.outputChannels / convolution.groups
    let tapsPerChannel = convolution.kernelSize * convolution.kernelSize
    return Activations(imageCount: input.imageCount, shape: output) { image, channel, plane in
      let firstInput = channel / outputsPerGroup * inputsPerGroup
      for inputChannel in 0..<inputsPerGroup {
        accumulate(
          convolution,
          kernelStart: (channel * inputsPerGroup + inputChannel) * tapsPerChannel, of: weight,
          over: input.values.span.extracting(
            input.planeRange(image: image, channel: firstInput + inputChannel)),
          input.shape, into: &plane, output)
      }
      if let bias {
        for index in plane.indices { plane[index] += bias[channel] }
      }
      if let norm {
        let deviation = (norm.variance[channel] + norm.epsilon).squareRoot()
        for index in plane.indices {
          plane[index] =
            (plane[index] - norm.mean[channel]) / deviation * norm.weight[channel]
            + norm.bias[channel]
        }
      }
    }
  }

  /// Adds one input channel's share to an output channel: for each tap of the kernel, the input
  /// shifted by the tap's place times the tap's weight, wherever the input has a pixel.
  private func accumulate(
    _ convolution: Convolution, kernelStart: Int, of weight: [Double],
    over input: Span<Double>, _ inputShape: FeatureShape, into output: inout MutableSpan<Double>,
    _ outputShape: FeatureShape
  ) {
    let stride = convolution.stride
    for tapRow in 0..<convolution.kernelSize {
      let rows = positions(
        tapRow - convolution.padding.top, stride, inputShape.height, outputShape.height)
      for tapColumn in 0..<convolution.kernelSize {
        let shift = tapColumn - convolution.padding.left
        let columns = positions(shift, stride, inputShape.width, outputShape.width)
        let factor = weight[kernelStart + tapRow * convolution.kernelSize + tapColumn]
        for row in rows {
          let inputRow = row * stride + tapRow - convolution.padding.top
          let from = inputRow * inputShape.width + columns.lowerBound * stride + shift
          let to = row * outputShape.width + columns.lowerBound
          addScaled(
            input, from: from, stride: stride, factor: factor, to: &output, at: to,
            count: columns.count)
        }
      }
    }
  }

  /// The output positions at which a tap, `shift` pixels from the position, meets a real pixel.
  private func positions(
    _ shift: Int, _ stride: Int, _ inputExtent: Int, _ outputExtent: Int
  ) -> Range<Int> {
    guard shift < inputExtent else { return 0..<0 }
    let first = max(0, (-shift + stride - 1) / stride)
    let end = min(outputExtent, (inputExtent - 1 - shift) / stride + 1)
    return first..<max(first, end)
  }

  private func addScaled(
    _ input: Span<Double>, from: Int, stride: Int, factor: Double,
    to output: inout MutableSpan<Double>, at: Int, count: Int
  ) {
    guard count > 0 else { return }
    precondition(from >= 0 && from + (count - 1) * stride < input.count, "inside the input")
    precondition(at >= 0 && at + count <= output.count, "inside the output")
    if stride == 1 {
      for index in 0..<count { output[at + index] += factor * input[from + index] }
    } else {
      for index in 0..<count { output[at + index] += factor * input[from + index * stride] }
    }
  }

  private func apply(_ activation: Activation, _ input: Activations) -> Activations {
    Activations(imageCount: input.imageCount, shape: input.shape) { image, channel, plane in
      let start = input.planeRange(image: image, channel: channel).lowerBound
      switch activation {
      case .relu:
        // Written so that a NaN stays one.
        for index in plane.indices {
          let x = input.values[start + index]
          plane[index] = x < 0 ? 0 : x
        }
      case .swish:
        for index in plane.indices {
          let x = input.values[start + index]
          plane[index] = x * sigmoid(x)
        }
      }
    }
  }

  private func globalAverage(_ input: Activations) -> Activations {
    let shape = FeatureShape(channels: input.shape.channels, height: 1, width: 1)
    return Activations(imageCount: input.imageCount, shape: shape) { image, channel, mean in
      var sum = 0.0
      for index in input.planeRange(image: image, channel: channel) { sum += input.values[index] }
      mean[0] = sum / Double(input.planeCount)
    }
  }

  private func values(_ program: LayerProgram, _ name: String) throws(ReadError) -> [Double] {
    try network.parameters[program.fullName(name)]!.doubles()
  }

  private func mismatch(
    _ what: String, _ program: LayerProgram, _ expected: FeatureShape, _ found: FeatureShape
  ) -> ReadError {
    ReadError(
      .networkInput, what, path: [program.moduleName], expected: "\(expected)", found: "\(found)")
  }
}

/// 1 / (1 + e⁻ˣ).
private func sigmoid(_ x: Double) -> Double {
  1 / (1 + exp(-x))
}
