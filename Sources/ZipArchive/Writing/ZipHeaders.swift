/// The three places where an archive describes an entry, for one that is written.
struct ZipHeaders {
  private let name: [UInt8]
  private let byteCount: Int
  private let offset: Int
  private let layout: ZipLayout

  /// Describes an entry whose local header is at `offset`.
  init(name: String, byteCount: Int, offset: Int, _ layout: ZipLayout) {
    self.name = Array(name.utf8)
    self.byteCount = byteCount
    self.offset = offset
    self.layout = layout
  }

  private enum Signature {
    static let local: UInt32 = 0x0403_4b50
    static let directory: UInt32 = 0x0201_4b50
    static let descriptor: UInt32 = 0x0807_4b50
  }

  private enum Flags {
    static let descriptor: UInt16 = 1 << 3
    static let utf8: UInt16 = 1 << 11
  }

  private static let localByteCount = 30
  /// The identifier and the length of an extra field.
  private static let extraHeaderByteCount = 4
  private static let wideIdentifier: UInt16 = 1
  /// `FB`, and what such a field is filled with.
  private static let paddingIdentifier: UInt16 = 0x4246
  private static let padding = UInt8(ascii: "Z")

  private var hasWideSize: Bool { byteCount > layout.largestNarrow }
  private var hasWideOffset: Bool { offset > layout.largestNarrow }
  private var hasDescriptor: Bool { layout.hasDescriptors && byteCount > 0 }

  private var flags: UInt16 {
    let isMarked = layout.marksEveryName || name.contains { $0 >= 0x80 }
    return (isMarked ? Flags.utf8 : 0) | (hasDescriptor ? Flags.descriptor : 0)
  }

  /// What the local header's extra field of 64-bit numbers holds; nil where there is none.
  ///
  /// Where the sizes follow the data, PyTorch's writer does not know the second of them yet and
  /// leaves 0; it also adds the offset, which has no place there.
  private var localWide: [Int]? {
    guard layout.hasDescriptors else { return [byteCount, byteCount] }
    let values = (hasWideSize ? [byteCount, 0] : []) + (hasWideOffset ? [offset] : [])
    return values.isEmpty ? nil : values
  }

  private var directoryWide: [Int] {
    (hasWideSize ? [byteCount, byteCount] : []) + (hasWideOffset ? [offset] : [])
  }

  private static func extraByteCount(_ wide: [Int]?) -> Int {
    wide.map { extraHeaderByteCount + 8 * $0.count } ?? 0
  }

  /// The number of bytes of the local header with a field of padding that is empty.
  var bareLocalByteCount: Int {
    ZipHeaders.localByteCount + name.count + ZipHeaders.extraByteCount(localWide)
      + (layout.dataAlignment == nil ? 0 : ZipHeaders.extraHeaderByteCount)
  }

  var descriptorByteCount: Int { hasDescriptor ? localWide == nil ? 16 : 24 : 0 }

  var directoryByteCount: Int {
    CentralHeader.minimumByteCount + name.count
      + ZipHeaders.extraByteCount(directoryWide.isEmpty ? nil : directoryWide)
  }

  /// The local header, padded to a number of bytes.
  func local(checksum: UInt32, byteCount total: Int) -> [UInt8] {
    var bytes = ZipBytes()
    bytes.append(Signature.local)
    bytes.append(layout.versionNeeded)
    bytes.append(flags)
    appendMethodAndTime(to: &bytes)
    if layout.hasDescriptors {
      for _ in 0..<3 { bytes.append(UInt32(0)) }
    } else {
      bytes.append(checksum)
      bytes.append(UInt32.max)
      bytes.append(UInt32.max)
    }
    bytes.append(UInt16(name.count))
    bytes.append(UInt16(total - ZipHeaders.localByteCount - name.count))
    bytes.array += name
    if let localWide { appendWide(localWide, to: &bytes) }
    if layout.dataAlignment != nil {
      bytes.append(ZipHeaders.paddingIdentifier)
      bytes.append(UInt16(total - bareLocalByteCount))
      bytes.array += [UInt8](repeating: ZipHeaders.padding, count: total - bareLocalByteCount)
    }
    return bytes.array
  }

  func descriptor(checksum: UInt32) -> [UInt8] {
    guard hasDescriptor else { return [] }
    var bytes = ZipBytes()
    bytes.append(Signature.descriptor)
    bytes.append(checksum)
    for _ in 0..<2 {
      if localWide == nil {
        bytes.append(UInt32(byteCount))
      } else {
        bytes.append(UInt64(byteCount))
      }
    }
    return bytes.array
  }

  func directoryEntry(checksum: UInt32) -> [UInt8] {
    var bytes = ZipBytes()
    bytes.append(Signature.directory)
    bytes.append(layout.versionMadeBy)
    bytes.append(layout.versionNeeded)
    bytes.append(flags)
    appendMethodAndTime(to: &bytes)
    bytes.append(checksum)
    let size = hasWideSize ? UInt32.max : UInt32(byteCount)
    bytes.append(size)
    bytes.append(size)
    let wide = directoryWide
    bytes.append(UInt16(name.count))
    bytes.append(UInt16(ZipHeaders.extraByteCount(wide.isEmpty ? nil : wide)))
    // No comment, the first disk, no internal attributes.
    for _ in 0..<3 { bytes.append(UInt16(0)) }
    bytes.append(layout.externalAttributes)
    bytes.append(hasWideOffset ? UInt32.max : UInt32(offset))
    bytes.array += name
    if !wide.isEmpty { appendWide(wide, to: &bytes) }
    return bytes.array
  }

  private func appendMethodAndTime(to bytes: inout ZipBytes) {
    bytes.append(UInt16(0))
    bytes.append(UInt16(0))
    bytes.append(layout.date)
  }

  private func appendWide(_ values: [Int], to bytes: inout ZipBytes) {
    bytes.append(ZipHeaders.wideIdentifier)
    bytes.append(UInt16(8 * values.count))
    for value in values { bytes.append(UInt64(value)) }
  }
}

/// Little-endian numbers one after the other.
struct ZipBytes {
  var array: [UInt8] = []

  mutating func append<Number: FixedWidthInteger & UnsignedInteger>(_ number: Number) {
    for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
      array.append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }
}
