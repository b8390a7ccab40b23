public import BinaryInput

extension ErrorCode {
  /// The file has no content.
  public static let detectEmpty = ErrorCode("detect.empty")
  /// The file is of a kind that holds no network, or whose network is not read.
  public static let detectForeign = ErrorCode("detect.foreign")
}

extension ReadError {
  /// Says what a file is that no reader takes.
  init(foreign bytes: Bytes) {
    guard bytes.count > 0 else {
      self.init(
        .detectEmpty, "the file is empty", expected: ReadError.expectedContent,
        advice: "check that the download or copy is complete")
      return
    }
    let kind = ForeignContent.all.first { $0.matches(bytes) }
    self.init(
      .detectForeign, kind.map { "this is \($0.name)" } ?? "the file's content is unknown",
      offset: 0, expected: ReadError.expectedContent,
      found: kind == nil ? ReadError.firstBytes(bytes) : nil, advice: kind?.advice)
  }

  private static let expectedContent = ModelFormat.list(ModelFormat.all.reversed())

  private static func firstBytes(_ bytes: Bytes) -> String {
    (0..<min(bytes.count, 8)).map { index in
      (bytes[index] < 16 ? "0" : "") + String(bytes[index], radix: 16)
    }.joined(separator: " ")
  }
}

/// A kind of file that people give by mistake, told by what stands at a fixed place in it.
private struct ForeignContent {
  let name: String
  let signature: [UInt8]
  var offset = 0
  var advice: String?

  init(_ name: String, _ signature: [UInt8], at offset: Int = 0, advice: String? = nil) {
    self.name = name
    self.signature = signature
    self.offset = offset
    self.advice = advice
  }

  init(_ name: String, text: String, at offset: Int = 0, advice: String? = nil) {
    self.init(name, Array(text.utf8), at: offset, advice: advice)
  }

  static let all = [
    ForeignContent(
      "a pointer of git LFS, not the file itself", text: "version https://git-lfs",
      advice: "fetch the file with: git lfs pull"),
    ForeignContent(
      "a web page", text: "<!DOCTYPE", advice: "the download gave an error page; download it again"),
    ForeignContent(
      "a web page", text: "<!doctype", advice: "the download gave an error page; download it again"),
    ForeignContent(
      "a web page", text: "<html", advice: "the download gave an error page; download it again"),
    ForeignContent("a gzip archive", [0x1F, 0x8B], advice: "unpack it with gunzip"),
    ForeignContent(
      "a 7z archive", [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], advice: "unpack it first"),
    ForeignContent("an xz archive", [0xFD, 0x37, 0x7A, 0x58, 0x5A], advice: "unpack it first"),
    ForeignContent("a zstd archive", [0x28, 0xB5, 0x2F, 0xFD], advice: "unpack it first"),
    ForeignContent("a bzip2 archive", text: "BZh", advice: "unpack it first"),
    ForeignContent("a rar archive", text: "Rar!", advice: "unpack it first"),
    ForeignContent("an HDF5 file", [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]),
    ForeignContent("a safetensors file", text: "{\"", at: 8),
    ForeignContent("a NumPy array", [0x93] + Array("NUMPY".utf8)),
    ForeignContent("a GGUF file", text: "GGUF"),
    ForeignContent("a PNG image", [0x89, 0x50, 0x4E, 0x47]),
    ForeignContent("a JPEG image", [0xFF, 0xD8, 0xFF]),
    ForeignContent("a PDF document", text: "%PDF"),
    ForeignContent("a program", [0x7F, 0x45, 0x4C, 0x46]),
    ForeignContent(
      "a JSON text", text: "{", advice: "a configuration describes a network and holds none"),
    ForeignContent(
      "a JSON text", text: "[", advice: "a configuration describes a network and holds none"),
  ]

  func matches(_ bytes: Bytes) -> Bool {
    bytes.count >= offset + signature.count
      && signature.indices.allSatisfy { bytes[offset + $0] == signature[$0] }
  }
}
