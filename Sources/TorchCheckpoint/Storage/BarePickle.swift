internal import BinaryInput

/// A pickle that `torch.save` did not write, and which program did.
struct BarePickle {
  private enum Writer {
    case python, joblib, distributedCheckpoint
  }

  private let writer: Writer

  /// How many bytes at the beginning tell who wrote them.
  private static let headByteCount = 1_024

  /// Whether these bytes begin as a pickle does that is none of the older stream's.
  static func canRead(_ bytes: Bytes) -> Bool {
    bytes.count > 2 && bytes[0] == PickleOpcode.protocol.rawValue && (0...5).contains(bytes[1])
      && !LegacyStream.canRead(bytes)
  }

  init(_ bytes: Bytes) {
    let head = String(
      decoding: (0..<min(bytes.count, BarePickle.headByteCount)).map { bytes[$0] }, as: UTF8.self)
    writer =
      head.contains("torch.distributed.checkpoint")
      ? .distributedCheckpoint : head.contains("joblib.numpy_pickle") ? .joblib : .python
  }

  fileprivate var error: ReadError {
    switch writer {
    case .python:
      ReadError(
        .torchLegacy, "a bare pickle, not a file of torch.save", offset: 0,
        expected: "a zip archive, or the magic number of the older stream",
        advice: "where you trust the file, in Python: import pickle, torch; "
          + "torch.save(pickle.load(open(\"FILE\", \"rb\")), \"model.pth\")")
    case .joblib:
      ReadError(
        .torchLegacy, "a file of joblib, not of torch.save", offset: 0,
        advice: "where you trust the file, in Python: import joblib, torch; "
          + "torch.save(joblib.load(\"FILE\"), \"model.pth\")")
    case .distributedCheckpoint:
      ReadError(
        .torchShard, "the index of a distributed checkpoint, whose weights are in files beside it",
        offset: 0, advice: ForeignArchive.distributedAdvice)
    }
  }
}

extension ReadError {
  init(_ pickle: BarePickle) {
    self = pickle.error
  }
}
