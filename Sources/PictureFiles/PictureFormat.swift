public import BinaryInput

/// A kind of picture that is read.
public enum PictureFormat: String, CaseIterable, Sendable {
  /// JPEG, baseline or progressive.
  case jpeg
  /// PNG; of an animated one the picture that programs show that know no animations.
  case png
  /// WebP; of an animated one the first frame.
  case webp
  /// GIF; the first frame.
  case gif
  /// Binary PPM or PGM.
  case netpbm
}

extension PictureFormat {
  /// The kind of picture that a file's first bytes announce.
  ///
  /// - Throws: `picture.format` where it is none that is read.
  public init(of bytes: Bytes) throws(ReadError) {
    for format in PictureFormat.allCases where format.begins(bytes) {
      self = format
      return
    }
    throw PictureFormat.foreign(bytes)
  }

  private func begins(_ bytes: Bytes) -> Bool {
    switch self {
    case .jpeg: bytes.starts(with: [0xFF, 0xD8, 0xFF])
    case .png: bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    case .webp: bytes.starts(with: "RIFF") && bytes.starts(with: "WEBPVP8", at: 8)
    case .gif: bytes.starts(with: "GIF87a") || bytes.starts(with: "GIF89a")
    case .netpbm: bytes.starts(with: "P5") || bytes.starts(with: "P6")
    }
  }

  /// Beginnings of what else people take for pictures, or have in their place.
  private static let foreignBeginnings: [(offset: Int, text: String, name: String)] = [
    (0, "BM", "a BMP picture"),
    (0, "II*\u{0}", "a TIFF picture"),
    (0, "MM\u{0}*", "a TIFF picture"),
    (4, "ftypavif", "an AVIF picture"),
    (4, "ftypavis", "an AVIF picture"),
    (4, "ftyphe", "a HEIF picture"),
    (4, "ftypmif1", "a HEIF picture"),
    (4, "jP  ", "a JPEG 2000 picture"),
    (4, "JXL ", "a JPEG XL picture"),
    (4, "ftyp", "a film"),
    (0, "8BPS", "a Photoshop picture"),
    (0, "qoif", "a QOI picture"),
    (0, "P1", "a PBM picture"),
    (0, "P2", "a PGM picture in plain text"),
    (0, "P3", "a PPM picture in plain text"),
    (0, "P4", "a PBM picture"),
    (0, "P7", "a PAM picture"),
    (0, "Pf", "a PFM picture"),
    (0, "PF", "a PFM picture"),
    (0, "%PDF", "a PDF document"),
    (0, "<svg", "an SVG drawing"),
    (0, "<?xml", "an XML document"),
    (0, "<!DOCTYPE", "a web page"),
    (0, "<!doctype", "a web page"),
    (0, "<html", "a web page"),
    (0, "version https://git-lfs", "a pointer of git LFS"),
    (0, "PK\u{3}\u{4}", "a zip archive"),
  ]

  private static func foreign(_ bytes: Bytes) -> ReadError {
    let known = foreignBeginnings.first { bytes.starts(with: $0.text, at: $0.offset) }
    // The two beginnings of JPEG XL and JPEG 2000 without a container are no text.
    let name: String? =
      if bytes.count == 0 {
        "an empty file"
      } else if bytes.starts(with: [0xFF, 0x0A]) {
        "a JPEG XL picture"
      } else if bytes.starts(with: [0xFF, 0x4F, 0xFF, 0x51]) {
        "a JPEG 2000 picture"
      } else {
        known?.name
      }
    return ReadError(
      .pictureFormat, "this is no picture of a kind that is read", offset: 0,
      expected: "JPEG, PNG, WebP, GIF, binary PPM or PGM", found: name,
      advice: "save it as PNG or JPEG")
  }
}

extension Bytes {
  fileprivate func starts(with text: String, at offset: Int = 0) -> Bool {
    starts(with: Array(text.utf8), at: offset)
  }

  /// Whether the bytes from `offset` on begin with those of an array.
  func starts(with beginning: [UInt8], at offset: Int = 0) -> Bool {
    guard count - offset >= beginning.count else { return false }
    return beginning.indices.allSatisfy { self[offset + $0] == beginning[$0] }
  }
}
