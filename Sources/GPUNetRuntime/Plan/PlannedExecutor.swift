public import BinaryInput
public import NetworkProgram
public import TensorData

/// Runs a network with the kernels that an application uses, layer by layer: what verification
/// compares with the reference executor.
///
/// Batch norms are folded, weights and activations are in 32 bits.
public struct PlannedExecutor: NetworkExecutor {
  /// The network that is run.
  public let network: Network
  /// The kernels that run it.
  public let kernels: KernelSet
  /// The number of threads that compute, the caller's among them.
  public let threadCount: Int
  /// Whether convolutions may be computed by Winograd's algorithm.
  public let usesWinograd: Bool

  private let folded: Network

  /// Creates an executor; weights are packed layer by layer while it runs.
  ///
  /// - Throws: `network.parameter` where a norm cannot be folded, `runtime.kernels`, `io.memory`.
  public init(
    _ network: Network, kernels: KernelSet? = nil, threadCount: Int = 1,
    usesWinograd: Bool = true
  ) throws(ReadError) {
    self.network = network
    if let kernels { self.kernels = kernels } else { self.kernels = try .preferred() }
    self.threadCount = threadCount
    self.usesWinograd = usesWinograd
    folded = network.form == .folded ? network : try network.folded()
  }

  /// An executor for another network with the same kernels and threads.
  public func replacing(_ network: Network) throws(ReadError) -> PlannedExecutor {
    try PlannedExecutor(
      network, kernels: kernels, threadCount: threadCount, usesWinograd: usesWinograd)
  }

  /// Runs one layer alone.
  ///
  /// - Returns: `N×C×H×W`, or `N×classes` for the last layer.
  /// - Throws: `network.input` where the input does not fit the layer, `io.memory`.
  public func runLayer(_ index: Int, on input: Tensor) throws(ReadError) -> Tensor {
    guard input.shape.count == 4, input.elementType.isFloatingPoint, input.elementCount > 0 else {
      throw ReadError(
        .networkInput, "the input does not fit the layer",
        expected: "floating-point numbers, N×C×H×W",
        found: "\(input.elementType.rawValue), shape \(input.shape)")
    }
    let images = try input.doubles().map { Float($0) }
    let shape = FeatureShape(
      channels: input.shape[1], height: input.shape[2], width: input.shape[3])
    let plan = try ExecutionPlan(
      try NetworkWeights(folded, layers: index..<(index + 1), usesWinograd: usesWinograd),
      firstLayer: index, inputShape: shape, imageCount: input.shape[0], threadCount: threadCount,
      readsPlanes: index == 0)
    let runner = try PlanRunner(
      plan, kernels: kernels, team: try ThreadTeam(threadCount: threadCount))
    unsafe images.withUnsafeBufferPointer { buffer in
      if let map = plan.input { unsafe runner.fill(map, from: buffer.baseAddress!) }
      unsafe runner.run(buffer.baseAddress)
    }
    let output = plan.output.layout
    let values = runner.values(of: plan.output)
    let isLogits = index == network.program.layers.count - 1
    return Tensor(
      values,
      shape: [output.imageCount, output.shape.channels]
        + (isLogits ? [] : [output.shape.height, output.shape.width]))
  }
}

extension PlanRunner {
  /// Lays images, N×C×H×W, out in a map.
  fileprivate func fill(_ map: PlannedMap, from images: UnsafePointer<Float>) {
    let layout = map.layout
    let start = unsafe start(of: map)
    layout.forEachElement { place, index in unsafe start[place] = images[index] }
  }

  /// The elements of a map as N×C×H×W.
  fileprivate func values(of map: PlannedMap) -> [Float] {
    let layout = map.layout
    let start = unsafe start(of: map)
    var values = [Float](
      repeating: 0, count: layout.imageCount * layout.shape.elementCount)
    layout.forEachElement { place, index in unsafe values[index] = start[place] }
    return values
  }
}

extension MapLayout {
  /// Hands every element's place in the map and its index in N×C×H×W to `body`.
  fileprivate func forEachElement(_ body: (_ place: Int, _ index: Int) -> Void) {
    var index = 0
    for image in 0..<imageCount {
      for channel in 0..<shape.channels {
        let start =
          image * imageStride + channel / MapLayout.blockWidth * blockStride
          + channel % MapLayout.blockWidth
        for pixel in 0..<planeCount {
          body(start + pixel * MapLayout.blockWidth, index)
          index += 1
        }
      }
    }
  }
}
