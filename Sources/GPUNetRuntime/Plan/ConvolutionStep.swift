internal import CGPUNetKernels
import NetworkProgram

/// A dense or grouped convolution, or a matrix product, with its bias, residual and activation.
///
/// Pixels of a 1×1 convolution are read where they lie. All others are copied to the thread's own
/// memory with the zeros around them.
final class ConvolutionStep: PlanStep {
  struct Facts {
    var convolution: Convolution
    var weights: PackedWeights
    var activation: gpk_activation
    /// Nil where the images come from the caller, N×C×H×W.
    var input: PlannedMap?
    var imageCount: Int
    var inputShape: FeatureShape
    var residual: PlannedMap?
    var output: PlannedMap
  }

  private let facts: Facts
  /// The rows that are copied with zeros around them; nil where pixels are read where they lie.
  private let rows: SurroundedRows?
  /// The images, or the one map whose pixels they are.
  private let imageCount: Int
  /// Runs of pixels, or rows of the output, of a task.
  private let runs: EvenDivision
  /// Panels of weights of a task.
  private let panelGroups: EvenDivision
  /// From one pixel of a call to the next.
  private let pixelStride: Int
  /// Segments of a block of the input; none where planes are read.
  private let segmentsPerBlock: Int
  private let segmentOffsets: OffsetTable
  private let partialCount: Int
  private let partialLength: Int
  /// The number of segments of one call: a longer reduction goes in parts, so that the weights of a
  /// part stay in the second cache for all pixels of a task.
  private let segmentsAtOnce: Int
  /// Whether the weights are so many, and used for so few pixels, that they are fetched ahead.
  private let bringsWeightsNear: Bool

  /// Elements that fit into a good part of the second cache.
  private static let cachedElementCount = 64 * 1024

  init(_ facts: Facts, layerIndex: Int, title: String, multiplyAdds: Int, threadCount: Int) {
    // Each is made as a constant first; see `WinogradStep`.
    let convolution = facts.convolution
    let output = facts.output.layout
    let input = facts.inputShape
    let panelCount = facts.weights.panels.count
    let tapCount = convolution.kernelSize * convolution.kernelSize
    let isInPlace = convolution.isPointwise && facts.input != nil

    // What a task covers.
    let pixelCount = output.isVector && isInPlace ? facts.imageCount : output.planeCount
    let imageCount = output.isVector && isInPlace ? 1 : facts.imageCount
    let tile = Self.tilePixels
    let inputCount = convolution.inputChannels
    let runs: EvenDivision
    let panelGroups: EvenDivision
    if isInPlace {
      let longest = max(2 * tile, Self.cachedElementCount / inputCount / tile * tile)
      if pixelCount * imageCount >= 32 * tile && pixelCount > longest || panelCount < threadCount {
        runs = EvenDivision(
          pixelCount, longest: min(longest, pixelCount),
          multiple: imageCount % threadCount == 0 ? 1 : threadCount)
        panelGroups = EvenDivision(panelCount, longest: panelCount)
      } else {
        runs = EvenDivision(pixelCount, longest: max(longest, 8 * tile))
        panelGroups = EvenDivision(panelCount, longest: max(1, panelCount / (4 * threadCount)))
      }
    } else {
      let rowElementCount = inputCount * (output.shape.width * convolution.stride + 4)
      let rows = max(
        1,
        (Self.cachedElementCount / rowElementCount - convolution.kernelSize) / convolution.stride)
      runs = EvenDivision(output.shape.height, longest: rows, multiple: threadCount)
      panelGroups = EvenDivision(
        panelCount,
        longest: runs.partCount * imageCount >= threadCount
          ? panelCount : max(1, panelCount / threadCount))
    }
    let weightCount = convolution.weightShape.reduce(1, *)

    // Where a pixel's segments lie.
    let isPlanar = facts.input == nil
    let rows =
      isInPlace
      ? nil
      : SurroundedRows(
        convolution, input, isPlanar: isPlanar, outputWidth: output.shape.width,
        outputRowCount: runs.longestPart)
    let segmentOffsets =
      rows?.segmentOffsets
      ?? OffsetTable(
        planes: MapLayout.blockCount(input.channels), planeStride: facts.input!.layout.blockStride,
        rows: 1, rowStride: 0, columns: 1, columnStride: 0)
    // A row of the kernel is a segment of one plane: short, but without padding channels.
    let partialLength =
      isPlanar ? convolution.kernelSize : input.channels % MapLayout.blockWidth
    let partialPerBlock = partialLength == 0 ? 0 : tapCount

    self.facts = facts
    self.imageCount = imageCount
    self.runs = runs
    self.panelGroups = panelGroups
    self.rows = rows
    self.segmentOffsets = segmentOffsets
    self.partialLength = partialLength
    partialCount = isPlanar ? segmentOffsets.count : partialPerBlock
    segmentsPerBlock = isPlanar ? 0 : tapCount
    segmentsAtOnce = isPlanar ? segmentOffsets.count : 64
    pixelStride = rows.map { convolution.stride * $0.pixelWidth } ?? MapLayout.blockWidth
    bringsWeightsNear = isInPlace && weightCount > 48 * 1024 && runs.longestPart <= 16 * tile
    super.init(
      layerIndex: layerIndex, title: title, kernel: isInPlace ? "product" : "direct",
      multiplyAdds: multiplyAdds,
      inputs: [facts.input, facts.residual].compactMap { $0 }, output: facts.output,
      taskCount: imageCount * runs.partCount * panelGroups.partCount,
      scratchCount: rows?.elementCount ?? 0)
  }

  override func run(_ task: Int, in memory: StepMemory) {
    // Neighbouring tasks share what is dearer to fetch: weights that are used for few pixels, or
    // pixels.
    let perImage = runs.partCount * panelGroups.partCount
    let image = bringsWeightsNear ? task % imageCount : task / perImage
    let part = bringsWeightsNear ? task / imageCount : task % perImage
    let panels = panelGroups[
      bringsWeightsNear ? part / runs.partCount : part % panelGroups.partCount]
    let run = runs[bringsWeightsNear ? part % runs.partCount : part / panelGroups.partCount]
    let output = unsafe memory.start(of: facts.output) + image * facts.output.layout.imageStride
    let residual = unsafe facts.residual.map {
      unsafe memory.start(of: $0) + image * $0.layout.imageStride
    }
    guard let rows else {
      let input = facts.input!
      let pixels = unsafe UnsafePointer(
        memory.start(of: input) + image * input.layout.imageStride
          + run.lowerBound * MapLayout.blockWidth)
      for panel in panels {
        unsafe convolve(
          panel, pixels, run.count, output, residual, firstPixel: run.lowerBound, memory)
      }
      return
    }
    if let input = facts.input {
      unsafe rows.copy(
        run, from: memory.start(of: input) + image * input.layout.imageStride,
        input.layout.blockStride, to: memory.scratch)
    } else {
      let shape = facts.inputShape
      unsafe rows.copy(
        run, from: memory.images! + image * shape.elementCount, shape.height * shape.width,
        to: memory.scratch)
    }
    let width = facts.output.layout.shape.width
    let rowStep = facts.convolution.stride * rows.rowStride
    for panel in panels {
      for row in run {
        let pixels = unsafe memory.scratch + (row - run.lowerBound) * rowStep
        unsafe convolve(
          panel, pixels, width, output, residual, firstPixel: row * width, memory)
      }
    }
  }

  private func convolve(
    _ panelIndex: Int, _ input: UnsafePointer<Float>, _ pixelCount: Int,
    _ output: UnsafeMutablePointer<Float>, _ residual: UnsafeMutablePointer<Float>?,
    firstPixel: Int, _ memory: StepMemory
  ) {
    let panel = facts.weights.panels[panelIndex]
    let layout = facts.output.layout
    let start = panel.firstBlock * layout.blockStride + firstPixel * MapLayout.blockWidth
    let first = panel.inputBlocks.lowerBound * segmentsPerBlock
    let end =
      segmentsPerBlock == 0
      ? segmentOffsets.count : panel.inputBlocks.upperBound * segmentsPerBlock
    let wholeEnd = min(end, segmentOffsets.count - partialCount)
    var arguments = unsafe gpk_f32_conv()
    unsafe arguments.input = input
    unsafe arguments.input_pixel_stride = pixelStride
    unsafe arguments.partial_length = partialLength
    unsafe arguments.weight_block_stride = panel.blockStride
    unsafe arguments.bias = facts.weights.bias.map {
      unsafe $0 + panel.firstBlock * MapLayout.blockWidth
    }
    unsafe arguments.output = output + start
    unsafe arguments.output_pixel_stride = MapLayout.blockWidth
    unsafe arguments.output_block_stride = layout.blockStride
    unsafe arguments.pixel_count = pixelCount
    unsafe arguments.block_count = panel.blockCount
    // A long reduction goes in parts, whose sums wait in the output.
    var segment = first
    var weights = unsafe panel.weights
    while segment < end {
      let next =
        segment + segmentsAtOnce + segmentsAtOnce / 2 >= end ? end : segment + segmentsAtOnce
      let wholeCount = max(0, min(next, wholeEnd) - segment)
      unsafe arguments.segment_offsets = UnsafePointer(segmentOffsets.start + segment)
      unsafe arguments.whole_segment_count = wholeCount
      unsafe arguments.partial_segment_count = next - segment - wholeCount
      unsafe arguments.weights = weights
      unsafe arguments.accumulates = segment > first
      let weightCount =
        (wholeCount * MapLayout.blockWidth + (next - segment - wholeCount) * partialLength)
        * MapLayout.blockWidth
      if next == end {
        unsafe arguments.residual = residual.map { unsafe UnsafePointer($0 + start) }
        unsafe arguments.activation = facts.activation
      }
      if bringsWeightsNear {
        // A thread's tasks are neighbours.
        let panels = facts.weights.panels
        unsafe arguments.next_weights =
          next < end
          ? weights + weightCount
          : panelIndex + 1 < panels.count ? panels[panelIndex + 1].weights : nil
        unsafe arguments.next_count = min(segmentsAtOnce, end - first) * 256
      }
      unsafe memory.kernels.pointee.conv(&arguments)
      unsafe weights += weightCount
      segment = next
    }
  }
}
