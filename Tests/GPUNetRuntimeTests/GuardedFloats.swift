import Glibc

/// Floats that end where a page begins that nobody may touch: whoever reads or writes beyond them
/// ends the process. Before them stand canaries. Their address is a multiple of 4 and, for most
/// counts, of nothing more.
@safe final class GuardedFloats {
  let start: UnsafeMutablePointer<Float>
  let count: Int

  private let mapping: UnsafeMutableRawPointer
  private let byteCount: Int
  private let canaryCount = 64
  private static let canary: UInt32 = 0x7fa5_c0de

  /// Makes room for some floats, all of which are NaNs.
  init(count: Int) {
    let page = Int(getpagesize())
    let needed = (count + canaryCount) * 4
    byteCount = (needed + page - 1) / page * page + page
    unsafe mapping = mmap(
      nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
    unsafe precondition(mapping != MAP_FAILED, "no memory for a test")
    let end = unsafe mapping + byteCount - page
    unsafe precondition(mprotect(end, page, PROT_NONE) == 0, "no guard page")
    unsafe start = (end - count * 4).bindMemory(to: Float.self, capacity: count)
    self.count = count
    for index in -canaryCount..<count {
      unsafe start[index] = Float(bitPattern: Self.canary)
    }
  }

  convenience init(_ values: [Float]) {
    self.init(count: values.count)
    self.values = values
  }

  deinit { unsafe munmap(mapping, byteCount) }

  /// The floats.
  var values: [Float] {
    get { (0..<count).map { unsafe start[$0] } }
    set {
      precondition(newValue.count == count, "as many floats")
      for index in 0..<count { unsafe start[index] = newValue[index] }
    }
  }

  /// Whether nothing before the floats was written to.
  var isIntact: Bool {
    (-canaryCount..<0).allSatisfy {
      unsafe start[$0].bitPattern == Float(bitPattern: Self.canary).bitPattern
    }
  }

  /// Whether a float still is what it was at first.
  func isUntouched(_ index: Int) -> Bool {
    unsafe start[index].bitPattern == Float(bitPattern: Self.canary).bitPattern
  }
}
