/// Texts that C can read, in one piece of memory; they live as long as this.
///
/// A text with a zero byte in it ends there for C.
///
/// `@unchecked Sendable`: written only while it is created.
@safe final class TextMemory: @unchecked Sendable {
  private let memory: UnsafeMutablePointer<CChar>
  private let starts: [Int]

  /// Copies texts.
  init(_ texts: [String]) {
    var starts: [Int] = []
    var byteCount = 0
    for text in texts {
      starts.append(byteCount)
      byteCount += text.utf8.count + 1
    }
    unsafe memory = .allocate(capacity: byteCount)
    var next = unsafe memory
    for text in texts {
      for byte in text.utf8 {
        unsafe next.initialize(to: CChar(bitPattern: byte))
        unsafe next += 1
      }
      unsafe next.initialize(to: 0)
      unsafe next += 1
    }
    self.starts = starts
  }

  deinit { unsafe memory.deallocate() }

  /// The number of texts.
  var count: Int { starts.count }

  /// The text at that place.
  subscript(index: Int) -> UnsafePointer<CChar> {
    unsafe UnsafePointer(memory + starts[index])
  }
}
