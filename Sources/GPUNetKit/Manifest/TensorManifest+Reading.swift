public import BinaryInput

extension TensorManifest {
  /// Reads a listing, in any order of its lines.
  ///
  /// - Throws: `hash.manifest` with the number of the line.
  /// - Complexity: O(*n* log *n*) in the number of bytes.
  public init(parsing bytes: Bytes) throws(ReadError) {
    var lines: [Line] = []
    var whole: String?
    var names: Set<[UInt8]> = []
    var start = 0
    var number = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      number += 1
      let text = (start..<end).map { bytes[$0] }
      guard let line = ManifestLine(text) else {
        throw ReadError(
          .hashManifest, "line \(number) is none of a listing of digests", offset: start,
          expected: "64 hexadecimal digits, two spaces and a name",
          found: "'\(String(decoding: text.prefix(80), as: UTF8.self))'")
      }
      let isNew = line.isWhole ? whole == nil : names.insert(Array(line.name.utf8)).inserted
      guard isNew else {
        throw ReadError(
          .hashManifest, "line \(number) says again what a line before it says", offset: start,
          found: "'\(line.name)'")
      }
      if line.isWhole {
        whole = line.digest
      } else {
        lines.append(Line(name: line.name, digest: line.digest))
      }
      start = end + 1
    }
    guard number > 0 else {
      throw ReadError(.hashManifest, "the listing of digests is empty", offset: 0)
    }
    self.init(lines, whole: whole)
  }
}

/// A line of a listing: of a tensor, or of all together.
private struct ManifestLine {
  let digest: String
  let name: String
  let isWhole: Bool

  /// Nil for a line that `sha256sum` does not print.
  init?(_ text: [UInt8]) {
    let isEscaped = text.first == UInt8(ascii: "\\")
    let digits = text.dropFirst(isEscaped ? 1 : 0).prefix(64)
    let rest = text.dropFirst((isEscaped ? 1 : 0) + 64)
    guard digits.count == 64,
      let digest = String(validating: digits, as: UTF8.self),
      digest.allSatisfy({ $0.isASCII && $0.isHexDigit }),
      rest.first == UInt8(ascii: " "), let mode = rest.dropFirst().first,
      let name = ManifestLine.name(rest.dropFirst(2), isEscaped: isEscaped)
    else { return nil }
    self.digest = digest.lowercased()
    self.name = name
    isWhole = mode == UInt8(ascii: "*")
    guard isWhole ? name == "-" && !isEscaped : mode == UInt8(ascii: " ") else { return nil }
  }

  private static func name(_ text: ArraySlice<UInt8>, isEscaped: Bool) -> String? {
    guard isEscaped else { return String(validating: text, as: UTF8.self) }
    var name: [UInt8] = []
    var rest = text
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        name.append(byte)
        continue
      }
      switch rest.popFirst() {
      case UInt8(ascii: "\\"): name.append(byte)
      case UInt8(ascii: "n"): name.append(UInt8(ascii: "\n"))
      case UInt8(ascii: "r"): name.append(UInt8(ascii: "\r"))
      default: return nil
      }
    }
    return String(validating: name, as: UTF8.self)
  }
}
