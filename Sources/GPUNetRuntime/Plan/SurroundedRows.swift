import NetworkProgram

/// Rows of a convolution's input in a thread's own memory, with the zeros around them that its pads
/// ask for, as the kernels read them: a pixel's segments are the same wherever the pixel lies.
///
/// Of a map in blocks a pixel is 16 channels; of the caller's images it is one, in as many planes as
/// there are channels.
struct SurroundedRows {
  private let convolution: Convolution
  /// Of the input.
  private let shape: FeatureShape
  /// 16, or 1 where planes are read.
  let pixelWidth: Int
  /// Blocks, or planes, of the input.
  let planeCount: Int
  /// From one block or plane to the next.
  let planeStride: Int
  /// From one row to the next.
  let rowStride: Int

  /// - Parameters:
  ///   - convolution: What reads the rows.
  ///   - shape: Of its input.
  ///   - isPlanar: Whether the input is the caller's.
  ///   - outputWidth: The pixels of a row of its output.
  ///   - outputRowCount: For how many rows of the output there is room at once.
  init(
    _ convolution: Convolution, _ shape: FeatureShape, isPlanar: Bool, outputWidth: Int,
    outputRowCount: Int
  ) {
    self.convolution = convolution
    self.shape = shape
    pixelWidth = isPlanar ? 1 : MapLayout.blockWidth
    planeCount = isPlanar ? shape.channels : MapLayout.blockCount(shape.channels)
    let columns = (outputWidth - 1) * convolution.stride + convolution.kernelSize
    let rows = (outputRowCount - 1) * convolution.stride + convolution.kernelSize
    rowStride = columns * pixelWidth
    planeStride = MapLayout.spread(rows * rowStride)
  }

  /// The elements of all rows.
  var elementCount: Int { planeCount * planeStride }

  /// Where the segments of a pixel lie: of a plane the rows of the kernel, which are short but have
  /// no padding channels; of blocks every tap.
  var segmentOffsets: OffsetTable {
    let isPlanar = pixelWidth == 1
    return OffsetTable(
      planes: planeCount, planeStride: planeStride, rows: convolution.kernelSize,
      rowStride: rowStride, columns: isPlanar ? 1 : convolution.kernelSize,
      columnStride: isPlanar ? 0 : pixelWidth)
  }

  /// Copies the rows that some rows of the output are made from.
  ///
  /// - Parameters:
  ///   - rows: Of the output.
  ///   - input: The first element of the image.
  ///   - inputStride: From one of its blocks or planes to the next.
  ///   - start: Where the rows go.
  func copy(
    _ rows: Range<Int>, from input: UnsafePointer<Float>, _ inputStride: Int,
    to start: UnsafeMutablePointer<Float>
  ) {
    let columns = rowStride / pixelWidth
    let left = min(convolution.fixedPadding.left, columns)
    let copied = max(0, min(shape.width, columns - left))
    let right = columns - left - copied
    let firstRow = rows.lowerBound * convolution.stride - convolution.fixedPadding.top
    let rowCount = (rows.count - 1) * convolution.stride + convolution.kernelSize
    for plane in 0..<planeCount {
      for row in 0..<rowCount {
        var place = unsafe start + plane * planeStride + row * rowStride
        let inputRow = firstRow + row
        guard inputRow >= 0, inputRow < shape.height else {
          unsafe place.update(repeating: 0, count: rowStride)
          continue
        }
        let pixels = unsafe input + plane * inputStride + inputRow * shape.width * pixelWidth
        unsafe place.update(repeating: 0, count: left * pixelWidth)
        unsafe place += left * pixelWidth
        unsafe place.update(from: pixels, count: copied * pixelWidth)
        unsafe (place + copied * pixelWidth).update(repeating: 0, count: right * pixelWidth)
      }
    }
  }
}
