internal import CGPUNetKernels
import GPUNetIR

/// A depthwise convolution with its bias and activation, together with the 1×1 convolution before
/// it where there is one: the rows between the two stay in the thread's own memory.
final class DepthwiseStep: PlanStep {
  struct Facts {
    var convolution: Convolution
    var weights: PackedWeights
    var activation: gpk_activation
    /// The 1×1 convolution whose outputs are convolved, which are else the input.
    var expansion: Expansion?
    var input: PlannedMap
    var imageCount: Int
    var output: PlannedMap
  }

  /// A 1×1 convolution.
  struct Expansion {
    var convolution: Convolution
    var weights: PackedWeights
    var activation: gpk_activation
  }

  private let facts: Facts
  /// Blocks of channels that are computed together, with the expansion's weights.
  private let panels: [WeightPanel]
  /// Rows of the output of a task.
  private let rowRanges: EvenDivision
  private let segmentOffsets: SegmentOffsets?
  /// Pixels of a row with the zeros around them.
  private let columnCount: Int
  /// Rows that are kept: what one run of output rows reads.
  private let keptRowCount: Int
  /// Output rows that are computed at once.
  private let rowsAtOnce: Int
  /// Whether the expansion's weights are so many, and used for so few pixels, that they are fetched
  /// ahead.
  private let bringsWeightsNear: Bool

  private static let cachedElementCount = 48 * 1024

  init(_ facts: Facts, layerIndex: Int, title: String, multiplyAdds: Int, threadCount: Int) {
    self.facts = facts
    bringsWeightsNear =
      (facts.expansion?.convolution.weightShape.reduce(1, *) ?? 0) > 48 * 1024
      && facts.input.layout.planeCount <= 256
    let convolution = facts.convolution
    let output = facts.output.layout
    let width = MapLayout.blockWidth
    panels = facts.expansion?.weights.panels ?? facts.weights.panels
    segmentOffsets = facts.expansion.map { _ in
      SegmentOffsets(
        planes: facts.input.layout.blockCount, planeStride: facts.input.layout.blockStride, rows: 1,
        rowStride: 0, columns: 1, columnStride: 0)
    }
    columnCount = max(
      (output.shape.width - 1) * convolution.stride + convolution.kernelSize,
      convolution.padding.left + facts.input.layout.shape.width)
    let widestPanel = panels.map(\.blockCount).max() ?? 1
    let rowElementCount = widestPanel * columnCount * width
    let fitting = Self.cachedElementCount / rowElementCount
    let taskCount = facts.imageCount * panels.count
    // Ranges of rows keep each thread in its own part of the maps, but each computes some rows of
    // the expansion that its neighbour computes, too.
    let sharedRowCount = (convolution.kernelSize - convolution.stride) * threadCount
    let isTall = 25 * sharedRowCount <= facts.input.layout.shape.height
    let isDividedWell = taskCount % threadCount == 0 || taskCount >= 8 * threadCount
    rowRanges = EvenDivision(
      output.shape.height, longest: output.shape.height,
      multiple: isTall || !isDividedWell ? threadCount : 1)
    let longest = rowRanges.longestPart
    rowsAtOnce = min(
      longest, max(1, (fitting - convolution.kernelSize) / convolution.stride + 1))
    keptRowCount = (rowsAtOnce - 1) * convolution.stride + convolution.kernelSize
    // One more for a row of zeros.
    let scratch = keptRowCount * rowElementCount + columnCount * width
    super.init(
      layerIndex: layerIndex, title: title,
      kernel: facts.expansion == nil ? "depthwise" : "product, depthwise",
      multiplyAdds: multiplyAdds, inputs: [facts.input],
      output: facts.output, taskCount: taskCount * rowRanges.partCount, scratchCount: scratch)
  }

  override func run(_ task: Int, in memory: StepMemory) {
    // Neighbouring tasks share weights that are used for few pixels, or else an image.
    let part =
      bringsWeightsNear ? task / facts.imageCount : task % (rowRanges.partCount * panels.count)
    let image =
      bringsWeightsNear ? task % facts.imageCount : task / (rowRanges.partCount * panels.count)
    let rows = rowRanges[part / panels.count]
    let panelIndex = part % panels.count
    let panel = panels[panelIndex]
    let next = bringsWeightsNear && panelIndex + 1 < panels.count ? panels[panelIndex + 1] : nil
    let width = MapLayout.blockWidth
    let convolution = facts.convolution
    let shape = facts.input.layout.shape
    let rowStride = columnCount * width
    // Rows of all blocks of the panel lie beside each other.
    let keptStride = panel.blockCount * rowStride
    let zeros = unsafe memory.scratch + keptRowCount * keptStride
    unsafe zeros.update(repeating: 0, count: rowStride)
    let left = convolution.padding.left
    let right = columnCount - left - shape.width
    for place in 0..<(keptRowCount * panel.blockCount) {
      let row = unsafe memory.scratch + place * rowStride
      unsafe row.update(repeating: 0, count: left * width)
      unsafe (row + (left + shape.width) * width).update(repeating: 0, count: right * width)
    }

    /// Rows of the map that have been made.
    var made = rows.lowerBound * convolution.stride - convolution.padding.top
    var first = rows.lowerBound
    while first < rows.upperBound {
      let end = min(first + rowsAtOnce, rows.upperBound)
      let needed = (end - 1) * convolution.stride + convolution.kernelSize - convolution.padding.top
      while made < needed {
        if made >= 0, made < shape.height {
          let slot = made % keptRowCount
          unsafe make(
            made, of: panel, before: next, image: image,
            at: memory.scratch + slot * keptStride + left * width, blockStride: rowStride, memory)
        }
        made += 1
      }
      for row in first..<end {
        unsafe convolve(row, of: panel, image: image, keptStride, rowStride, zeros, memory)
      }
      first = end
    }
  }

  /// Makes one row of what is convolved.
  private func make(
    _ row: Int, of panel: WeightPanel, before next: WeightPanel?, image: Int,
    at place: UnsafeMutablePointer<Float>,
    blockStride: Int, _ memory: StepMemory
  ) {
    let width = MapLayout.blockWidth
    let input = facts.input.layout
    let start =
      unsafe memory.start(of: facts.input) + image * input.imageStride
      + row * input.shape.width * width
    guard let expansion = facts.expansion else {
      for block in 0..<panel.blockCount {
        unsafe (place + block * blockStride).update(
          from: start + (panel.firstBlock + block) * input.blockStride,
          count: input.shape.width * width)
      }
      return
    }
    let channels = input.shape.channels
    let blocks = panel.inputBlocks
    let wholeEnd = min(blocks.upperBound, channels / width)
    var arguments = unsafe gpk_f32_conv()
    unsafe arguments.input = UnsafePointer(start)
    unsafe arguments.input_pixel_stride = width
    unsafe arguments.segment_offsets = UnsafePointer(segmentOffsets!.start + blocks.lowerBound)
    unsafe arguments.whole_segment_count = max(0, wholeEnd - blocks.lowerBound)
    unsafe arguments.partial_segment_count = blocks.upperBound > channels / width ? 1 : 0
    unsafe arguments.partial_length = channels % width
    unsafe arguments.weights = panel.weights
    unsafe arguments.weight_block_stride = panel.blockStride
    unsafe arguments.bias = expansion.weights.bias.map { unsafe $0 + panel.firstBlock * width }
    unsafe arguments.output = place
    unsafe arguments.output_pixel_stride = width
    unsafe arguments.output_block_stride = blockStride
    unsafe arguments.pixel_count = input.shape.width
    unsafe arguments.block_count = panel.blockCount
    unsafe arguments.activation = expansion.activation
    if let next, next.blockCount == panel.blockCount {
      // A share for each row.
      let height = input.shape.height
      let from = row * channels / height
      unsafe arguments.next_weights = next.weights + from * width
      unsafe arguments.next_count = ((row + 1) * channels / height - from) * width
    }
    unsafe memory.kernels.pointee.conv(&arguments)
  }

  /// Convolves one row of the output.
  private func convolve(
    _ row: Int, of panel: WeightPanel, image: Int, _ keptStride: Int, _ rowStride: Int,
    _ zeros: UnsafeMutablePointer<Float>, _ memory: StepMemory
  ) {
    let width = MapLayout.blockWidth
    let convolution = facts.convolution
    let kernelSize = convolution.kernelSize
    let output = facts.output.layout
    let top = row * convolution.stride - convolution.padding.top
    let height = facts.input.layout.shape.height
    let start =
      unsafe memory.start(of: facts.output) + image * output.imageStride
      + row * output.shape.width * width
    unsafe withUnsafeTemporaryAllocation(
      of: UnsafePointer<Float>?.self, capacity: kernelSize
    ) { rows in
      for block in 0..<panel.blockCount {
        for tap in 0..<kernelSize {
          let inputRow = top + tap
          let isInside = inputRow >= 0 && inputRow < height
          unsafe rows.initializeElement(
            at: tap,
            to: isInside
              ? UnsafePointer(
                memory.scratch + inputRow % keptRowCount * keptStride + block * rowStride)
              : UnsafePointer(zeros))
        }
        let index = panel.firstBlock + block
        var arguments = unsafe gpk_f32_depthwise(
          rows: UnsafePointer(rows.baseAddress!),
          weights: facts.weights.weights(ofBlock: index), bias: facts.weights.bias! + index * width,
          output: start + index * output.blockStride, count: output.shape.width,
          kernel_size: kernelSize, stride: convolution.stride, activation: facts.activation)
        unsafe memory.kernels.pointee.depthwise(&arguments)
      }
    }
  }
}

extension PackedWeights {
  /// The weights of one block of outputs.
  fileprivate func weights(ofBlock index: Int) -> UnsafePointer<Float> {
    let first = panels[0]
    return unsafe first.weights + index * first.blockStride
  }
}
