public import BinaryInput

/// The files that a conversion writes, which appear under their names only when everything has been
/// shown: one, or one and another that holds a part of it.
public struct OutputFiles: ~Copyable {
  /// Writes the main file once more, for another name of its part.
  public typealias InterimWriter =
    @Sendable (_ partName: String, _ file: inout AtomicOutputFile) throws(ReadError) -> Void

  /// The path of the main file.
  public let path: String
  /// The path of the file beside it, where one is written.
  let partPath: String

  private let replaces: Bool
  private var main: AtomicOutputFile
  private var part: AtomicOutputFile?
  private var paths: [String]

  /// Creates the files, still without their names.
  ///
  /// - Parameters:
  ///   - path: The main file.
  ///   - partPath: The file beside it.
  ///   - createsPart: Whether that one is created now; it can be created later.
  ///   - replacing: Whether existing files are replaced.
  /// - Throws: `io.exists`, `io.create`.
  init(
    path: String, partPath: String = "", createsPart: Bool = false, replacing: Bool
  ) throws(ReadError) {
    let main = try AtomicOutputFile(path: path, replacing: replacing)
    let part = createsPart ? try AtomicOutputFile(path: partPath, replacing: replacing) : nil
    self.path = path
    self.partPath = partPath
    replaces = replacing
    self.main = main
    self.part = part
    paths = [path] + (createsPart ? [partPath] : [])
  }

  /// The number of bytes of the main file that are written so far.
  public var byteCount: Int { main.byteCount }

  /// Makes sure that no file of a source would be replaced.
  ///
  /// - Throws: `io.same`.
  public func requireOther(than source: SourceFile) throws(ReadError) {
    let outputs = paths.compactMap(FileStatus.identity)
    for path in [source.path] + source.externalFiles.map(\.path) {
      guard let identity = FileStatus.identity(of: path), outputs.contains(identity) else {
        continue
      }
      throw ReadError(
        .sameFile, "a file of the input would be replaced", path: [path],
        advice: "give the output another name")
    }
  }

  /// Writes the file beside the main one.
  ///
  /// - Returns: The file, mapped.
  /// - Throws: What writing throws; `io.exists` and `io.create` where it turns out only now that
  ///   there has to be one.
  mutating func writePart(
    byteCount: Int, of total: Int, _ progress: @escaping WritingProgress,
    _ body: (inout AtomicOutputFile) throws(ReadError) -> Void
  ) throws(ReadError) -> MappedFile {
    var file: AtomicOutputFile
    switch part.take() {
    case .some(let created): file = created
    case .none:
      file = try AtomicOutputFile(path: partPath, replacing: replaces)
      paths.append(partPath)
    }
    file.onWrite = { progress($0, total) }
    try file.reserve(byteCount: byteCount)
    try body(&file)
    try file.flush()
    let temporaryPath = file.temporaryPath
    part = consume file
    return try mapped(temporaryPath)
  }

  /// Writes the main file; `offset` bytes of the `total` are written already.
  ///
  /// - Throws: What writing throws.
  mutating func writeMain(
    byteCount: Int, after offset: Int, of total: Int, _ progress: @escaping WritingProgress,
    _ body: (inout AtomicOutputFile) throws(ReadError) -> Void
  ) throws(ReadError) {
    main.onWrite = { progress(offset + $0, total) }
    try main.reserve(byteCount: byteCount)
    try body(&main)
    try main.flush()
  }

  /// Reads the main file as it was written.
  ///
  /// - Throws: What reading throws, and what is read in its path.
  func readingBack<Content>(
    _ read: (MappedFile) throws(ReadError) -> Content
  ) throws(ReadError) -> Content {
    let file = try mapped(main.temporaryPath)
    do {
      return try read(file)
    } catch {
      throw error.within("reading back \(path)")
    }
  }

  /// What cannot be opened here was written a moment ago and is no input of the user's.
  private func mapped(_ temporaryPath: String) throws(ReadError) -> MappedFile {
    do {
      return try MappedFile(path: temporaryPath)
    } catch {
      var error = error
      if error.code == .openFailed { error.code = .readFailed }
      throw error.within("reading back \(path)")
    }
  }

  /// Gives the file its name, where there is but one.
  ///
  /// - Throws: What giving names throws.
  public consuming func commit() throws(ReadError) {
    precondition(paths.count == 1, "a file with a part of it is given its name with that")
    try main.commit()
  }

  /// Gives the files their names, so that at every moment there is an old file or a new one, whole.
  ///
  /// - Throws: What giving names throws.
  public consuming func commit(_ written: WrittenModel) throws(ReadError) {
    switch consume part {
    case .some(let part):
      try main.commit(withPart: part) { (partName, file) throws(ReadError) in
        try written.writeInterim(partName, &file)
      }
    case .none: try main.commit()
    }
  }
}
