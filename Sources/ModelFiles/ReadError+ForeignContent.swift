public import BinaryInput

extension ErrorCode {
  /// The file has no content.
  public static let detectEmpty = ErrorCode("detect.empty")
  /// The file is of a kind that holds no network, or whose network is not read.
  public static let detectForeign = ErrorCode("detect.foreign")
}

extension ReadError {
  /// Says what a file is that no reader takes.
  package init(foreign bytes: Bytes) {
    guard bytes.count > 0 else {
      self.init(
        .detectEmpty, "the file is empty", expected: ReadError.expectedContent,
        advice: "check that the download or copy is complete")
      return
    }
    let head = ForeignContent.Head(of: bytes)
    let kind = ForeignContent.all.first { $0.matches(head) }
    self.init(
      .detectForeign, kind.map { "this is \($0.name)" } ?? "the file's content is unknown",
      offset: 0, expected: ReadError.expectedContent,
      found: kind == nil ? ReadError.firstBytes(bytes) : nil, advice: kind?.advice)
  }

  /// Says what a file is whose beginning is that of a format which it then turned out not to have;
  /// nil where nothing in it tells. Formats in protobuf all begin alike.
  init?(mistakenIn bytes: Bytes) {
    let head = ForeignContent.Head(of: bytes)
    let kind = ForeignContent.all.first { kind in
      if case .holding = kind.mark { kind.matches(head) } else { false }
    }
    guard let kind else { return nil }
    self.init(
      .detectForeign, "this is \(kind.name)", offset: 0, expected: ReadError.expectedContent,
      advice: kind.advice)
  }

  /// Says what a folder is that was given in place of a file.
  ///
  /// - Parameter path: The path of a folder.
  package init(folder path: String) {
    let names = (try? FileStatus.entries(of: path)) ?? []
    guard let kind = ForeignFolder.all.first(where: { $0.matches(names) }) else {
      let files = names.filter { name in ForeignFolder.suffixes.contains { name.hasSuffix($0) } }
      self.init(
        .openFailed, "is not a regular file", path: [path], expected: "a regular file",
        found: "a folder",
        advice: files.isEmpty
          ? "give the path of a file"
          : "give the path of a file in it: \(files.prefix(3).joined(separator: ", "))")
      return
    }
    let folder = path.hasSuffix("/") && path.count > 1 ? String(path.dropLast()) : path
    self.init(
      .detectForeign, "this is \(kind.name)", path: [path], expected: "one file",
      advice: kind.advice(folder))
  }

  private static let expectedContent = ModelFormat.readTitles

  private static func firstBytes(_ bytes: Bytes) -> String {
    (0..<min(bytes.count, 8)).map { index in
      (bytes[index] < 16 ? "0" : "") + String(bytes[index], radix: 16)
    }.joined(separator: " ")
  }
}

/// A kind of file that people give by mistake, told by what stands near its beginning.
private struct ForeignContent: Sendable {
  /// How a kind is told.
  enum Mark: Sendable {
    /// Exactly these bytes at a place.
    case bytes([UInt8], at: Int)
    /// A text that begins with one of these, in small letters, whatever the case in the file.
    case text([String])
    /// Beginning bytes, and one of these texts somewhere near the beginning.
    case holding([UInt8], [String])
    /// Nothing but zeros near the beginning.
    case zeros
    /// Nothing but letters, signs and spaces near the beginning, a line at least.
    case printable
  }

  /// What is looked at of a file.
  struct Head {
    let bytes: Bytes
    /// The beginning as a text.
    let text: String
    /// The same in small letters, without what may stand in front of a text: a byte-order mark,
    /// space, and what XML has in front of its first element.
    let plainText: String

    private static let byteCount = 4_096

    init(of file: Bytes) {
      bytes = file[0..<min(file.count, Head.byteCount)]
      let bytes = bytes
      text = String(decoding: (0..<bytes.count).map { bytes[$0] }, as: UTF8.self)
      var rest = text.lowercased()[...]
      while true {
        rest = rest.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        guard
          let end = [("<?", "?>"), ("<!--", "-->")].first(where: { rest.hasPrefix($0.0) })?.1,
          let range = rest.firstRange(of: end)
        else { break }
        rest = rest[range.upperBound...]
      }
      plainText = String(rest)
    }
  }

  let name: String
  let mark: Mark
  let advice: String?

  init(_ name: String, _ mark: Mark, advice: String? = nil) {
    self.name = name
    self.mark = mark
    self.advice = advice
  }

  private static let downloadAdvice = "the download gave an error page; download it again"
  private static let originAdvice = "give the PyTorch or ONNX model that it was made from"
  private static let unpackAdvice = "unpack it first"
  private static let pickleAdvice =
    "where you trust the file, in Python: import pickle, torch; "
    + "torch.save(pickle.load(open(\"FILE\", \"rb\")), \"model.pth\")"
  private static let joblibAdvice =
    "where you trust the file, in Python: import joblib, torch; "
    + "torch.save(joblib.load(\"FILE\"), \"model.pth\")"

  static let all = pointers + messages + packed + networks + others

  /// What stands in a repository for a file that is elsewhere.
  private static let pointers = [
    ForeignContent(
      "a pointer of git LFS, not the file itself",
      .text(["version https://git-lfs", "version https://hawser"]),
      advice: "fetch the file with: git lfs pull"),
    ForeignContent(
      "a pointer of git-annex, not the file itself", .text(["/annex/objects/", "../.git/annex/"]),
      advice: "fetch the file with: git annex get FILE"),
    ForeignContent(
      "a pointer of DVC, not the file itself", .text(["outs:\n- ", "md5: "]),
      advice: "fetch the file with: dvc pull"),
  ]

  /// What a server says instead of sending the file.
  private static let messages = [
    ForeignContent(
      "a web page", .text(["<!doctype", "<html", "<head", "<body", "<title", "<script"]),
      advice: downloadAdvice),
    ForeignContent(
      "an error message of a server", .text(["<error"]),
      advice: "the download was refused; download it again"),
    ForeignContent(
      "an error message of a server",
      .text(errorKeys.flatMap { key in ["", " ", "\n  "].map { "{\($0)\"\(key)\"" } }),
      advice: "the download was refused; download it again"),
    ForeignContent(
      "an error message of a server",
      .text([
        "entry not found", "not found", "404: not found", "404 not found", "access denied",
        "access to model", "invalid username or password", "invalid credentials", "unauthorized",
        "forbidden", "403 forbidden", "repository not found",
      ]), advice: "the download was refused; download it again"),
  ]

  private static let errorKeys = [
    "error", "errors", "message", "detail", "status", "statuscode", "code", "msg",
  ]

  /// Archives and compressed files.
  private static let packed = [
    ForeignContent(
      "a gzip archive", .bytes([0x1F, 0x8B], at: 0),
      advice: "unpack it with gunzip, or with tar xzf where it is a .tar.gz"),
    ForeignContent(
      "a 7z archive", .bytes([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], at: 0), advice: unpackAdvice),
    ForeignContent(
      "an xz archive", .bytes([0xFD, 0x37, 0x7A, 0x58, 0x5A], at: 0), advice: unpackAdvice),
    ForeignContent(
      "a zstd archive", .bytes([0x28, 0xB5, 0x2F, 0xFD], at: 0), advice: unpackAdvice),
    ForeignContent(
      "an lz4 archive", .bytes([0x04, 0x22, 0x4D, 0x18], at: 0), advice: unpackAdvice),
    ForeignContent("a bzip2 archive", .bytes(Array("BZh".utf8), at: 0), advice: unpackAdvice),
    ForeignContent("a rar archive", .bytes(Array("Rar!".utf8), at: 0), advice: unpackAdvice),
    ForeignContent(
      "an empty zip archive", .bytes([0x50, 0x4B, 0x05, 0x06], at: 0),
      advice: "check that the download or copy is complete"),
    ForeignContent(
      "compressed data, as joblib writes them", .bytes([0x78, 0x9C], at: 0), advice: joblibAdvice),
    ForeignContent(
      "compressed data, as joblib writes them", .bytes([0x78, 0x5E], at: 0), advice: joblibAdvice),
    ForeignContent(
      "a file written out in base64", .bytes(Array("UEsDB".utf8), at: 0),
      advice: "turn it back with: base64 --decode FILE > model.pth"),
  ]

  /// Networks in formats that are not read.
  private static let networks = [
    ForeignContent(
      "a model in ONNX Runtime's own format (.ort)", .bytes(Array("ORTM".utf8), at: 4),
      advice: "give the .onnx file that it was made from"),
    ForeignContent(
      "an engine of TensorRT, made for one processor", .bytes(Array("ftrt".utf8), at: 0),
      advice: "give the ONNX file that it was built from"),
    ForeignContent(
      "an engine of TensorRT, made for one processor", .bytes(Array("ptrt".utf8), at: 0),
      advice: "give the ONNX file that it was built from"),
    ForeignContent(
      "a TensorFlow Lite model", .bytes(Array("TFL3".utf8), at: 4),
      advice: "in a shell: python -m tf2onnx.convert --tflite FILE --output model.onnx"),
    ForeignContent(
      "a SavedModel of TensorFlow's", .holding([0x08, 0x01, 0x12], ["\u{4}type", "serve"]),
      advice: "in a shell: python -m tf2onnx.convert --saved-model FOLDER --output model.onnx"),
    ForeignContent(
      "a graph of TensorFlow's", .holding([0x0A], ["\u{12}\u{B}Placeholder", "\u{12}\u{5}Const"]),
      advice: "in a shell: python -m tf2onnx.convert --graphdef FILE --inputs NAME:0 "
        + "--outputs NAME:0 --output model.onnx"),
    ForeignContent(
      "a Core ML model", .holding([0x08], ["coremltools", "com.apple", "classLabel"]),
      advice: originAdvice),
    ForeignContent(
      "an OpenVINO model (.xml beside .bin)", .text(["<net ", "<net>"]), advice: originAdvice),
    ForeignContent("an ncnn model", .text(["7767517\n", "7767517\r"]), advice: originAdvice),
    ForeignContent("an ncnn model", .bytes([0xDD, 0x85, 0x76, 0x00], at: 0), advice: originAdvice),
    ForeignContent(
      "a file of MXNet's", .bytes([0x12, 0x01, 0, 0, 0, 0, 0, 0], at: 0), advice: originAdvice),
    ForeignContent(
      "a NumPy array", .bytes([0x93] + Array("NUMPY".utf8), at: 0),
      advice: "one array is no network: give the file with all of them"),
    ForeignContent("a GGUF file", .bytes(Array("GGUF".utf8), at: 0), advice: originAdvice),
    ForeignContent("a GGML file", .bytes(Array("lmgg".utf8), at: 0), advice: originAdvice),
    ForeignContent("an RKNN model", .bytes(Array("RKNN".utf8), at: 0), advice: originAdvice),
    ForeignContent(
      "the description of a Caffe network",
      .text(["name: \"", "layer {", "layers {", "input: \""]),
      advice: originAdvice),
    ForeignContent(
      "where TensorFlow's last checkpoint is", .text(["model_checkpoint_path:"]),
      advice: originAdvice),
    ForeignContent(
      "a MATLAB file", .bytes(Array("MATLAB 5.0".utf8), at: 0), advice: originAdvice),
    ForeignContent(
      "a pickle of protocol 0 or 1",
      .text([
        "(dp", "(lp", "(ip", "ccopy_reg\n", "ccollections\n", "c__builtin__\n", "ctorch", "cnumpy",
        "}q\u{0}", "]q\u{0}",
      ]), advice: pickleAdvice),
  ]

  private static let others = [
    ForeignContent(
      "a file of bytes that was written as a text", .bytes([0xEF, 0xBF, 0xBD], at: 0),
      advice: "copy it again from its source in binary mode; what was lost cannot be restored"),
    ForeignContent(
      "a text in UTF-16", .bytes([0xFF, 0xFE], at: 0),
      advice: "where PowerShell's > wrote it, copy the file itself, in binary mode"),
    ForeignContent(
      "what macOS keeps beside a file, under a name that begins with ._",
      .bytes([0x00, 0x05, 0x16, 0x07], at: 0), advice: "give the file without ._ in its name"),
    ForeignContent("a PNG image", .bytes([0x89, 0x50, 0x4E, 0x47], at: 0)),
    ForeignContent("a JPEG image", .bytes([0xFF, 0xD8, 0xFF], at: 0)),
    ForeignContent("a GIF image", .bytes(Array("GIF8".utf8), at: 0)),
    ForeignContent("a WebP image", .bytes(Array("WEBP".utf8), at: 8)),
    ForeignContent("a video", .bytes(Array("ftyp".utf8), at: 4)),
    ForeignContent("a PDF document", .bytes(Array("%PDF".utf8), at: 0)),
    ForeignContent("a database of SQLite", .bytes(Array("SQLite format 3".utf8), at: 0)),
    ForeignContent("a table in Parquet", .bytes(Array("PAR1".utf8), at: 0)),
    ForeignContent("a program", .bytes([0x7F, 0x45, 0x4C, 0x46], at: 0)),
    ForeignContent(
      "a JSON text", .bytes(Array("{".utf8), at: 0),
      advice: "a configuration describes a network and holds none"),
    ForeignContent(
      "a JSON text", .bytes(Array("[".utf8), at: 0),
      advice: "a configuration describes a network and holds none"),
    ForeignContent(
      "a file of zeros", .zeros, advice: "the download is not complete; download it again"),
    ForeignContent("a text", .printable, advice: "give the file with the weights"),
  ]

  func matches(_ head: Head) -> Bool {
    switch mark {
    case .bytes(let signature, let offset): ForeignContent.has(signature, at: offset, head.bytes)
    case .text(let beginnings): beginnings.contains { head.plainText.hasPrefix($0) }
    case .holding(let signature, let texts):
      ForeignContent.has(signature, at: 0, head.bytes) && texts.contains { head.text.contains($0) }
    case .zeros: (0..<head.bytes.count).allSatisfy { head.bytes[$0] == 0 }
    case .printable:
      head.bytes.count >= 8
        && head.text.unicodeScalars.allSatisfy {
          $0.properties.generalCategory != .control || "\t\n\r".unicodeScalars.contains($0)
        } && !head.text.dropLast(2).contains("\u{FFFD}")
    }
  }

  private static func has(_ signature: [UInt8], at offset: Int, _ bytes: Bytes) -> Bool {
    bytes.count >= offset + signature.count
      && signature.indices.allSatisfy { bytes[offset + $0] == signature[$0] }
  }
}

/// A kind of folder that holds a model, told by the names in it.
private struct ForeignFolder: Sendable {
  let name: String
  /// The endings of which each must be that of a name.
  let endings: [String]
  /// What leads on, for a folder of this path.
  let advice: @Sendable (String) -> String

  /// The endings of files that are read.
  static let suffixes = ModelFormat.all.flatMap(\.suffixes)

  static let all = [
    ForeignFolder(name: "a distributed checkpoint", endings: [".distcp"]) { folder in
      "gather it in one file: python -m torch.distributed.checkpoint.format_utils dcp_to_torch "
        + "\(folder) model.pth"
    },
    ForeignFolder(name: "a checkpoint of DeepSpeed's", endings: ["zero_to_fp32.py"]) { folder in
      "gather it in one file: python \(folder)/zero_to_fp32.py \(folder) model"
    },
    ForeignFolder(name: "a checkpoint of DeepSpeed's", endings: ["_optim_states.pt"]) { folder in
      "gather it in one file: python -m deepspeed.utils.zero_to_fp32 \(folder) model, whose script "
        + "is called zero_to_fp32.py where it was copied"
    },
    ForeignFolder(name: "a folder with several files of weights", endings: [".safetensors"]) { _ in
      "give the path of the one that is meant, or of their index"
    },
    ForeignFolder(name: "a checkpoint of Orbax (JAX)", endings: ["_METADATA"]) { _ in
      "give the PyTorch or ONNX model that it was made from"
    },
    ForeignFolder(name: "a SavedModel of TensorFlow's", endings: ["saved_model.pb"]) { folder in
      "in a shell: python -m tf2onnx.convert --saved-model \(folder) --output model.onnx"
    },
    ForeignFolder(name: "a Core ML package", endings: ["Manifest.json"]) { _ in
      "give the PyTorch or ONNX model that it was made from"
    },
    ForeignFolder(name: "an unpacked checkpoint", endings: ["data.pkl"]) { folder in
      "pack it again: zip -0 -r model.pth \(folder)"
    },
  ]

  func matches(_ names: [String]) -> Bool {
    endings.allSatisfy { ending in names.contains { $0.hasSuffix(ending) } }
  }
}
