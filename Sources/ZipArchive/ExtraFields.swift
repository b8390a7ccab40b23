internal import BinaryInput

/// The extra fields of a header: pieces of two bytes of kind, two bytes of length, and content.
struct ExtraFields {
  private let bytes: Bytes
  private let range: Range<Int>
  /// Where the content of the ZIP64 field is.
  private let zip64Range: Range<Int>?

  private static let zip64Kind: UInt16 = 1

  /// Walks the fields in `range` of `bytes`.
  ///
  /// - Throws: `zip.extraField` where one reaches beyond `range` or there are two for ZIP64.
  init(_ bytes: Bytes, _ range: Range<Int>) throws(ReadError) {
    var reader = ByteReader(
      bytes.span.extracting(range), baseOffset: range.lowerBound, truncation: .zipExtraField)
    var zip64Range: Range<Int>?
    while !reader.isAtEnd {
      let start = reader.position
      let kind = try reader.read(UInt16.self, "an extra field")
      let byteCount = Int(try reader.read(UInt16.self, "an extra field"))
      let content = reader.position
      try reader.skip(byteCount: byteCount, "an extra field")
      if kind == ExtraFields.zip64Kind {
        guard zip64Range == nil else {
          throw ReadError(.zipExtraField, "two ZIP64 fields", offset: start)
        }
        zip64Range = content..<reader.position
      }
    }
    self.bytes = bytes
    self.range = range
    self.zip64Range = zip64Range
  }

  /// The first values of the ZIP64 field, one for each value of the header that refers to it.
  ///
  /// - Throws: `zip.extraField` where there are fewer.
  func zip64(valueCount: Int) throws(ReadError) -> ArraySlice<UInt64> {
    guard valueCount > 0 else { return [] }
    guard let zip64Range else {
      throw ReadError(
        .zipExtraField, "the header refers to a ZIP64 field that is not there",
        offset: range.lowerBound)
    }
    var reader = ByteReader(
      bytes.span.extracting(zip64Range), baseOffset: zip64Range.lowerBound,
      truncation: .zipExtraField)
    var values: ArraySlice<UInt64> = []
    for _ in 0..<valueCount {
      values.append(try reader.read(UInt64.self, "the ZIP64 field"))
    }
    return values
  }
}
