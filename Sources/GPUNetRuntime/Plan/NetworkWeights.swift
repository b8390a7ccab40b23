import BinaryInput
internal import CGPUNetKernels
import NetworkProgram
import TensorData

/// The weights of one convolution or classifier in the order in which the kernels read them.
@safe struct PackedWeights {
  /// For each block of outputs, the weights of a group's inputs or, where groups are spread out, of
  /// all inputs from the panel's first block on.
  let panels: [WeightPanel]
  /// 16 for each block of outputs, or nil for zeros.
  let bias: UnsafePointer<Float>?
  /// The weights as Winograd's convolution needs them: for each block of outputs 36 × parts × I × 16.
  let winograd: UnsafePointer<Float>?
}

/// Blocks of outputs that read the same inputs, with their weights.
@safe struct WeightPanel {
  let firstBlock: Int
  let blockCount: Int
  /// The blocks of inputs that are read.
  let inputBlocks: Range<Int>
  let weights: UnsafePointer<Float>
  let blockStride: Int
}

/// The parameters of a network for the kernels: in the file where they lie in the right order, else
/// in memory of their own.
///
/// `@unchecked Sendable`: written only while it is created.
@safe final class NetworkWeights: @unchecked Sendable {
  let layers: [LayerProgram]
  /// By the layer and the unit.
  private var packed: [UnitKey: PackedWeights] = [:]
  private struct UnitKey: Hashable {
    let layer: Int
    let unit: Int
  }

  /// What keeps the pointers alive.
  private var owners: [Bytes] = []
  private var memories: [AlignedMemory] = []

  /// Packs the parameters of some layers of a network whose batch norms are folded.
  ///
  /// - Throws: `io.memory`.
  init(_ network: Network, layers: Range<Int>, usesWinograd: Bool) throws(ReadError) {
    precondition(network.form == .folded, "norms are folded before weights are packed")
    self.layers = Array(network.program.layers[layers])
    for program in self.layers {
      for (unit, convolution) in program.convolutions {
        try pack(
          convolution, unit, of: program, .convolutionWeight, .convolutionBias, network,
          usesWinograd: usesWinograd)
      }
      for case (.linear(let linear), let unit) in program.steps.map({ ($0.operation, $0.firstUnit) }
      ) {
        try pack(
          linear.convolution, unit, of: program, .linearWeight, .linearBias, network,
          usesWinograd: usesWinograd)
      }
    }
  }

  subscript(program: LayerProgram, unit: Int) -> PackedWeights {
    packed[UnitKey(layer: program.index, unit: unit)]!
  }

  private func pack(
    _ convolution: Convolution, _ unit: Int, of program: LayerProgram, _ weight: ParameterRole,
    _ bias: ParameterRole, _ network: Network, usesWinograd: Bool
  ) throws(ReadError) {
    packed[UnitKey(layer: program.index, unit: unit)] = try pack(
      convolution, weight: network[program.slot(weight, ofUnit: unit)]!,
      bias: network[program.slot(bias, ofUnit: unit)],
      readsPlanes: program.index == 0 && unit == 0, usesWinograd: usesWinograd)
  }

  private func pack(
    _ convolution: Convolution, weight: Tensor, bias: Tensor?, readsPlanes: Bool,
    usesWinograd: Bool
  ) throws(ReadError) -> PackedWeights {
    // The caller's images are planes, in which the taps of a channel are neighbours: they are read
    // like the inputs of a 1×1 convolution.
    let row = weight.elementCount / convolution.outputChannels
    let ordered = readsPlanes ? try weight.reshaped(to: [convolution.outputChannels, row]) : weight
    let blocked = try unsafe pointer(to: ordered)
    var addends = unsafe try bias.map { bias throws(ReadError) in unsafe try pointer(to: bias) }
    if unsafe addends == nil, convolution.isDepthwise || convolution.winogradForm != nil {
      // Their kernels always add some.
      let zeros = try AlignedMemory(
        count: MapLayout.blockCount(convolution.outputChannels) * MapLayout.blockWidth)
      memories.append(zeros)
      unsafe addends = UnsafePointer(zeros.start)
    }
    let inputCount = convolution.inputChannels / convolution.groups
    let tapCount = convolution.kernelSize * convolution.kernelSize
    let blockStride = inputCount * tapCount * MapLayout.blockWidth
    let blockCount = MapLayout.blockCount(convolution.outputChannels)
    var winograd: UnsafePointer<Float>?
    if usesWinograd, let form = convolution.winogradForm {
      let elementStride = form.phases.count * inputCount * MapLayout.blockWidth
      let elementCount = Int(GPK_WINOGRAD_ELEMENTS) * elementStride
      let memory = try AlignedMemory(count: blockCount * elementCount)
      memories.append(memory)
      for block in 0..<blockCount {
        for (index, phase) in form.phases.enumerated() {
          unsafe gpk_f32_winograd_weights(
            blocked + block * blockStride, inputCount, convolution.kernelSize, phase.row,
            phase.column,
            memory.start + block * elementCount + index * inputCount * MapLayout.blockWidth,
            elementStride)
        }
      }
      unsafe winograd = UnsafePointer(memory.start)
      // Only these are used from now on.
      weight.releasePages()
    }
    let panels =
      convolution.groups == 1 || convolution.isDepthwise
      ? unsafe densePanels(
        blocked, blockStride, blockCount: blockCount,
        inputBlockCount: MapLayout.blockCount(inputCount))
      : try unsafe groupedPanels(convolution, blocked, blockStride)
    return unsafe PackedWeights(panels: panels, bias: addends, winograd: winograd)
  }

  /// Two blocks a panel, and three once where their number is odd.
  private func densePanels(
    _ weights: UnsafePointer<Float>, _ blockStride: Int, blockCount: Int, inputBlockCount: Int
  ) -> [WeightPanel] {
    var panels: [WeightPanel] = []
    var block = 0
    while block < blockCount {
      let left = blockCount - block
      let count = left == 1 ? 1 : left % 2 == 1 ? 3 : 2
      unsafe panels.append(
        WeightPanel(
          firstBlock: block, blockCount: count, inputBlocks: 0..<inputBlockCount,
          weights: weights + block * blockStride, blockStride: blockStride))
      block += count
    }
    return panels
  }

  /// A block a panel, each with weights for all channels of the input blocks that its groups touch;
  /// those of other groups are zero.
  private func groupedPanels(
    _ convolution: Convolution, _ weights: UnsafePointer<Float>, _ blockStride: Int
  ) throws(ReadError) -> [WeightPanel] {
    let width = MapLayout.blockWidth
    let inputsPerGroup = convolution.inputChannels / convolution.groups
    let outputsPerGroup = convolution.outputChannels / convolution.groups
    let tapCount = convolution.kernelSize * convolution.kernelSize
    let dense = BlockedLayout(convolution.weightShape)!
    var panels: [WeightPanel] = []
    for block in 0..<MapLayout.blockCount(convolution.outputChannels) {
      let outputs = (block * width)..<min((block + 1) * width, convolution.outputChannels)
      let firstInput = outputs.lowerBound / outputsPerGroup * inputsPerGroup
      let endInput = ((outputs.upperBound - 1) / outputsPerGroup + 1) * inputsPerGroup
      let inputBlocks = (firstInput / width)..<MapLayout.blockCount(endInput)
      let endChannel = min(inputBlocks.upperBound * width, convolution.inputChannels)
      let inputs = (inputBlocks.lowerBound * width)..<endChannel
      let memory = try AlignedMemory(count: inputs.count * tapCount * width)
      memories.append(memory)
      let spread = BlockedLayout([width, inputs.count, tapCount])!
      for output in outputs {
        let groupStart = output / outputsPerGroup * inputsPerGroup - inputs.lowerBound
        for input in 0..<inputsPerGroup {
          for tap in 0..<tapCount {
            let from = dense.index(row: output, input: input, tap: tap)
            let to = spread.index(row: output % width, input: groupStart + input, tap: tap)
            unsafe memory.start[to] = weights[from]
          }
        }
      }
      unsafe panels.append(
        WeightPanel(
          firstBlock: block, blockCount: 1, inputBlocks: inputBlocks,
          weights: UnsafePointer(memory.start), blockStride: memory.count))
    }
    return panels
  }

  /// The elements in blocks of 16 outputs, as 32-bit numbers.
  private func pointer(to tensor: Tensor) throws(ReadError) -> UnsafePointer<Float> {
    let bytes = try tensor.converted(to: .f32).blockedBytes()
    owners.append(bytes)
    // The owner neither moves nor changes its bytes.
    return unsafe bytes.span.withUnsafeBytes {
      unsafe $0.baseAddress!.assumingMemoryBound(to: Float.self)
    }
  }
}

/// How a convolution is computed by Winograd's F(4×4, 3×3): as the sum of some 3×3 convolutions at
/// stride 1.
struct WinogradForm {
  /// Which rows and columns of the input a part takes: all from the first on, or every other.
  struct Phase {
    let row: Int
    let column: Int
  }

  /// The convolution's stride.
  let step: Int
  /// The parts; at stride 2 the four ways to take every other row and column.
  let phases: [Phase]
}

extension Convolution {
  /// How Winograd's algorithm computes it with fewer products than its definition, if it does: 3×3
  /// at stride 1 with a quarter of them, 5×5 at stride 2 with 36 for 100.
  var winogradForm: WinogradForm? {
    let width = MapLayout.blockWidth
    guard groups == 1, inputChannels >= width, outputChannels >= width else { return nil }
    switch (kernelSize, stride) {
    case (3, 1):
      return WinogradForm(step: 1, phases: [.init(row: 0, column: 0)])
    case (5, 2) where inputChannels % width == 0:
      // The parts' channels follow each other, which only whole blocks can.
      return WinogradForm(
        step: 2,
        phases: (0..<4).map { .init(row: $0 / 2, column: $0 % 2) })
    default:
      return nil
    }
  }
}
