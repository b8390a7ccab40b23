internal import CHDF5
internal import HDF5Exchange

/// A tensor in boxes whose elements follow each other in row-major order: one index of the first axes,
/// a part of the next one, and all of the others.
struct ElementRuns: Sequence, IteratorProtocol {
  /// One box.
  struct Run {
    var start: [Int]
    let extent: [Int]
    let byteCount: Int
  }

  private let shape: [Int]
  /// The axis that is divided; the number of axes for a tensor without elements or axes to divide.
  private let axis: Int
  /// How many indices of that axis are in a box.
  private let step: Int
  private let rowByteCount: Int
  private var position: [Int]?

  /// Divides a tensor that has elements.
  ///
  /// - Parameters:
  ///   - shape: The shape.
  ///   - elementByteCount: The number of bytes of an element.
  ///   - byteCountLimit: How long a box may be.
  ///   - chunk: The shape of the chunks that the elements are kept in. Where possible, a box has whole
  ///     ones, and it has elements of few.
  init(shape: [Int], elementByteCount: Int, byteCountLimit: Int, chunk: [Int]?) {
    var byteCountLimit = byteCountLimit
    while true {
      self.init(
        shape: shape, elementByteCount: elementByteCount, byteCountLimit: byteCountLimit,
        multipleOf: chunk?.first)
      guard let chunk, byteCountLimit > elementByteCount,
        mostChunks(of: chunk) > ElementRuns.chunkCountLimit
      else { return }
      byteCountLimit /= 2
    }
  }

  /// In how many chunks the elements of a box can be: the library notes something of several kilobytes
  /// for each that it reads from at once.
  private static let chunkCountLimit = 4_096

  private func mostChunks(of chunk: [Int]) -> Int {
    var count = 1
    for index in axis..<Swift.max(shape.count, axis) {
      let touched =
        index == axis ? (step - 1) / chunk[index] + 2 : (shape[index] - 1) / chunk[index] + 1
      count = count.multipliedReportingOverflow(by: touched).overflow ? .max : count * touched
    }
    return count
  }

  private init(shape: [Int], elementByteCount: Int, byteCountLimit: Int, multipleOf multiple: Int?)
  {
    self.shape = shape
    position = shape.map { _ in 0 }
    var rest = shape.reduce(elementByteCount, *)
    var axis = 0
    while axis < shape.count, rest / shape[axis] > byteCountLimit {
      rest /= shape[axis]
      axis += 1
    }
    self.axis = axis
    guard axis < shape.count else {
      step = 1
      rowByteCount = rest
      return
    }
    rowByteCount = rest / shape[axis]
    var step = Swift.min(shape[axis], Swift.max(byteCountLimit / rowByteCount, 1))
    if axis == 0, let multiple, step > multiple { step -= step % multiple }
    self.step = step
  }

  /// Divides a tensor into boxes of the given extent, which is one of ``run(shape:…)``.
  init(shape: [Int], elementByteCount: Int, run: [Int]) {
    self.shape = shape
    position = shape.map { _ in 0 }
    axis = run.firstIndex { $0 != 1 } ?? Swift.max(shape.count - 1, 0)
    step = run.isEmpty ? 1 : run[axis]
    rowByteCount = shape.dropFirst(axis + 1).reduce(elementByteCount, *)
  }

  /// The number of bytes of the longest box.
  var largestByteCount: Int { rowByteCount * step }

  mutating func next() -> Run? {
    guard let start = position else { return nil }
    guard axis < shape.count else {
      position = nil
      return Run(start: start, extent: shape, byteCount: rowByteCount)
    }
    let count = Swift.min(step, shape[axis] - start[axis])
    var extent = shape
    for index in 0..<axis { extent[index] = 1 }
    extent[axis] = count
    advance(by: count)
    return Run(start: start, extent: extent, byteCount: rowByteCount * count)
  }

  private mutating func advance(by count: Int) {
    guard var start = position else { return }
    start[axis] += count
    var index = axis
    while start[index] >= shape[index] {
      guard index > 0 else {
        position = nil
        return
      }
      start[index] = 0
      index -= 1
      start[index] += 1
    }
    position = start
  }
}

extension ElementRuns.Run {
  /// Selects the box in a dataset's space; gives the space of the same box in memory, or nil for a
  /// scalar, of which there is nothing to select.
  func select(in space: Handle) throws(WorkerFailure) -> Handle? {
    guard !start.isEmpty else { return nil }
    let start = self.start.map { hsize_t($0) }
    let extent = self.extent.map { hsize_t($0) }
    try require(
      unsafe H5Sselect_hyperslab(space.id, H5S_SELECT_SET, start, nil, extent, nil),
      "a part of the dataset cannot be chosen")
    return try Handle(
      unsafe H5Screate_simple(CInt(extent.count), extent, nil), closing: H5Sclose,
      "a part of the dataset cannot be chosen")
  }
}
