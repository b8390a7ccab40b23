internal import CGPUNetKernels
import GPUNetIR

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

  private enum Source {
    /// A run of pixels of the map itself.
    case inPlace
    /// Rows with zeros around them.
    case rows
  }

  private let facts: Facts
  private let source: Source
  /// The images, or the one map whose pixels they are.
  private let imageCount: Int
  /// Runs of pixels, or rows of the output, of a task.
  private let runs: EvenDivision
  /// Panels of weights of a task.
  private let panelGroups: EvenDivision
  /// 16, or 1 where planes are read.
  private let pixelWidth: Int
  /// Blocks, or planes, of the input.
  private let planeCount: Int
  /// From one block or plane of the source to the next.
  private let planeStride: Int
  /// From one row of copied pixels to the next.
  private let rowStride: Int
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
    self.facts = facts
    let convolution = facts.convolution
    let output = facts.output.layout
    let input = facts.inputShape
    let panelCount = facts.weights.panels.count
    let tapCount = convolution.kernelSize * convolution.kernelSize
    let isInPlace = convolution.isPointwise && facts.input != nil
    source = isInPlace ? .inPlace : .rows

    // What a task covers.
    let pixelCount = output.isVector && isInPlace ? facts.imageCount : output.planeCount
    imageCount = output.isVector && isInPlace ? 1 : facts.imageCount
    let tile = Self.tilePixels
    let inputCount = convolution.inputChannels
    switch source {
    case .inPlace:
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
    case .rows:
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
    bringsWeightsNear = source != .rows && weightCount > 48 * 1024 && runs.longestPart <= 16 * tile

    // Where a pixel's segments lie.
    let longestRun = runs.longestPart
    let isPlanar = facts.input == nil
    pixelWidth = isPlanar ? 1 : MapLayout.blockWidth
    planeCount = isPlanar ? input.channels : MapLayout.blockCount(input.channels)
    let scratch: Int
    switch source {
    case .inPlace:
      rowStride = 0
      planeStride = facts.input!.layout.blockStride
      scratch = 0
    case .rows:
      let columns = (output.shape.width - 1) * convolution.stride + convolution.kernelSize
      let rows = (longestRun - 1) * convolution.stride + convolution.kernelSize
      rowStride = columns * pixelWidth
      planeStride = MapLayout.spread(rows * rowStride)
      scratch = planeCount * planeStride
    }
    if isPlanar {
      // A row of the kernel is a segment of one plane: short, but without padding channels.
      segmentOffsets = OffsetTable(
        planes: planeCount, planeStride: planeStride, rows: convolution.kernelSize,
        rowStride: rowStride, columns: 1, columnStride: 0)
      partialCount = segmentOffsets.count
      partialLength = convolution.kernelSize
      segmentsAtOnce = segmentOffsets.count
    } else {
      segmentOffsets = OffsetTable(
        planes: planeCount, planeStride: planeStride, rows: convolution.kernelSize,
        rowStride: rowStride, columns: convolution.kernelSize, columnStride: pixelWidth)
      partialLength = input.channels % MapLayout.blockWidth
      partialCount = partialLength == 0 ? 0 : tapCount
      segmentsAtOnce = 64
    }
    super.init(
      layerIndex: layerIndex, title: title,
      kernel: source == .inPlace ? "product" : "direct",
      multiplyAdds: multiplyAdds,
      inputs: [facts.input, facts.residual].compactMap { $0 }, output: facts.output,
      taskCount: imageCount * runs.partCount * panelGroups.partCount, scratchCount: scratch)
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
    switch source {
    case .inPlace:
      let input = facts.input!
      let pixels = unsafe UnsafePointer(
        memory.start(of: input) + image * input.layout.imageStride
          + run.lowerBound * MapLayout.blockWidth)
      for panel in panels {
        unsafe convolve(
          panel, pixels, run.count, output, residual, firstPixel: run.lowerBound, memory)
      }
    case .rows:
      copyRows(run, image: image, in: memory)
      let width = facts.output.layout.shape.width
      let rowStep = facts.convolution.stride * rowStride
      for panel in panels {
        for row in run {
          let pixels = unsafe memory.scratch + (row - run.lowerBound) * rowStep
          unsafe convolve(
            panel, pixels, width, output, residual, firstPixel: row * width, memory)
        }
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
    let tapCount = pixelWidth == 1 ? 0 : segmentOffsets.count / planeCount
    let first = panel.inputBlocks.lowerBound * tapCount
    let end = pixelWidth == 1 ? segmentOffsets.count : panel.inputBlocks.upperBound * tapCount
    let wholeEnd = min(end, segmentOffsets.count - partialCount)
    var arguments = unsafe gpk_f32_conv()
    unsafe arguments.input = input
    unsafe arguments.input_pixel_stride =
      source == .rows ? facts.convolution.stride * pixelWidth : pixelWidth
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

  /// Copies the rows that some rows of the output are made from, with zeros around them.
  private func copyRows(_ rows: Range<Int>, image: Int, in memory: StepMemory) {
    let convolution = facts.convolution
    let shape = facts.inputShape
    let base: UnsafePointer<Float>
    let sourceStride: Int
    if let input = facts.input {
      unsafe base = UnsafePointer(memory.start(of: input) + image * input.layout.imageStride)
      sourceStride = input.layout.blockStride
    } else {
      unsafe base = memory.images! + image * shape.elementCount
      sourceStride = shape.height * shape.width
    }
    let columns = rowStride / pixelWidth
    let left = min(convolution.padding.left, columns)
    let copied = max(0, min(shape.width, columns - left))
    let right = columns - left - copied
    let firstRow = rows.lowerBound * convolution.stride - convolution.padding.top
    let rowCount = (rows.count - 1) * convolution.stride + convolution.kernelSize
    for plane in 0..<planeCount {
      for row in 0..<rowCount {
        var place = unsafe memory.scratch + plane * planeStride + row * rowStride
        let sourceRow = firstRow + row
        guard sourceRow >= 0, sourceRow < shape.height else {
          unsafe place.update(repeating: 0, count: rowStride)
          continue
        }
        let pixels = unsafe base + plane * sourceStride + sourceRow * shape.width * pixelWidth
        unsafe place.update(repeating: 0, count: left * pixelWidth)
        unsafe place += left * pixelWidth
        unsafe place.update(from: pixels, count: copied * pixelWidth)
        unsafe (place + copied * pixelWidth).update(repeating: 0, count: right * pixelWidth)
      }
    }
  }
}
