/// A table of offsets that kernels and tasks read: where the segments of a reduction begin, from a
/// pixel on, or where maps begin in the arena.
///
/// `@unchecked Sendable`: written only while it is created.
@safe final class OffsetTable: @unchecked Sendable {
  let start: UnsafeMutablePointer<Int>
  let count: Int

  /// The segments of a kernel: planes outermost, then rows, then columns.
  init(
    planes: Int, planeStride: Int, rows: Int, rowStride: Int, columns: Int, columnStride: Int
  ) {
    count = planes * rows * columns
    unsafe start = .allocate(capacity: count)
    for index in 0..<count {
      let column = index % columns
      let row = index / columns % rows
      let plane = index / columns / rows
      unsafe (start + index).initialize(
        to: plane * planeStride + row * rowStride + column * columnStride)
    }
  }

  /// Copies offsets.
  init(_ offsets: [Int]) {
    count = offsets.count
    unsafe start = .allocate(capacity: max(count, 1))
    for index in 0..<count { unsafe (start + index).initialize(to: offsets[index]) }
  }

  deinit { unsafe start.deallocate() }
}
