import BinaryInput
import ModelFiles
import TestSupport
import Testing

/// A file or folder that is none of those that are read.
struct Foreign: Sendable, CustomTestStringConvertible {
  let content: [UInt8]
  /// What the message must say.
  let words: [String]
  var testDescription: String { words[0] }

  init(_ content: [UInt8], _ words: String...) {
    self.content = content
    self.words = words
  }

  init(_ text: String, _ words: String...) {
    content = Array(text.utf8)
    self.words = words
  }

  static let files = [
    Foreign("version https://git-lfs.github.com/spec/v1\n", "git LFS", "git lfs pull"),
    Foreign("/annex/objects/SHA256E-s1--a.pth\n", "git-annex", "git annex get"),
    Foreign("outs:\n- md5: 1\n", "DVC", "dvc pull"),
    Foreign("<!doctype HTML>", "a web page"),
    Foreign("\u{FEFF} \n\t<HTML lang=en>", "a web page"),
    Foreign("<?xml version=\"1.0\"?>\n<!-- a -->\n<html xmlns=\"a\">", "a web page"),
    Foreign(
      "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code></Error>", "an error message"),
    Foreign("{\"error\": \"Repository not found\"}", "an error message"),
    Foreign("{\n  \"message\": \"Not Found\"}", "an error message"),
    Foreign("Entry not found", "an error message"),
    Foreign("{\"layers\": []}", "a JSON text"),
    Foreign([0x1F, 0x8B, 8], "a gzip archive", "tar xzf"),
    Foreign([0x50, 0x4B, 5, 6], "an empty zip archive"),
    Foreign([0x78, 0x9C, 1], "joblib"),
    Foreign("UEsDBAAACAg", "base64"),
    Foreign([0x18, 0, 0, 0] + Array("ORTM".utf8), "ONNX Runtime", ".onnx"),
    Foreign("ftrt\0\0", "TensorRT"),
    Foreign([0x1C, 0, 0, 0] + Array("TFL3".utf8), "TensorFlow Lite", "tf2onnx"),
    Foreign("<?xml version=\"1.0\"?>\n<net name=\"a\">", "OpenVINO"),
    Foreign("7767517\n75 83\n", "ncnn"),
    Foreign("(dp0\nS'a'\n.", "protocol 0 or 1", "pickle.load("),
    Foreign([0xFF, 0xFE, 0x61, 0], "UTF-16", "binary mode"),
    Foreign([0xEF, 0xBF, 0xBD, 2], "written as a text", "binary mode"),
    Foreign([0, 5, 0x16, 7, 0], "macOS"),
    Foreign([UInt8](repeating: 0, count: 5_000), "a file of zeros"),
    Foreign([0x93] + Array("NUMPY".utf8), "a NumPy array", "all of them"),
    Foreign("name: \"net\"\nlayer {\n", "Caffe"),
    Foreign("GIF89a\u{1}\0", "a GIF image"),
    Foreign("RIFF\u{10}\0\0\0WEBPVP8 ", "a WebP image"),
    Foreign("model:\n  name: é\n", "a text", "with the weights"),
    Foreign("hello", "unknown"),
    Foreign("\u{1}\u{2}\u{3}\u{4}abcdefgh", "unknown"),
  ]

  /// The names in a folder, and what must be said.
  static let folders: [(names: [String], words: [String])] = [
    (
      [".metadata", "__0_0.distcp"], ["a distributed checkpoint", "dcp_to_torch FOLDER model.pth"]
    ),
    (["zero_to_fp32.py", "latest"], ["DeepSpeed", "python FOLDER/zero_to_fp32.py FOLDER"]),
    (
      ["mp_rank_00_model_states.pt", "zero_pp_rank_0_mp_rank_00_optim_states.pt"], ["zero_to_fp32"]
    ),
    (["a.safetensors", "b.safetensors"], ["several files of weights", "their index"]),
    (["_METADATA", "d"], ["Orbax"]),
    (["saved_model.pb", "variables"], ["TensorFlow", "tf2onnx"]),
    (["Manifest.json", "Data"], ["Core ML"]),
    (["data.pkl", "version"], ["unpacked", "zip -0 -r model.pth FOLDER"]),
    (["model.pth", "log.txt"], ["a folder", "a file in it: model.pth"]),
    ([], ["a folder", "give the path of a file"]),
  ]
}

@Suite struct `What is no network` {
  @Test(arguments: Foreign.files) func `is called what it is`(foreign: Foreign) {
    let error = ReadError(foreign: Bytes(copying: foreign.content))
    #expect(error.code == .detectForeign)
    for word in foreign.words { #expect(error.description.contains(word), "\(error)") }
    #expect(!error.description.contains("\n"))
  }

  @Test(arguments: Foreign.folders.indices)
  func `is called what it is as a folder, too`(index: Int) throws {
    let (names, words) = Foreign.folders[index]
    let folder = TemporaryFolder()
    for name in names { _ = try folder.write([0x61], to: name) }
    let error = ReadError(folder: folder.path)
    for word in words {
      let word = word.replacing("FOLDER", with: folder.path)
      #expect(error.description.contains(word), "\(error)")
    }
  }

  @Test func `is called empty where it is`() {
    #expect(ReadError(foreign: .empty).code == .detectEmpty)
  }
}
