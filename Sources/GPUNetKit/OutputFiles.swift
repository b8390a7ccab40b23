import BinaryInput
import GPUNetIR
import GPWFormat
import ONNXModel

/// The files that a conversion writes, which appear under their names only when everything has been
/// shown: one, or an ONNX file and the file with its weights.
struct OutputFiles: ~Copyable {
  private let request: Conversion.Request
  private var main: AtomicOutputFile
  private var weights: AtomicOutputFile?
  private var paths: [String]

  /// Creates the files, still without their names.
  ///
  /// - Throws: `io.exists`, `io.create`.
  init(_ request: Conversion.Request) throws(ReadError) {
    let main = try AtomicOutputFile(
      path: request.output, replacing: request.replaces || request.isDryRun)
    let weights = request.hasExternalData ? try OutputFiles.weights(request) : nil
    self.request = request
    self.main = main
    self.weights = weights
    paths = [request.output] + (request.hasExternalData ? [request.weightsPath] : [])
  }

  private static func weights(
    _ request: Conversion.Request
  ) throws(ReadError) -> AtomicOutputFile {
    try AtomicOutputFile(
      path: request.weightsPath, replacing: request.replaces || request.isDryRun)
  }

  /// The number of bytes written so far.
  var byteCount: Int { main.byteCount }

  /// Makes sure that no file of a source would be replaced.
  ///
  /// - Throws: `io.sameFile`.
  func requireOther(than source: SourceFile) throws(ReadError) {
    let outputs = paths.compactMap(FileStatus.identity)
    for file in [source.file] + source.externalFiles {
      guard let identity = FileStatus.identity(of: file.path), outputs.contains(identity) else {
        continue
      }
      throw ReadError(
        .sameFile, "a file of the input would be replaced", path: [file.path],
        advice: "give the output another name")
    }
  }

  /// Writes a native file and reads it back.
  ///
  /// - Throws: What writing and reading throw.
  mutating func write(
    _ model: GPWModel, _ progress: @escaping @Sendable (Conversion.Progress) -> Void
  ) throws(ReadError) -> GPWModel {
    let byteCount = model.fileByteCount
    main.onWrite = { progress(.writing(byteCount: $0, of: byteCount)) }
    try main.reserve(byteCount: byteCount)
    try model.write(to: &main)
    try main.flush()
    do {
      return try GPWModel(GPWFile(MappedFile(path: main.temporaryPath).bytes))
    } catch {
      throw readingBack(error)
    }
  }

  /// Writes an ONNX file, and its weights where they are not inside, and reads it back.
  ///
  /// - Throws: What writing and reading throw; `io.exists` and `io.create` where it turns out only
  ///   now that the weights need a file of their own.
  mutating func write(
    _ export: ONNXExport, _ progress: @escaping @Sendable (Conversion.Progress) -> Void
  ) throws(ReadError) -> ONNXFile {
    var externalPaths: [String: String] = [:]
    let weightsByteCount = export.externalData?.byteCount ?? 0
    let total = export.fileByteCount + weightsByteCount
    if let data = export.externalData {
      var file: AtomicOutputFile
      switch weights.take() {
      case .some(let created): file = created
      case .none:
        file = try OutputFiles.weights(request)
        paths.append(request.weightsPath)
      }
      file.onWrite = { progress(.writing(byteCount: $0, of: total)) }
      try file.reserve(byteCount: data.byteCount)
      try export.writeExternalData(to: &file)
      try file.flush()
      externalPaths[data.fileName] = file.temporaryPath
      weights = consume file
    }
    main.onWrite = { progress(.writing(byteCount: weightsByteCount + $0, of: total)) }
    try main.reserve(byteCount: export.fileByteCount)
    try export.write(to: &main)
    try main.flush()
    do {
      var options = ONNXFile.Options()
      for (name, path) in externalPaths {
        options.externalFiles[name] = try MappedFile(path: path)
      }
      return try ONNXFile(reading: MappedFile(path: main.temporaryPath), options: options)
    } catch {
      throw readingBack(error)
    }
  }

  /// What cannot be opened here was written a moment ago and is no input of the user's.
  private func readingBack(_ error: ReadError) -> ReadError {
    var error = error
    if error.code == .openFailed { error.code = .readFailed }
    return error.within("reading back \(request.output)")
  }

  /// Gives the files their names, so that at every moment there is an old file or a new one, whole.
  ///
  /// - Parameter writeInterim: Writes the ONNX file with another name of the file with its weights.
  /// - Throws: What giving names throws.
  consuming func commit(
    writeInterim: (_ weightsName: String, _ file: inout AtomicOutputFile) throws(ReadError) -> Void
  ) throws(ReadError) {
    switch consume weights {
    case .some(let weights): try main.commit(withPart: weights, writeInterim: writeInterim)
    case .none: try main.commit()
    }
  }
}
