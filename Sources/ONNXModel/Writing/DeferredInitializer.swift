import BinaryInput
import NetworkProgram
import TensorData

/// An initializer whose elements are made only when they are written.
struct DeferredInitializer: Sendable {
  /// The name, the shape and the elements.
  let parameter: DeferredParameter
  /// Whether the elements may be beyond the range of ``parameter``'s type, being rounded to it.
  let mayOverflow: Bool
  /// Where the elements are, if they are in a file of their own.
  fileprivate(set) var place: Place?

  /// An initializer inside the model's file.
  init(parameter: DeferredParameter, mayOverflow: Bool) {
    self.parameter = parameter
    self.mayOverflow = mayOverflow
  }

  /// A place in a file beside the model's.
  struct Place: Hashable, Sendable {
    /// The name of that file.
    let fileName: String
    /// Where the elements begin.
    let byteOffset: Int
  }

  /// The number of bytes of the elements.
  var byteCount: Int { parameter.byteCount(in: .rowMajor) }

  /// What a large tensor's place in its own file is a multiple of, so that it can be mapped: a page.
  private static let pageByteCount = 4_096
  /// What a smaller tensor's place is a multiple of.
  private static let smallAlignment = 64

  /// Where a tensor of so many bytes begins at or after `end`.
  fileprivate static func byteOffset(of byteCount: Int, after end: Int) -> Int {
    let alignment = byteCount < pageByteCount ? smallAlignment : pageByteCount
    return (end + alignment - 1) / alignment * alignment
  }

  /// Appends the elements.
  ///
  /// - Throws: `io.write`; `network.parameter` where a norm cannot be folded or an element is beyond
  ///   the range of 16 bits; `io.memory`.
  func write(to file: inout AtomicOutputFile) throws(ReadError) {
    let isChecked = mayOverflow && parameter.elementType == .f16
    try parameter.forEachPart(in: .rowMajor) { (part: Bytes) throws(ReadError) in
      if isChecked { try checkRange(part) }
      try file.write(part)
    }
  }

  /// Infinities and what is no number have an exponent of ones only.
  private func checkRange(_ part: Bytes) throws(ReadError) {
    let isFinite = stride(from: 1, to: part.count, by: 2).allSatisfy { part[$0] & 0x7C != 0x7C }
    guard isFinite else {
      throw ReadError(
        .networkParameter, "an element is no finite number of 16 bits", path: [parameter.name],
        expected: "at most 65504", advice: "write the weights as f32")
    }
  }
}

extension [DeferredInitializer] {
  /// Gives all of them places in a file of their own, one after the other.
  mutating func place(in fileName: String) -> ONNXExport.ExternalData {
    var end = 0
    for index in indices {
      let byteCount = self[index].byteCount
      let offset = DeferredInitializer.byteOffset(of: byteCount, after: end)
      self[index].place = DeferredInitializer.Place(fileName: fileName, byteOffset: offset)
      end = offset + byteCount
    }
    return ONNXExport.ExternalData(fileName: fileName, byteCount: end)
  }
}
