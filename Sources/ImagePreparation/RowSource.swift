internal import CPictureKernels
internal import PictureFiles

/// The rows of a picture, resized to other columns.
@safe struct RowSource {
  private let pixels: UnsafePointer<UInt8>
  private let width: Int
  private let height: Int
  private let columns: AxisResizing
  /// A row of the result, with the byte that kernels write behind it.
  private var output: [UInt8]
  /// A copy of a row with the bytes behind it that kernels read.
  private var lastRow: [UInt8]

  /// - Parameters:
  ///   - pixels: Those of the picture, which have to stay.
  ///   - picture: The picture.
  ///   - columns: How its columns are resized.
  @unsafe init(_ pixels: UnsafePointer<UInt8>, of picture: Picture, columns: AxisResizing) {
    unsafe self.pixels = unsafe pixels
    width = picture.width
    height = picture.height
    self.columns = columns
    output = [UInt8](repeating: 0, count: 3 * columns.count + 1)
    lastRow = [UInt8](repeating: 0, count: 3 * picture.width + Int(GPI_ROW_SLACK))
  }

  /// Gives the pixels of a row.
  mutating func withRow(_ row: Int, _ body: (UnsafePointer<UInt8>) -> Void) {
    if case .same(let range) = columns {
      unsafe body(pixels + 3 * (row * width + range.lowerBound))
      return
    }
    var output: [UInt8] = []
    swap(&output, &self.output)
    unsafe output.withUnsafeMutableBufferPointer { output in
      unsafe write(row, to: output.baseAddress!)
      unsafe body(UnsafePointer(output.baseAddress!))
    }
    swap(&output, &self.output)
  }

  /// Writes the pixels of a row; there is room for one byte more.
  mutating func write(_ row: Int, to output: UnsafeMutablePointer<UInt8>) {
    let start = unsafe pixels + 3 * row * width
    switch columns {
    case .same(let range):
      unsafe output.update(from: start + 3 * range.lowerBound, count: 3 * range.count)
    case .nearest(let nearest):
      for (index, pixel) in nearest.indices.enumerated() {
        unsafe (output + 3 * index).update(from: start + 3 * pixel, count: 3)
      }
    case .sums(let weights):
      let followingByteCount = 3 * width * (height - row - 1)
      guard followingByteCount < Int(GPI_ROW_SLACK) else {
        unsafe RowSource.resample(start, weights, to: output)
        return
      }
      unsafe lastRow.withUnsafeMutableBufferPointer { copy in
        unsafe copy.baseAddress!.update(from: start, count: 3 * width)
        unsafe RowSource.resample(copy.baseAddress!, weights, to: output)
      }
    }
  }

  private static func resample(
    _ row: UnsafePointer<UInt8>, _ weights: ResamplingWeights,
    to output: UnsafeMutablePointer<UInt8>
  ) {
    unsafe gpi_resample_row(
      row, output, weights.firsts.count, weights.firsts, weights.groups, weights.groupCount)
  }
}
