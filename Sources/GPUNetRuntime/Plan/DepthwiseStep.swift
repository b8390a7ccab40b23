internal import CGPUNetKernels
import NetworkProgram

/// A depthwise convolution with its bias and activation, together with the 1×1 convolution or the
/// network's first before it where there is one, and on wide maps the one after it: the rows between
/// them stay in the thread's own memory.
final class DepthwiseStep: PlanStep {
  struct Facts {
    var convolution: Convolution
    var weights: PackedWeights
    var activation: gpk_activation
    /// The convolution whose outputs are convolved, which are else the input.
    var expansion: Expansion?
    /// The 1×1 convolution that follows, if it is done at once.
    var projection: Projection?
    /// Nil where the expansion is the network's first, of images that come from the caller.
    var input: PlannedMap?
    var inputShape: FeatureShape
    var imageCount: Int
    /// What is convolved of an image.
    var wideShape: FeatureShape
    /// What the depthwise convolution makes of an image.
    var middleShape: FeatureShape
    /// The output of the last of the convolutions.
    var output: PlannedMap
  }

  /// A 1×1 convolution of a map, or the network's first.
  struct Expansion {
    var convolution: Convolution
    var weights: PackedWeights
    var activation: gpk_activation
  }

  /// A 1×1 convolution with one group and, perhaps, a residual.
  struct Projection {
    var convolution: Convolution
    var weights: PackedWeights
    var residual: PlannedMap?
  }

  private let facts: Facts
  /// Blocks of channels that are computed together, with the expansion's weights.
  private let panels: [WeightPanel]
  /// Rows of the output of a task.
  private let rowRanges: EvenDivision
  private let segmentOffsets: OffsetTable?
  /// The rows of the caller's images that the expansion reads.
  private let imageRows: SurroundedRows?
  /// Where the segments of the projection begin.
  private let projectionOffsets: OffsetTable?
  /// Pixels of a row with the zeros around them.
  private let columnCount: Int
  /// Rows that are kept: what one run of output rows reads.
  private let keptRowCount: Int
  /// Output rows that are computed at once.
  private let rowsAtOnce: Int
  /// Of what is projected at once.
  private let projectedElementCount: Int
  /// Whether the expansion's weights are so many, and used for so few pixels, that they are fetched
  /// ahead.
  private let bringsWeightsNear: Bool

  private static let cachedElementCount = 48 * 1024
  /// The same where all channels are kept, with what is projected.
  private static let wholeElementCount = 160 * 1024

  init(_ facts: Facts, layerIndex: Int, title: String, multiplyAdds: Int, threadCount: Int) {
    self.facts = facts
    bringsWeightsNear =
      (facts.expansion?.convolution.weightShape.reduce(1, *) ?? 0) > 48 * 1024
      && facts.wideShape.height * facts.wideShape.width <= 256
    // Each is made as a constant first; see `WinogradStep`.
    let convolution = facts.convolution
    let middle = facts.middleShape
    let width = MapLayout.blockWidth
    let panels = facts.expansion?.weights.panels ?? facts.weights.panels
    self.panels = panels
    let columns = Self.columnCount(convolution, facts.wideShape, middle)
    columnCount = columns
    let isWhole = facts.projection != nil
    let widestPanel = panels.map(\.blockCount).max() ?? 1
    let blockCount = isWhole ? MapLayout.blockCount(middle.channels) : widestPanel
    let rowElementCount = blockCount * columns * width
    let taskCount = facts.imageCount * (isWhole ? 1 : panels.count)
    let isDividedWell = taskCount % threadCount == 0 || taskCount >= 8 * threadCount
    let keepsApart = Self.keepsThreadsApart(
      convolution, height: facts.wideShape.height, threadCount)
    let ranges = EvenDivision(
      middle.height, longest: middle.height,
      multiple: keepsApart || !isDividedWell ? threadCount : 1)
    rowRanges = ranges
    // A row of the output needs as many new rows as the stride says, and room for what is projected.
    let projectedRowCount = isWhole ? blockCount * middle.width * width : 0
    let fitting = isWhole ? Self.wholeElementCount : Self.cachedElementCount
    let overlap = (convolution.kernelSize - convolution.stride) * rowElementCount
    let atOnce = min(
      ranges.longestPart,
      max(1, (fitting - overlap) / (convolution.stride * rowElementCount + projectedRowCount)))
    let kept = (atOnce - 1) * convolution.stride + convolution.kernelSize
    rowsAtOnce = atOnce
    keptRowCount = kept
    let projectedStride = atOnce * middle.width * width
    projectionOffsets = facts.projection.map { _ in
      OffsetTable(
        planes: blockCount, planeStride: projectedStride, rows: 1, rowStride: 0, columns: 1,
        columnStride: 0)
    }
    let imageRows =
      facts.input == nil
      ? facts.expansion.map {
        SurroundedRows(
          $0.convolution, facts.inputShape, isPlanar: true, outputWidth: facts.wideShape.width,
          outputRowCount: kept)
      } : nil
    self.imageRows = imageRows
    segmentOffsets =
      imageRows?.segmentOffsets
      ?? facts.expansion.map { _ in
        OffsetTable(
          planes: facts.input!.layout.blockCount, planeStride: facts.input!.layout.blockStride,
          rows: 1, rowStride: 0, columns: 1, columnStride: 0)
      }
    projectedElementCount = atOnce * projectedRowCount
    // One more for a row of zeros, what is projected, and rows of the images.
    let scratch =
      kept * rowElementCount + columns * width + atOnce * projectedRowCount
      + (imageRows?.elementCount ?? 0)
    super.init(
      layerIndex: layerIndex, title: title,
      kernel: (facts.expansion == nil ? "" : imageRows == nil ? "product, " : "direct, ")
        + "depthwise" + (isWhole ? ", product" : ""),
      multiplyAdds: multiplyAdds,
      inputs: [facts.input, facts.projection?.residual].compactMap { $0 }, output: facts.output,
      taskCount: taskCount * ranges.partCount, scratchCount: scratch)
  }

  /// Whether the network's first convolution is made row by row for the depthwise one after it: some
  /// of its rows, of all channels, stay in the caches.
  static func suitsFirst(
    _ first: Convolution, before convolution: Convolution, wide: FeatureShape,
    output: FeatureShape, threadCount: Int
  ) -> Bool {
    let rowElementCount =
      MapLayout.blockCount(wide.channels) * MapLayout.blockWidth
      * columnCount(convolution, wide, output)
    return first.groups == 1 && (convolution.kernelSize + 1) * rowElementCount <= wholeElementCount
      && (threadCount == 1 || keepsThreadsApart(convolution, height: wide.height, threadCount))
  }

  /// Pixels of a row that is kept, with the zeros around them.
  private static func columnCount(
    _ convolution: Convolution, _ input: FeatureShape, _ output: FeatureShape
  ) -> Int {
    max(
      (output.width - 1) * convolution.stride + convolution.kernelSize,
      convolution.fixedPadding.left + input.width)
  }

  /// Whether each thread gets its own range of rows. That keeps it in its own part of the maps, but
  /// it computes some rows of the expansion that its neighbour computes, too.
  private static func keepsThreadsApart(
    _ convolution: Convolution, height: Int, _ threadCount: Int
  ) -> Bool {
    let sharedRowCount = (convolution.kernelSize - convolution.stride) * (threadCount - 1)
    return 25 * sharedRowCount <= height
  }

  /// Whether it pays to do the projection at once: on maps so wide that what is between would leave
  /// the caches, with so few channels that some rows of all of them stay there.
  static func suitsProjection(
    _ projection: Convolution, after convolution: Convolution, input: FeatureShape,
    output: FeatureShape, threadCount: Int
  ) -> Bool {
    let columns = columnCount(convolution, input, output)
    let rowElementCount =
      MapLayout.blockCount(output.channels) * MapLayout.blockWidth * columns
    return projection.isPointwise && projection.groups == 1 && output.width >= 28
      && (convolution.kernelSize + 1) * rowElementCount <= wholeElementCount
      && (threadCount == 1
        || keepsThreadsApart(convolution, height: input.height, threadCount))
  }

  override func run(_ task: Int, in memory: StepMemory) {
    // Neighbouring tasks share weights that are used for few pixels, or else an image.
    let panelCount = facts.projection == nil ? panels.count : 1
    let perImage = rowRanges.partCount * panelCount
    let part = bringsWeightsNear ? task / facts.imageCount : task % perImage
    let image = bringsWeightsNear ? task % facts.imageCount : task / perImage
    let rows = rowRanges[part / panelCount]
    let panelRange =
      facts.projection == nil
      ? (part % panelCount)..<(part % panelCount + 1) : panels.indices
    let place = Place(
      self, panels: panels[panelRange.lowerBound].firstBlock,
      blockCount:
        panelRange.reduce(0) { $0 + panels[$1].blockCount }, image: image, memory)
    place.clear(facts.convolution.fixedPadding.left, facts.wideShape.width)

    let convolution = facts.convolution
    /// Rows of the map that have been made.
    var made = rows.lowerBound * convolution.stride - convolution.fixedPadding.top
    var first = rows.lowerBound
    while first < rows.upperBound {
      let end = min(first + rowsAtOnce, rows.upperBound)
      let needed =
        (end - 1) * convolution.stride + convolution.kernelSize - convolution.fixedPadding.top
      let new = max(made, 0)..<max(made, 0, min(needed, facts.wideShape.height))
      if let imageRows, !new.isEmpty {
        let shape = facts.inputShape
        unsafe imageRows.copy(
          new, from: memory.images! + image * shape.elementCount, shape.height * shape.width,
          to: place.imageRows)
      }
      for index in panelRange {
        let next = bringsWeightsNear && index + 1 < panels.count ? panels[index + 1] : nil
        for row in new {
          make(row, of: panels[index], before: next, at: place, firstRow: new.lowerBound)
        }
        for row in first..<end {
          convolve(row, of: panels[index], firstRow: first, at: place)
        }
      }
      if let projection = facts.projection {
        project(first..<end, projection, at: place)
      }
      made = max(made, needed)
      first = end
    }
  }

  /// The thread's own memory during a task.
  @safe private struct Place {
    let memory: StepMemory
    let image: Int
    let firstBlock: Int
    let blockCount: Int
    /// Elements of a row of one block.
    let rowStride: Int
    let keptRowCount: Int
    /// A row of zeros.
    let zeros: UnsafeMutablePointer<Float>
    /// What is projected.
    let projected: UnsafeMutablePointer<Float>
    /// Rows of the caller's images.
    let imageRows: UnsafeMutablePointer<Float>

    init(
      _ step: DepthwiseStep, panels firstBlock: Int, blockCount: Int, image: Int,
      _ memory: StepMemory
    ) {
      self.memory = memory
      self.image = image
      self.firstBlock = firstBlock
      self.blockCount = blockCount
      rowStride = step.columnCount * MapLayout.blockWidth
      keptRowCount = step.keptRowCount
      unsafe zeros = unsafe memory.scratch + blockCount * keptRowCount * rowStride
      unsafe projected = unsafe zeros + rowStride
      unsafe imageRows = unsafe projected + step.projectedElementCount
    }

    /// Where a kept row of a block begins.
    func row(_ row: Int, ofBlock block: Int) -> UnsafeMutablePointer<Float> {
      unsafe memory.scratch + ((block - firstBlock) * keptRowCount + row % keptRowCount) * rowStride
    }

    /// Puts zeros where no row of the map will be.
    func clear(_ left: Int, _ pixels: Int) {
      let width = MapLayout.blockWidth
      unsafe zeros.update(repeating: 0, count: rowStride)
      for index in 0..<(blockCount * keptRowCount) {
        let row = unsafe memory.scratch + index * rowStride
        unsafe row.update(repeating: 0, count: left * width)
        unsafe (row + (left + pixels) * width).update(
          repeating: 0, count: rowStride - (left + pixels) * width)
      }
    }
  }

  /// Makes one row of what is convolved; `firstRow` is the first whose image rows have been copied.
  private func make(
    _ row: Int, of panel: WeightPanel, before next: WeightPanel?, at place: Place, firstRow: Int
  ) {
    let width = MapLayout.blockWidth
    let memory = place.memory
    let left = facts.convolution.fixedPadding.left * width
    guard let expansion = facts.expansion else {
      let input = facts.input!.layout
      let start = unsafe memory.start(of: facts.input!) + place.image * input.imageStride
      let pixels = unsafe start + row * input.shape.width * width
      for block in panel.firstBlock..<(panel.firstBlock + panel.blockCount) {
        unsafe (place.row(row, ofBlock: block) + left).update(
          from: pixels + block * input.blockStride, count: input.shape.width * width)
      }
      return
    }
    var arguments = unsafe gpk_f32_conv()
    if let imageRows {
      let stride = expansion.convolution.stride
      unsafe arguments.input = unsafe UnsafePointer(
        place.imageRows + (row - firstRow) * stride * imageRows.rowStride)
      unsafe arguments.input_pixel_stride = stride
      unsafe arguments.segment_offsets = unsafe UnsafePointer(segmentOffsets!.start)
      unsafe arguments.partial_segment_count = segmentOffsets!.count
      unsafe arguments.partial_length = expansion.convolution.kernelSize
    } else {
      let input = facts.input!.layout
      let channels = input.shape.channels
      let blocks = panel.inputBlocks
      let wholeEnd = min(blocks.upperBound, channels / width)
      unsafe arguments.input = unsafe UnsafePointer(
        memory.start(of: facts.input!) + place.image * input.imageStride
          + row * input.shape.width * width)
      unsafe arguments.input_pixel_stride = width
      unsafe arguments.segment_offsets = unsafe UnsafePointer(
        segmentOffsets!.start + blocks.lowerBound)
      unsafe arguments.whole_segment_count = max(0, wholeEnd - blocks.lowerBound)
      unsafe arguments.partial_segment_count = blocks.upperBound > channels / width ? 1 : 0
      unsafe arguments.partial_length = channels % width
    }
    unsafe arguments.weights = unsafe panel.weights
    unsafe arguments.weight_block_stride = panel.blockStride
    unsafe arguments.bias = unsafe expansion.weights.bias.map {
      unsafe $0 + panel.firstBlock * width
    }
    unsafe arguments.output = unsafe place.row(row, ofBlock: panel.firstBlock) + left
    unsafe arguments.output_pixel_stride = width
    unsafe arguments.output_block_stride = place.keptRowCount * place.rowStride
    unsafe arguments.pixel_count = facts.wideShape.width
    unsafe arguments.block_count = panel.blockCount
    unsafe arguments.activation = expansion.activation
    if let next, next.blockCount == panel.blockCount {
      // A share for each row.
      let height = facts.wideShape.height
      let channels = facts.inputShape.channels
      let from = row * channels / height
      unsafe arguments.next_weights = unsafe next.weights + from * width
      unsafe arguments.next_count = ((row + 1) * channels / height - from) * width
    }
    unsafe memory.kernels.pointee.conv(&arguments)
  }

  /// Convolves one row, into the output or into what is projected.
  private func convolve(
    _ row: Int, of panel: WeightPanel, firstRow: Int, at place: Place
  ) {
    let width = MapLayout.blockWidth
    let memory = place.memory
    let convolution = facts.convolution
    let kernelSize = convolution.kernelSize
    let rowCount = facts.middleShape.width * width
    let top = row * convolution.stride - convolution.fixedPadding.top
    let height = facts.wideShape.height
    let output = facts.output.layout
    let start =
      unsafe facts.projection == nil
      ? memory.start(of: facts.output) + place.image * output.imageStride + row * rowCount
      : place.projected + (row - firstRow) * rowCount
    let blockStride = facts.projection == nil ? output.blockStride : rowsAtOnce * rowCount
    unsafe withUnsafeTemporaryAllocation(
      of: UnsafePointer<Float>?.self, capacity: kernelSize
    ) { rows in
      for block in panel.firstBlock..<(panel.firstBlock + panel.blockCount) {
        for tap in 0..<kernelSize {
          let isInside = top + tap >= 0 && top + tap < height
          unsafe rows.initializeElement(
            at: tap,
            to: UnsafePointer(isInside ? place.row(top + tap, ofBlock: block) : place.zeros))
        }
        var arguments = unsafe gpk_f32_depthwise(
          rows: UnsafePointer(rows.baseAddress!),
          weights: facts.weights.weights(ofBlock: block), bias: facts.weights.bias! + block * width,
          output: start + block * blockStride, count: facts.middleShape.width,
          kernel_size: kernelSize, stride: convolution.stride, activation: facts.activation)
        unsafe memory.kernels.pointee.depthwise(&arguments)
      }
    }
  }

  /// Projects some rows, which lie one behind the other.
  private func project(_ rows: Range<Int>, _ projection: Projection, at place: Place) {
    let width = MapLayout.blockWidth
    let memory = place.memory
    let channels = facts.middleShape.channels
    let output = facts.output.layout
    let start = place.image * output.imageStride + rows.lowerBound * output.shape.width * width
    for panel in projection.weights.panels {
      let block = start + panel.firstBlock * output.blockStride
      var arguments = unsafe gpk_f32_conv()
      unsafe arguments.input = unsafe UnsafePointer(place.projected)
      unsafe arguments.input_pixel_stride = width
      unsafe arguments.segment_offsets = unsafe UnsafePointer(projectionOffsets!.start)
      unsafe arguments.whole_segment_count = channels / width
      unsafe arguments.partial_segment_count = channels % width == 0 ? 0 : 1
      unsafe arguments.partial_length = channels % width
      unsafe arguments.weights = unsafe panel.weights
      unsafe arguments.weight_block_stride = panel.blockStride
      unsafe arguments.bias = unsafe projection.weights.bias.map {
        unsafe $0 + panel.firstBlock * width
      }
      unsafe arguments.residual = unsafe projection.residual.map {
        unsafe UnsafePointer(memory.start(of: $0) + block)
      }
      unsafe arguments.output = unsafe memory.start(of: facts.output) + block
      unsafe arguments.output_pixel_stride = width
      unsafe arguments.output_block_stride = output.blockStride
      unsafe arguments.pixel_count = rows.count * output.shape.width
      unsafe arguments.block_count = panel.blockCount
      unsafe memory.kernels.pointee.conv(&arguments)
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
