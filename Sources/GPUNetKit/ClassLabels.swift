public import BinaryInput

extension ErrorCode {
  /// A file of labels has another number of lines than the network has classes.
  public static let labelsCount = ErrorCode("labels.count")
  /// A file of labels is no text of one name a line.
  public static let labelsText = ErrorCode("labels.text")
}

/// The names of a network's classes, in index order, from a text with one name a line.
public struct ClassLabels: Hashable, Sendable {
  /// The path of the file.
  public let path: String
  /// The names.
  public let names: [String]

  /// The longest file, in bytes; the names of a million classes fit.
  private static let maximumByteCount = 8 << 20
  private static let byteOrderMark: Unicode.Scalar = "\u{FEFF}"

  /// Reads a file in UTF-8; the line feed at its end may be missing, and lines may end as Windows
  /// ends them. Names may stand twice, as some of ImageNet do.
  ///
  /// - Throws: `io.open`; `labels.text` where the file is too large or no UTF-8, or a line is empty.
  public init(path: String) throws(ReadError) {
    func malformed(_ what: String, expected: String, found: String? = nil) -> ReadError {
      ReadError(
        .labelsText, what, path: [path], expected: expected, found: found,
        advice: "give the name of one class a line")
    }
    let bytes = try MappedFile(path: path).bytes
    guard bytes.count <= ClassLabels.maximumByteCount else {
      throw malformed(
        "the list of labels is too long", expected: "at most \(ClassLabels.maximumByteCount) bytes",
        found: "\(bytes.count)")
    }
    var reader = ByteReader(bytes.span, truncation: .labelsText)
    let text: String
    do {
      text = try reader.readString(
        byteCount: bytes.count, invalid: .labelsText, "the list of labels")
    } catch {
      throw error.within(path)
    }
    var scalars = text.unicodeScalars[...]
    if scalars.first == ClassLabels.byteOrderMark { scalars = scalars.dropFirst() }
    var lines = scalars.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    names = lines.map { String($0.last == "\r" ? $0.dropLast() : $0) }
    if let index = names.firstIndex(where: { $0.allSatisfy(\.isWhitespace) }) {
      throw malformed("line \(index + 1) is empty", expected: "a name")
    }
    self.path = path
  }

  /// Makes sure that there is a name for each class.
  ///
  /// - Throws: `labels.count`.
  public func require(count: Int) throws(ReadError) {
    guard names.count == count else {
      throw ReadError(
        .labelsCount, "there are not as many labels as classes", path: [path],
        expected: "\(count), as the network has classes", found: "\(names.count)",
        advice: "give the name of one class a line, in the order of the outputs")
    }
  }
}
