internal import CPictureKernels
internal import PictureFiles

/// The rows of a resized picture whose columns are summed before its rows.
@safe struct ColumnSums {
  private let pixels: UnsafePointer<UInt8>
  private let rowByteCount: Int
  private let down: ResamplingWeights
  private let across: ResamplingWeights
  /// Where the first pixel of a row that has any weight is, in bytes, and how many bytes have some.
  private let start: Int
  private let byteCount: Int
  /// The pixels that are summed across, counted from `start` on.
  private let firsts: [UInt32]
  /// The sums of columns, with room behind them for what kernels take at once and read in vain.
  private var sums: [UInt8]
  /// A row of the result, with the byte that kernels write behind it.
  private var output: [UInt8]
  private var taps: [UnsafePointer<UInt8>?]

  /// How many bytes kernels sum at once.
  private static let blockByteCount = 16

  /// - Parameters:
  ///   - pixels: Those of the picture, which have to stay.
  ///   - picture: The picture.
  ///   - across: The weights by which the sums of columns are summed.
  ///   - down: The weights of columns.
  @unsafe init(
    _ pixels: UnsafePointer<UInt8>, of picture: Picture, across: ResamplingWeights,
    down: ResamplingWeights
  ) {
    unsafe self.pixels = unsafe pixels
    rowByteCount = 3 * picture.width
    self.down = down
    self.across = across
    let first = Int(across.firsts.min() ?? 0)
    let last = Int(across.firsts.max() ?? 0)
    let end = across.firsts.indices.map { Int(across.firsts[$0]) + across.counts[$0] }.max() ?? 0
    start = 3 * first
    byteCount = 3 * (end - first)
    firsts = across.firsts.map { $0 - UInt32(first) }
    let readByteCount = 3 * (last - first + 4 * across.groupCount) + Int(GPI_ROW_SLACK)
    sums = [UInt8](
      repeating: 0, count: max(readByteCount, byteCount + ColumnSums.blockByteCount))
    output = [UInt8](repeating: 0, count: 3 * across.firsts.count + 1)
    unsafe taps = unsafe [UnsafePointer<UInt8>?](repeating: nil, count: 4 * down.groupCount)
  }

  /// Gives the pixels of a row of the result.
  mutating func withRow(_ row: Int, _ body: (UnsafePointer<UInt8>) -> Void) {
    let block = ColumnSums.blockByteCount
    if byteCount < block {
      sumNarrow(row)
    } else {
      let wholeByteCount = byteCount / block * block
      sum(row, from: 0, byteCount: wholeByteCount)
      // The last block overlaps the one before it, so that nothing behind the picture is read.
      if wholeByteCount < byteCount { sum(row, from: byteCount - block, byteCount: block) }
    }
    unsafe gpi_resample_row(
      sums, &output, firsts.count, firsts, across.groups, across.groupCount)
    unsafe output.withUnsafeBufferPointer { unsafe body($0.baseAddress!) }
  }

  /// The row of the picture at a place of a sum; what has no weight may be any row.
  private func source(_ row: Int, _ tap: Int) -> Int {
    Int(down.firsts[row]) + min(tap, down.counts[row] - 1)
  }

  private mutating func sum(_ row: Int, from offset: Int, byteCount: Int) {
    for tap in unsafe taps.indices {
      unsafe taps[tap] = pixels + source(row, tap) * rowByteCount + start + offset
    }
    unsafe sums.withUnsafeMutableBufferPointer { sums in
      unsafe down.groups.withUnsafeBufferPointer { groups in
        unsafe gpi_resample_rows(
          taps, sums.baseAddress! + offset, byteCount,
          groups.baseAddress! + row * down.groupCount, down.groupCount)
      }
    }
  }

  /// Sums copies of rows that have fewer bytes than kernels sum at once.
  private mutating func sumNarrow(_ row: Int) {
    let block = ColumnSums.blockByteCount
    var copies = unsafe [UInt8](repeating: 0, count: taps.count * block)
    unsafe copies.withUnsafeMutableBufferPointer { rows in
      for tap in unsafe taps.indices {
        let copy = unsafe rows.baseAddress! + tap * block
        unsafe copy.update(
          from: pixels + source(row, tap) * rowByteCount + start, count: byteCount)
        unsafe taps[tap] = UnsafePointer(copy)
      }
      unsafe sums.withUnsafeMutableBufferPointer { sums in
        unsafe down.groups.withUnsafeBufferPointer { groups in
          unsafe gpi_resample_rows(
            taps, sums.baseAddress!, block, groups.baseAddress! + row * down.groupCount,
            down.groupCount)
        }
      }
    }
  }
}
