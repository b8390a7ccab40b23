public import BinaryInput
public import NetworkProgram
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
    let program = network.program.layers[index]
    let entering = try Activations(input)
    var value = entering
    for step in program.steps {
      value = try run(step, on: value, entering: entering, of: program)
    }
    if case .linear = program.operations.last { return value.tensor(asMaps: false) }
    return value.tensor(asMaps: true)
  }

  private func run(
    _ step: LayerProgram.Step, on input: Activations, entering: Activations,
    of program: LayerProgram
  ) throws(ReadError) -> Activations {
    let unit = step.firstUnit
    switch step.operation {
    case .convolution(let convolution):
      return try convolve(convolution, unit, input, program)

    case .activation(let activation):
      return apply(activation, input)

    case .squeezeExcite(let excite):
      let reduced = apply(
        excite.activation, try convolve(excite.reduce, unit, globalAverage(input), program))
      let expanded = try convolve(excite.expand, unit + 1, reduced, program)
      return Activations(imageCount: input.imageCount, shape: input.shape) { channel, output in
        let start = channel * input.channelCount
        for image in 0..<input.imageCount {
          let gate = sigmoid(expanded.values[channel * input.imageCount + image])
          for index in (image * input.planeCount)..<((image + 1) * input.planeCount) {
            output[index] = input.values[start + index] * gate
          }
        }
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
      let expected = FeatureShape(channels: linear.inputFeatures, height: 1, width: 1)
      guard input.shape == expected else {
        throw mismatch("the input does not fit the classifier", program, expected, input.shape)
      }
      let weight = try parameter(program, .linearWeight, unit).rows()
      let bias = try values(program, .linearBias, unit)
      let output = FeatureShape(channels: linear.outputFeatures, height: 1, width: 1)
      return Activations(imageCount: input.imageCount, shape: output) { row, result in
        let factors = weight[row]
        for image in result.indices {
          var sum = bias[row]
          for column in factors.indices {
            sum += factors[column] * input.values[column * input.imageCount + image]
          }
          result[image] = sum
        }
      }
    }
  }

  private func convolve(
    _ convolution: Convolution, _ unit: Int, _ input: Activations, _ program: LayerProgram
  ) throws(ReadError) -> Activations {
    guard input.shape.channels == convolution.inputChannels,
      let output = convolution.outputShape(input.shape)
    else {
      throw mismatch(
        "the input does not fit the convolution \(program.localName(ofUnit: unit))", program,
        FeatureShape(
          channels: convolution.inputChannels, height: convolution.kernelSize,
          width: convolution.kernelSize), input.shape)
    }
    let weight = try parameter(program, .convolutionWeight, unit).rows()
    let bias = convolution.hasBias ? try values(program, .convolutionBias, unit) : nil
    let norm = try convolution.batchNorm.map { norm throws(ReadError) in
      (
        weight: try values(program, .normWeight, unit),
        bias: try values(program, .normBias, unit),
        mean: try values(program, .runningMean, unit),
        variance: try values(program, .runningVariance, unit),
        epsilon: norm.epsilon
      )
    }
    let inputsPerGroup = convolution.inputChannels / convolution.groups
    let outputsPerGroup = convolution.outputChannels / convolution.groups
    let tapsPerChannel = convolution.kernelSize * convolution.kernelSize
    return Activations(imageCount: input.imageCount, shape: output) { channel, result in
      let kernel = weight[channel]
      let firstInput = channel / outputsPerGroup * inputsPerGroup
      if convolution.isPointwise {
        accumulatePointwise(kernel, over: input, from: firstInput, into: &result)
      } else {
        for inputChannel in 0..<inputsPerGroup {
          accumulate(
            convolution, kernelStart: inputChannel * tapsPerChannel, of: kernel,
            over: input.values.span.extracting(input.channelRange(firstInput + inputChannel)),
            input.shape, into: &result, output, imageCount: input.imageCount)
        }
      }
      if let bias {
        for index in result.indices { result[index] += bias[channel] }
      }
      if let norm {
        let deviation = (norm.variance[channel] + norm.epsilon).squareRoot()
        for index in result.indices {
          result[index] =
            (result[index] - norm.mean[channel]) / deviation * norm.weight[channel]
            + norm.bias[channel]
        }
      }
    }
  }

  /// Adds the shares of all input channels where every output position meets the pixel at its own
  /// place; four channels at a time, one after the other, so that sums are read and written less.
  private func accumulatePointwise(
    _ kernel: [Double], over input: Activations, from firstInput: Int,
    into output: inout MutableSpan<Double>
  ) {
    let values = input.values.span
    let count = input.channelCount
    precondition(output.count == count, "an output of the input's size")
    var channel = 0
    while channel + 4 <= kernel.count {
      let (f0, f1, f2, f3) = (
        kernel[channel], kernel[channel + 1], kernel[channel + 2], kernel[channel + 3]
      )
      let first = firstInput + channel
      let x0 = values.extracting(input.channelRange(first))
      let x1 = values.extracting(input.channelRange(first + 1))
      let x2 = values.extracting(input.channelRange(first + 2))
      let x3 = values.extracting(input.channelRange(first + 3))
      for index in 0..<count {
        var sum = output[index]
        sum += f0 * x0[index]
        sum += f1 * x1[index]
        sum += f2 * x2[index]
        sum += f3 * x3[index]
        output[index] = sum
      }
      channel += 4
    }
    while channel < kernel.count {
      let x = values.extracting(input.channelRange(firstInput + channel))
      for index in 0..<count { output[index] += kernel[channel] * x[index] }
      channel += 1
    }
  }

  /// Adds one input channel's share to an output channel: for each tap of the kernel, the input
  /// shifted by the tap's place times the tap's weight, wherever the input has a pixel.
  private func accumulate(
    _ convolution: Convolution, kernelStart: Int, of weight: [Double],
    over input: Span<Double>, _ inputShape: FeatureShape, into output: inout MutableSpan<Double>,
    _ outputShape: FeatureShape, imageCount: Int
  ) {
    let stride = convolution.stride
    let padding = convolution.padding(for: inputShape)
    for tapRow in 0..<convolution.kernelSize {
      let rowShift = tapRow - padding.top
      let rows = positions(rowShift, stride, inputShape.height, outputShape.height)
      for tapColumn in 0..<convolution.kernelSize {
        let columnShift = tapColumn - padding.left
        let columns = positions(columnShift, stride, inputShape.width, outputShape.width)
        let factor = weight[kernelStart + tapRow * convolution.kernelSize + tapColumn]
        for image in 0..<imageCount {
          for row in rows {
            let inputRow = image * inputShape.height + row * stride + rowShift
            let outputRow = image * outputShape.height + row
            addScaled(
              input,
              from: inputRow * inputShape.width + columns.lowerBound * stride + columnShift,
              stride: stride, factor: factor, to: &output,
              at: outputRow * outputShape.width + columns.lowerBound, count: columns.count)
          }
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
    Activations(imageCount: input.imageCount, shape: input.shape) { channel, output in
      let start = channel * input.channelCount
      switch activation {
      case .relu:
        // Written so that a NaN stays one.
        for index in output.indices {
          let x = input.values[start + index]
          output[index] = x < 0 ? 0 : x
        }
      case .swish:
        for index in output.indices {
          let x = input.values[start + index]
          output[index] = x * sigmoid(x)
        }
      case .relu6:
        // A NaN stays one, as with relu.
        for index in output.indices {
          let x = input.values[start + index]
          output[index] = x < 0 ? 0 : x > 6 ? 6 : x
        }
      }
    }
  }

  private func globalAverage(_ input: Activations) -> Activations {
    let shape = FeatureShape(channels: input.shape.channels, height: 1, width: 1)
    return Activations(imageCount: input.imageCount, shape: shape) { channel, means in
      for image in means.indices {
        let start = channel * input.channelCount + image * input.planeCount
        var sum = 0.0
        for index in start..<(start + input.planeCount) { sum += input.values[index] }
        means[image] = sum / Double(input.planeCount)
      }
    }
  }

  private func values(
    _ program: LayerProgram, _ role: ParameterRole, _ unit: Int
  ) throws(ReadError) -> [Double] {
    try parameter(program, role, unit).doubles()
  }

  private func parameter(_ program: LayerProgram, _ role: ParameterRole, _ unit: Int) -> Tensor {
    network[program.slot(role, ofUnit: unit)]!
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
