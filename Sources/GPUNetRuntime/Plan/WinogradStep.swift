internal import CGPUNetKernels
import NetworkProgram

/// A convolution by Winograd's F(4×4, 3×3), which makes 16 outputs of 36 products.
final class WinogradStep: PlanStep {
  private let facts: ConvolutionStep.Facts
  private let form: WinogradForm
  private let tileColumns: Int
  private let tiles: EvenDivision
  /// Blocks of the input's channels, in all parts.
  private let inputBlockCount: Int
  /// The most tiles of a task.
  private let tileCapacity: Int
  private let segmentOffsets: OffsetTable

  private static let elementCount = Int(GPK_WINOGRAD_ELEMENTS)
  /// Elements of transformed inputs and products that stay in the second cache.
  private static let cachedElementCount = 144 * 1024

  init(
    _ facts: ConvolutionStep.Facts, layerIndex: Int, title: String, multiplyAdds: Int,
    threadCount: Int
  ) {
    // Each is made as a constant first: reading a field again before `super.init` makes the
    // compiler of Swift 6.3 fail.
    let shape = facts.output.layout.shape
    let columns = (shape.width + 3) / 4
    let form = facts.convolution.winogradForm!
    let inputBlocks = form.phases.count * MapLayout.blockCount(facts.inputShape.channels)
    let widestPanel = facts.weights.panels.map(\.blockCount).max() ?? 1
    let perTile = Self.elementCount * MapLayout.blockWidth * (inputBlocks + widestPanel)
    let tiles = EvenDivision(
      (shape.height + 3) / 4 * columns,
      longest: max(
        Self.tilePixels,
        Self.cachedElementCount / perTile / Self.tilePixels * Self.tilePixels),
      multiple: threadCount)
    let capacity = tiles.longestPart
    self.facts = facts
    self.form = form
    self.tiles = tiles
    tileColumns = columns
    inputBlockCount = inputBlocks
    tileCapacity = capacity
    segmentOffsets = OffsetTable(
      planes: inputBlocks, planeStride: capacity * MapLayout.blockWidth, rows: 1, rowStride: 0,
      columns: 1, columnStride: 0)
    super.init(
      layerIndex: layerIndex, title: title, kernel: "winograd 4×4", multiplyAdds: multiplyAdds,
      inputs: [facts.input, facts.residual].compactMap { $0 }, output: facts.output,
      taskCount: facts.imageCount * tiles.partCount, scratchCount: perTile * capacity)
  }

  override func run(_ task: Int, in memory: StepMemory) {
    let range = tiles[task % tiles.partCount]
    let image = task / tiles.partCount
    let width = MapLayout.blockWidth
    let channels = form.phases.count * facts.inputShape.channels
    let input = facts.input!
    let inputStart = unsafe memory.start(of: input) + image * input.layout.imageStride
    let output = facts.output
    let outputStart = unsafe memory.start(of: output) + image * output.layout.imageStride
    let shape = output.layout.shape
    let residual = unsafe facts.residual.map {
      unsafe memory.start(of: $0) + image * $0.layout.imageStride
    }

    let planeStride = tileCapacity * width
    let transformed = unsafe memory.scratch
    let elementStride = inputBlockCount * planeStride
    let blockCount = input.layout.blockCount
    for (index, phase) in form.phases.enumerated() {
      for block in 0..<blockCount {
        var arguments = unsafe gpk_f32_winograd_input(
          input: inputStart + block * input.layout.blockStride, height: facts.inputShape.height,
          width: facts.inputShape.width, step: form.step,
          top: phase.row - facts.convolution.fixedPadding.top,
          left: phase.column - facts.convolution.fixedPadding.left, tile_columns: tileColumns,
          first_tile: range.lowerBound, tile_count: range.count,
          transformed: transformed + (index * blockCount + block) * planeStride,
          element_stride: elementStride)
        unsafe memory.kernels.pointee.winograd_input(&arguments)
      }
    }

    let products = unsafe transformed + Self.elementCount * elementStride
    let weightStride = channels * width
    for panel in facts.weights.panels {
      let productStride = panel.blockCount * planeStride
      var product = unsafe gpk_f32_conv()
      unsafe product.input_pixel_stride = width
      unsafe product.segment_offsets = UnsafePointer(segmentOffsets.start)
      unsafe product.whole_segment_count = channels / width
      unsafe product.partial_segment_count = channels % width == 0 ? 0 : 1
      unsafe product.partial_length = channels % width
      unsafe product.weight_block_stride = Self.elementCount * weightStride
      unsafe product.output_pixel_stride = width
      unsafe product.output_block_stride = planeStride
      unsafe product.pixel_count = range.count
      unsafe product.block_count = panel.blockCount
      for element in 0..<Self.elementCount {
        unsafe product.input = UnsafePointer(transformed + element * elementStride)
        unsafe product.weights =
          facts.weights.winograd!
          + (panel.firstBlock * Self.elementCount + element) * weightStride
        unsafe product.output = products + element * productStride
        if element + 1 < Self.elementCount {
          unsafe product.next_weights = product.weights + weightStride
          unsafe product.next_count = weightStride
        } else {
          unsafe product.next_weights = nil
        }
        unsafe memory.kernels.pointee.conv(&product)
      }
      for block in 0..<panel.blockCount {
        let outputBlock = panel.firstBlock + block
        let place = outputBlock * output.layout.blockStride
        var arguments = unsafe gpk_f32_winograd_output(
          transformed: products + block * planeStride, element_stride: productStride,
          bias: facts.weights.bias! + outputBlock * width,
          residual: residual.map { unsafe UnsafePointer($0 + place) }, output: outputStart + place,
          height: shape.height, width: shape.width, tile_columns: tileColumns,
          first_tile: range.lowerBound, tile_count: range.count, activation: facts.activation)
        unsafe memory.kernels.pointee.winograd_output(&arguments)
      }
    }
  }
}
