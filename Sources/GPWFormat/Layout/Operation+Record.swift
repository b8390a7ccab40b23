import BinaryInput
import NetworkProgram

extension NetworkProgram.Operation {
  /// The step as the file states it: its code, and what belongs to it.
  var record: [Int64] {
    switch self {
    case .convolution(let convolution):
      let padding: [Int] =
        switch convolution.padding {
        case .fixed(let padding): [0, padding.top, padding.left, padding.bottom, padding.right]
        case .same: [1, 0, 0, 0, 0]
        }
      let numbers =
        [
          1, convolution.inputChannels, convolution.outputChannels, convolution.kernelSize,
          convolution.stride,
        ] + padding + [
          convolution.groups, convolution.hasBias ? 1 : 0, convolution.batchNorm == nil ? 0 : 1,
        ]
      return numbers.map { Int64($0) }
    case .activation(let activation):
      return [2, activation.code]
    case .squeezeExcite(let excite):
      return [
        3, Int64(excite.reduce.inputChannels), Int64(excite.reduce.outputChannels),
        excite.activation.code, 1,
      ]
    case .residual:
      return [4]
    case .globalAveragePool:
      return [5]
    case .linear(let linear):
      return [6, Int64(linear.inputFeatures), Int64(linear.outputFeatures)]
    }
  }
}

extension Activation {
  /// The activations in the order of their codes, which begin with 1.
  private static let coded: [Activation] = [.relu, .swish, .relu6]

  fileprivate var code: Int64 { Int64(Activation.coded.firstIndex(of: self)! + 1) }

  fileprivate init?(code: Int64) {
    guard (1...Int64(Activation.coded.count)).contains(code) else { return nil }
    self = Activation.coded[Int(code) - 1]
  }
}

/// Takes one step after the other from the numbers that state them.
struct OperationRecords {
  private var numbers: ArraySlice<Int64>
  private var epsilons: ArraySlice<Double>
  /// The layer and the step in it that are being read, from 0, for messages.
  private var place = (layer: 0, step: 0)

  init(_ numbers: [Int64], epsilons: [Double]) {
    self.numbers = numbers[...]
    self.epsilons = epsilons[...]
  }

  /// The steps of each layer.
  ///
  /// - Parameter counts: Their numbers, as the file states them.
  /// - Returns: The steps.
  /// - Throws: `gpw.network` where the numbers are no such steps, or are not used up by them.
  mutating func layers(_ counts: [Int64]) throws(ReadError) -> [[NetworkProgram.Operation]] {
    guard (1...GPWLayout.maximumLayerCount).contains(counts.count) else {
      throw ReadError(
        .gpwNetwork, "the number of layers is out of range", path: [GPWKey.operationCounts],
        expected: "1 to \(GPWLayout.maximumLayerCount)", found: "\(counts.count)")
    }
    var layers: [[NetworkProgram.Operation]] = []
    var remainingSteps = GPWLayout.maximumStepCount
    for (layer, count) in counts.enumerated() {
      let limit = min(numbers.count, remainingSteps)
      guard count >= 1, count <= limit else {
        throw ReadError(
          .gpwNetwork, "the number of steps is out of range",
          path: [GPWKey.operationCounts, "layer \(layer + 1)"],
          expected: numbers.count < remainingSteps
            ? "1 to the \(limit) numbers that are left"
            : "1 to \(limit), \(GPWLayout.maximumStepCount) in all layers", found: "\(count)")
      }
      remainingSteps -= Int(count)
      var operations: [NetworkProgram.Operation] = []
      for step in 0..<Int(count) {
        place = (layer, step)
        operations.append(try operation())
      }
      layers.append(operations)
    }
    guard numbers.isEmpty, epsilons.isEmpty else {
      throw ReadError(
        .gpwNetwork, "the program states more than its layers have",
        path: [numbers.isEmpty ? GPWKey.epsilon : GPWKey.operations],
        expected: "the end after the last layer",
        found: "\(numbers.isEmpty ? epsilons.count : numbers.count) numbers")
    }
    return layers
  }

  private mutating func operation() throws(ReadError) -> NetworkProgram.Operation {
    let code = try next("a step", in: 1...6)
    switch code {
    case 1:
      return .convolution(try convolution())
    case 2:
      return .activation(try activation())
    case 3:
      let channels = try next("channels", in: 1...GPWLayout.maximumChannels)
      let width = try next("the width of a squeeze-excite", in: 1...GPWLayout.maximumChannels)
      let activation = try activation()
      _ = try next("a gate", in: 1...1)
      func pointwise(_ inputs: Int, _ outputs: Int) -> Convolution {
        Convolution(
          inputChannels: inputs, outputChannels: outputs, kernelSize: 1, stride: 1,
          padding: .fixed(Padding(0)), groups: 1, hasBias: true, batchNorm: nil)
      }
      return .squeezeExcite(
        SqueezeExcite(
          reduce: pointwise(channels, width), activation: activation,
          expand: pointwise(width, channels)))
    case 4:
      return .residual
    case 5:
      return .globalAveragePool
    default:
      let features = try next("features", in: 1...GPWLayout.maximumChannels)
      let classes = try next("classes", in: 1...GPWLayout.maximumClassCount)
      return .linear(Linear(inputFeatures: features, outputFeatures: classes))
    }
  }

  private mutating func convolution() throws(ReadError) -> Convolution {
    let inputs = try next("input channels", in: 1...GPWLayout.maximumChannels)
    let outputs = try next("output channels", in: 1...GPWLayout.maximumChannels)
    let kernelSize = try next("a kernel's size", in: 1...GPWLayout.maximumKernelSize)
    let stride = try next("a stride", in: 1...GPWLayout.maximumStride)
    let isSame = try next("a padding rule", in: 0...1) == 1
    let sides = 0...(isSame ? 0 : GPWLayout.maximumPadding)
    let padding = Padding(
      top: try next("zeros above", in: sides), left: try next("zeros to the left", in: sides),
      bottom: try next("zeros below", in: sides), right: try next("zeros to the right", in: sides))
    let groups = try next("groups", in: 1...inputs)
    guard inputs % groups == 0, outputs % groups == 0 else {
      throw misfit(
        "the groups do not divide the channels", "a divisor of \(inputs) and \(outputs)",
        "\(groups)")
    }
    let hasBias = try next("a bias", in: 0...1) == 1
    var batchNorm: BatchNorm?
    if try next("a norm", in: 0...1) == 1 {
      guard let epsilon = epsilons.popFirst() else {
        throw misfit("a norm has no epsilon", "one in \(GPWKey.epsilon)", "none")
      }
      guard epsilon >= 0, epsilon.isFinite else {
        throw misfit("an epsilon is out of range", "a finite number of at least 0", "\(epsilon)")
      }
      batchNorm = BatchNorm(epsilon: epsilon)
    }
    return Convolution(
      inputChannels: inputs, outputChannels: outputs, kernelSize: kernelSize, stride: stride,
      padding: isSame ? .same : .fixed(padding), groups: groups, hasBias: hasBias,
      batchNorm: batchNorm)
  }

  private mutating func activation() throws(ReadError) -> Activation {
    let code = try next("an activation", in: 1...Int(Int32.max))
    guard let activation = Activation(code: Int64(code)) else {
      throw misfit(
        "an activation is unknown", "1 to \(Activation.allCases.count)", "\(code)")
    }
    return activation
  }

  private mutating func next(_ what: String, in range: ClosedRange<Int>) throws(ReadError) -> Int {
    guard let number = numbers.popFirst() else {
      throw misfit("the program ends within a step", what, "nothing")
    }
    guard let number = Int(exactly: number), range.contains(number) else {
      throw misfit(
        "\(what) \(what.hasSuffix("s") ? "are" : "is") out of range",
        "\(range.lowerBound) to \(range.upperBound)", "\(number)")
    }
    return number
  }

  private func misfit(_ what: String, _ expected: String, _ found: String) -> ReadError {
    ReadError(
      .gpwNetwork, what,
      path: [GPWKey.operations, "layer \(place.layer + 1), step \(place.step + 1)"],
      expected: expected, found: found)
  }
}
