internal import BinaryInput

/// The files in a tar archive, as POSIX and GNU write it.
struct TarArchive {
  /// One file.
  struct Member {
    let name: String
    /// Where its content is; it may reach beyond the end of an archive that is cut.
    let range: Range<Int>
  }

  let members: [Member]
  private let bytes: Bytes

  private static let blockByteCount = 512
  private static let maximumMemberCount = 10_000
  /// The longest name, and the longest header with one, in bytes.
  private static let maximumNameByteCount = 4_096

  /// `ustar` stands there in every tar archive since 1988.
  static func canRead(_ bytes: Bytes) -> Bool {
    bytes.contains("ustar", at: 257)
  }

  /// Lists the members as far as they can be followed.
  ///
  /// - Complexity: O(*n*) in the number of members, of which there are 10,000 at most.
  init(_ bytes: Bytes) {
    self.bytes = bytes
    var members: [Member] = []
    var offset = 0
    var longName: String?
    for _ in 0..<TarArchive.maximumMemberCount {
      guard let header = Header(bytes, at: offset) else { break }
      let start = offset + TarArchive.blockByteCount
      guard let end = start.adding(exactly: header.byteCount),
        let next = end.roundedUp(toMultipleOf: TarArchive.blockByteCount)
      else { break }
      switch header.kind {
      // The name of the next member, in GNU's form and in that of POSIX.
      case UInt8(ascii: "L"), UInt8(ascii: "x"):
        guard end <= bytes.count, header.byteCount <= TarArchive.maximumNameByteCount else { break }
        let text = String(decoding: (start..<end).map { bytes[$0] }, as: UTF8.self)
        longName =
          header.kind == UInt8(ascii: "L")
          ? String(text.prefix { $0 != "\0" }) : TarArchive.path(of: text) ?? longName
      case 0, UInt8(ascii: "0"), UInt8(ascii: "7"):
        members.append(Member(name: longName ?? header.name, range: start..<end))
        longName = nil
      default:
        longName = nil
      }
      offset = next
    }
    self.members = members
  }

  /// The content of a member.
  ///
  /// - Throws: `pth.tar` where the archive ends within it.
  func contents(of member: Member) throws(ReadError) -> Bytes {
    guard member.range.upperBound <= bytes.count else {
      throw ReadError(
        .torchTar, "the tar archive ends within this file", offset: member.range.lowerBound,
        expected: "\(member.range.count) bytes",
        found: "\(max(bytes.count - member.range.lowerBound, 0))",
        advice: "the file is incomplete; download or copy it again")
    }
    return bytes[member.range]
  }

  /// - Throws: `pth.legacyTar` where the members are those that PyTorch's first versions wrote, or
  ///   cannot be listed.
  func requireNoFirstFormat() throws(ReadError) {
    let names = Set(
      members.map { $0.name.hasPrefix("./") ? String($0.name.dropFirst(2)) : $0.name })
    guard members.isEmpty || names.isSuperset(of: ["pickle", "storages", "tensors"]) else {
      return
    }
    throw ReadError(
      .torchLegacyTar,
      members.isEmpty
        ? "this is a tar archive whose files cannot be listed"
        : "the tar format of the first PyTorch versions is not supported",
      advice: members.isEmpty
        ? "unpack it with tar xf, and give the file that is in it"
        : "load it with torch.load(path, weights_only=False) where you trust it, and save it "
          + "again")
  }

  /// The path among the records of an extended header: `LENGTH KEY=VALUE`, a line each.
  private static func path(of records: String) -> String? {
    records.split(separator: "\n").lazy.compactMap { line -> String? in
      guard let key = line.firstRange(of: " path=") else { return nil }
      return String(line[key.upperBound...])
    }.first
  }

  /// What stands in front of a member's content.
  private struct Header {
    let name: String
    let byteCount: Int
    let kind: UInt8

    /// Nil at the end, or where the checksum says that this is no header.
    init?(_ bytes: Bytes, at offset: Int) {
      guard offset <= bytes.count - blockByteCount else { return nil }
      let block = bytes[offset..<(offset + blockByteCount)]
      func text(_ range: Range<Int>) -> String {
        String(decoding: range.map { block[$0] }.prefix { $0 != 0 }, as: UTF8.self)
      }
      func number(_ range: Range<Int>) -> Int? {
        // Large numbers are in base 256, as the highest bit says.
        guard block[range.lowerBound] & 0x80 == 0 else {
          return range.dropFirst().reduce(0) { (sum: Int?, index: Int) -> Int? in
            sum?.multiplied(exactly: 256)?.adding(exactly: Int(block[index]))
          }
        }
        return Int(text(range).filter { $0 != " " }, radix: 8)
      }
      let checksum = (0..<blockByteCount).reduce(0) {
        $0 + ((148..<156).contains($1) ? 32 : Int(block[$1]))
      }
      guard number(148..<156) == checksum, let byteCount = number(124..<136), byteCount >= 0 else {
        return nil
      }
      let prefix = text(345..<500)
      let isPOSIX = block[262] == 0
      name = isPOSIX && !prefix.isEmpty ? "\(prefix)/\(text(0..<100))" : text(0..<100)
      self.byteCount = byteCount
      kind = block[156]
    }
  }
}
