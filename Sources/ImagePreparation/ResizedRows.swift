internal import BinaryInput
internal import CPictureKernels
internal import PictureFiles

/// The part of a resized picture that a crop keeps, row by row, and nothing else of it computed.
///
/// As in Pillow, one axis is summed and rounded to bytes before the other; so the bits are those of the
/// whole resized picture.
struct ResizedRows {
  let picture: Picture
  let columns: AxisResizing
  let rows: AxisResizing

  /// Whether columns are summed before rows.
  let isVerticalFirst: Bool

  /// Chooses what is to be done for a part of a resized picture.
  ///
  /// - Parameters:
  ///   - columns: The columns of the result that are kept.
  ///   - rows: Its rows that are kept.
  ///   - extent: The width and height of the whole result.
  ///   - picture: The picture.
  ///   - interpolation: How it is resized.
  init(
    columns: Range<Int>, rows: Range<Int>, of extent: (width: Int, height: Int),
    from picture: Picture, _ interpolation: Interpolation
  ) {
    self.picture = picture
    self.columns = AxisResizing(columns, of: extent.width, from: picture.width, interpolation)
    self.rows = AxisResizing(rows, of: extent.height, from: picture.height, interpolation)
    // Pillow's rule since version 13: what loses twice as many rows as columns is summed down first.
    let lostRowCount = picture.height - extent.height
    isVerticalFirst = lostRowCount > 0 && lostRowCount > 2 * (picture.width - extent.width)
  }

  /// Gives each row to `body`: its number and its pixels of three bytes, of which there are ``columns``.
  func forEach(_ body: (Int, UnsafePointer<UInt8>) -> Void) {
    unsafe picture.pixels.span.withUnsafeBytes { bytes in
      // A picture has a pixel, so there is an address.
      let pixels = unsafe bytes.baseAddress!.assumingMemoryBound(to: UInt8.self)
      if isVerticalFirst, case .sums(let across) = columns, case .sums(let down) = rows {
        var sums = unsafe ColumnSums(pixels, of: picture, across: across, down: down)
        for row in down.firsts.indices { unsafe sums.withRow(row) { unsafe body(row, $0) } }
        return
      }
      var source = unsafe RowSource(pixels, of: picture, columns: columns)
      switch rows {
      case .same(let range):
        for (index, row) in range.enumerated() {
          unsafe source.withRow(row) { unsafe body(index, $0) }
        }
      case .nearest(let nearest):
        for (index, row) in nearest.indices.enumerated() {
          unsafe source.withRow(row) { unsafe body(index, $0) }
        }
      case .sums(let weights):
        unsafe sum(&source, weights, body)
      }
    }
  }

  /// Sums rows, of which only as many are kept as one sum needs.
  private func sum(
    _ source: inout RowSource, _ weights: ResamplingWeights,
    _ body: (Int, UnsafePointer<UInt8>) -> Void
  ) {
    // Kernels take sixteen bytes at once and write one too many.
    let byteCount = (3 * columns.count + 15) / 16 * 16
    let stride = byteCount + 16
    let keptCount = 4 * weights.groupCount
    var kept = [UInt8](repeating: 0, count: keptCount * stride)
    var output = [UInt8](repeating: 0, count: byteCount)
    var taps = unsafe [UnsafePointer<UInt8>?](repeating: nil, count: keptCount)
    var nextRow = 0
    unsafe kept.withUnsafeMutableBufferPointer { kept in
      for index in weights.firsts.indices {
        let first = Int(weights.firsts[index])
        let end = first + weights.counts[index]
        for row in max(nextRow, first)..<max(end, nextRow, first) {
          unsafe source.write(row, to: kept.baseAddress! + row % keptCount * stride)
        }
        nextRow = max(end, nextRow)
        for tap in 0..<keptCount {
          // What has no weight may be any row.
          let row = min(first + tap, end - 1)
          unsafe taps[tap] = UnsafePointer(kept.baseAddress! + row % keptCount * stride)
        }
        unsafe output.withUnsafeMutableBufferPointer { output in
          unsafe weights.groups.withUnsafeBufferPointer { groups in
            unsafe gpi_resample_rows(
              taps, output.baseAddress, byteCount,
              groups.baseAddress! + index * weights.groupCount, weights.groupCount)
          }
          unsafe body(index, UnsafePointer(output.baseAddress!))
        }
      }
    }
  }
}
