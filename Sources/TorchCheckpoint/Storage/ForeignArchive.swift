internal import BinaryInput

/// A kind of archive that is no checkpoint, told by the names in it.
struct ForeignArchive: Sendable {
  private let what: String
  private let code: ErrorCode
  /// What one of the names must end with, at the beginning of a part of it, for each of these.
  private let endings: [String]
  private let advice: String

  static let distributedAdvice =
    "gather its folder in one file: "
    + "python -m torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pth"

  private static let exportAdvice =
    "in Python: import torch; program = torch.export.load(\"FILE\"); "
    + "torch.save(program.state_dict, \"state_dict.pth\")"

  /// Programs, which may hold checkpoints as a part.
  static let programs = [
    ForeignArchive(
      what: "a program of torch.export", code: .torchExport, endings: ["archive_format"],
      advice: exportAdvice),
    ForeignArchive(
      what: "a program of torch.export", code: .torchExport,
      endings: ["serialized_exported_program.json"], advice: exportAdvice),
    ForeignArchive(
      what: "a program of torch.export", code: .torchExport, endings: ["models/model.json"],
      advice: exportAdvice),
    ForeignArchive(
      what: "an archive of torch.package", code: .torchPackage, endings: [".data/extern_modules"],
      advice: "where you trust the file, in Python: import torch; "
        + "module = torch.package.PackageImporter(\"FILE\").load_pickle(\"model\", \"model.pkl\"); "
        + "torch.save(module.state_dict(), \"state_dict.pth\")"),
  ]

  /// Archives around other formats.
  static let bundles = [
    ForeignArchive(
      what: "what torch.save leaves behind where it fails", code: .torchLayout,
      endings: [".data/serialization_id"],
      advice: "save the state dict alone, in Python: torch.save(model.state_dict(), \"model.pth\")"),
    ForeignArchive(
      what: "a model archive of TorchServe", code: .torchPackage,
      endings: ["MAR-INF/MANIFEST.json"],
      advice: "unpack it with unzip, and give the file of weights that is in it"),
    ForeignArchive(
      what: "a distributed checkpoint", code: .torchShard, endings: [".metadata", ".distcp"],
      advice: "unpack it, then " + distributedAdvice),
    ForeignArchive(
      what: "a Core ML package", code: .torchPackage, endings: ["Manifest.json", ".mlmodel"],
      advice: "give the model that it was converted from"),
    ForeignArchive(
      what: "a model of Keras", code: .torchPackage, endings: ["model.weights.h5"],
      advice: "give the weights in it: unzip FILE '*model.weights.h5', or export it in Python: "
        + "model.export(\"model.onnx\", format=\"onnx\")"),
    ForeignArchive(
      what: "an archive of NumPy arrays", code: .torchPackage, endings: [".npy"],
      advice: "in Python: import numpy, torch; torch.save({k: torch.from_numpy(v) for k, v in "
        + "numpy.load(\"FILE\").items()}, \"model.pth\")"),
    ForeignArchive(
      what: "a SavedModel of TensorFlow's", code: .torchPackage, endings: ["saved_model.pb"],
      advice: "give the PyTorch or ONNX model that it was made from"),
  ]

  /// - Throws: The error of the first kind whose names are among these.
  static func refuse(_ names: [String], _ kinds: [ForeignArchive]) throws(ReadError) {
    for kind in kinds {
      let isKind = kind.endings.allSatisfy { ending in
        names.contains { name in
          name == ending || name.hasSuffix("/\(ending)")
            // An ending of a file's name and not a name.
            || (ending.hasPrefix(".") && !ending.contains("/") && name.hasSuffix(ending))
        }
      }
      if isKind {
        throw ReadError(
          kind.code, "this is \(kind.what), not a checkpoint of torch.save", expected: "data.pkl",
          found: kind.endings[0], advice: kind.advice)
      }
    }
  }

  /// - Throws: `pth.shard` where archives stand one behind the other, as in the parts of a
  ///   distributed checkpoint.
  static func refuseSeries(_ bytes: Bytes) throws(ReadError) {
    guard let missing = ZipEnd(of: bytes)?.missingByteCount, missing < 0,
      bytes.hasPrefix(CheckpointContent.zipMagic),
      bytes.contains("PK\u{3}\u{4}", at: -missing)
    else { return }
    throw ReadError(
      .torchShard,
      "this is a part of a distributed checkpoint: several archives one behind the other",
      offset: -missing, expected: "one archive", advice: distributedAdvice)
  }
}
