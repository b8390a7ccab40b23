public import BinaryInput
public import Equivalence
public import ModelFiles

extension GoldenFile {
  /// Opens a file of recorded outputs, whatever container of named tensors it is.
  ///
  /// - Parameters:
  ///   - path: The path.
  ///   - options: How much trust it is given.
  /// - Throws: `golden.array` where input or output is missing, or the file holds a network; what
  ///   reading the container throws, the path in front.
  public init(
    opening path: String, options: SourceFile.Options = SourceFile.Options()
  ) throws(ReadError) {
    let file = try SourceFile(opening: path, options: options)
    guard case .tensors(let container) = file.contents else {
      throw ReadError(
        .golden, "the file holds no recorded outputs", path: [path],
        expected: "named arrays, as in an .npz file", found: file.format.title)
    }
    try self.init(container, path: path)
  }
}
