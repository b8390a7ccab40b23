public import BinaryInput

/// What one layer takes, gives and costs at a resolution.
public struct LayerSummary: Hashable, Sendable {
  /// What the layer is called.
  public let label: LayerLabel
  /// The shape of its input, for one image.
  public let input: FeatureShape
  /// The shape of its output, for one image.
  public let output: FeatureShape
  /// Weights, biases and the affine terms of batch norms.
  public let parameterCount: Int
  /// Multiply-adds of convolutions and the classifier for one image.
  public let multiplyAdds: Int
  /// The number of elements of the largest map at its input, inside it or at its output, for one
  /// image.
  public let largestMapElementCount: Int
}

extension Program {
  /// Every layer's shapes and costs.
  ///
  /// - Parameter resolution: Nil for the network's own.
  /// - Returns: One summary a layer, in order; a folded norm counts as one bias.
  /// - Throws: `architecture.resolution` where the input is too small for a layer or the network
  ///   too large to be counted.
  public func summaries(
    at resolution: Resolution? = nil
  ) throws(ReadError) -> [LayerSummary] {
    let resolution = resolution ?? self.resolution
    var shape = FeatureShape(
      channels: input.channels, height: resolution.height, width: resolution.width)
    var summaries: [LayerSummary] = []
    var total = 0
    for program in layers {
      let input = shape
      var multiplyAdds = 0
      var largestMap = input.elementCount
      for operation in program.operations {
        guard let output = operation.outputShape(shape) else {
          throw ReadError(
            .architectureResolution, "the input is too small for this network",
            path: [program.moduleName], expected: "a map at least as large as the kernel",
            found: "\(shape) at an input of \(resolution) px",
            remedy: .largerResolution)
        }
        guard let count = operation.multiplyAdds(output: output),
          let sum = total.adding(exactly: count)
        else {
          throw ReadError(
            .architectureResolution, "the network is too large to be counted",
            path: [program.moduleName], expected: "multiply-adds below 2⁶³",
            found: "\(output) at an input of \(resolution) px", remedy: .smallerResolution)
        }
        total = sum
        multiplyAdds += count
        largestMap = max(largestMap, output.elementCount)
        shape = output
      }
      let learned = program.parameters.filter(\.isLearned)
      summaries.append(
        LayerSummary(
          label: program.label, input: input, output: shape,
          parameterCount: learned.reduce(0) { $0 + $1.shape.reduce(1, *) },
          multiplyAdds: multiplyAdds, largestMapElementCount: largestMap))
    }
    return summaries
  }

  /// The side of the smallest square input from which on every tap of every convolution meets a
  /// real pixel; below it an answer cannot depend on all weights.
  public var smallestCoveringSide: Int {
    func covers(_ side: Int) -> Bool {
      var shape = FeatureShape(channels: 1, height: side, width: side)
      for operation in layers.lazy.flatMap(\.operations) {
        guard operation.convolutions.allSatisfy({ $0.kernelSize == 1 || $0.coversKernel(shape) }),
          let output = operation.outputShape(shape)
        else { return false }
        shape = output
      }
      return true
    }
    // Rounding makes the answer flicker between sizes one stride apart, so the last size that
    // fails decides; beyond the product of kernels and strides none can.
    let failing = (1...Program.largestConsideredSide).last { !covers($0) } ?? 0
    return failing + 1
  }

  private static let largestConsideredSide = 1_024
}
