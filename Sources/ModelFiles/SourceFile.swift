public import BinaryInput
import Digests
public import HDF5Weights
public import ONNXModel
import TensorData
public import TorchCheckpoint

/// A model file, opened by what is in it and not by its name.
public struct SourceFile: Sendable {
  /// How much trust a file is given.
  public struct Options: Sendable {
    /// For checkpoints.
    public var checkpoint = TorchCheckpoint.Options()
    /// For ONNX files.
    public var graph = ONNXFile.Options()
    /// For HDF5 files.
    public var hdf5 = HDF5File.Options()

    /// The most that tensors may take in memory and compressed records may inflate to; nil for what
    /// is usual.
    public var maximumByteCount: Int? {
      didSet {
        checkpoint.maximumByteCount = maximumByteCount
        graph.maximumByteCount = maximumByteCount
        let usual = WorkerLimits()
        hdf5.limits.byteCount = max(maximumByteCount ?? 0, usual.byteCount)
        hdf5.limits.largestByteCount = maximumByteCount ?? usual.largestByteCount
      }
    }

    /// Chooses what is usual.
    public init() {}

    /// The same for a file that was written a moment ago, which takes as much as it takes.
    var trusting: Options {
      var options = self
      options.maximumByteCount = .max
      return options
    }

    /// What reading a file may cost.
    var limits: WorkBudget.Limits {
      var limits = WorkBudget.Limits()
      if let maximumByteCount { limits.liveByteCount = maximumByteCount }
      return limits
    }
  }

  /// The format.
  public let format: ModelFormat
  /// What is in it.
  public let contents: SourceContents
  /// What reading it may cost, and what it has cost so far.
  public let budget: WorkBudget

  private let file: MappedFile

  /// Opens a file, or the weights in a folder.
  ///
  /// - Throws: What reading the format throws, the path in front; `detect.empty` and
  ///   `detect.foreign` for a file that no format takes, and for a folder without weights that are
  ///   read.
  public init(opening path: String, options: Options = Options()) throws(ReadError) {
    var path = path
    if FileStatus.isFolder(path) {
      guard let weights = try ModelFolder.weights(in: path) else { throw ReadError(folder: path) }
      path = weights
    }
    let file = try MappedFile(path: path)
    let budget = WorkBudget(options.limits)
    self.budget = budget
    do throws(ReadError) {
      let match = ModelFormat.all.first { $0.canRead(file.bytes) }
      guard let format = match else { throw ReadError(foreign: file.bytes) }
      self.format = format
      do throws(ReadError) {
        contents = try format.contents(file, options, budget)
      } catch {
        // Others begin as this format does.
        throw ReadError(mistakenIn: file.bytes) ?? error
      }
    } catch {
      throw error.path.first == path ? error : error.within(path)
    }
    self.file = file
  }

  /// The path that it was opened by.
  public var path: String { file.path }

  /// The whole content.
  public var bytes: Bytes { file.bytes }

  /// The format as reports name it, and its variant where it has several: `pytorch-legacy`.
  public var formatName: String {
    switch contents {
    case .tensors(let container): container.formatName
    case .graph, .native: format.name
    }
  }

  /// The name of the file inside an archive around it; nil where there is none.
  public var innerName: String? {
    switch contents {
    case .tensors(let container): container.innerName
    case .graph, .native: nil
    }
  }

  /// The files beside it that hold parts of it.
  public var externalFiles: [MappedFile] {
    switch contents {
    case .graph(let graph): graph.externalFiles
    case .tensors(let container): (container as? ShardedFiles)?.files ?? []
    case .native: []
    }
  }

  /// The SHA-256 of the file, in hexadecimal digits.
  ///
  /// - Complexity: O(*n*) in the number of bytes.
  public func sha256() -> String {
    SHA256.hexDigest(of: bytes)
  }

  /// The names and SHA-256 of the files beside it that hold parts of it, for a provenance.
  public var externalDigests: [String] {
    externalFiles.map { file in
      "external-data=\(file.path.lastPathComponent) sha256=\(SHA256.hexDigest(of: file.bytes))"
    }
  }

  /// Checks that the file, and those that hold parts of it, are still as they were opened.
  ///
  /// - Throws: `io.changed` where one was replaced, written to, or truncated.
  public func requireUnchanged() throws(ReadError) {
    for file in [file] + externalFiles { try file.requireUnchanged() }
  }
}

extension String {
  /// What follows the last slash of a path.
  public var lastPathComponent: String { String(split(separator: "/").last ?? "") }
}
