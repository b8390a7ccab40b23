public import BinaryInput
public import TensorData
internal import ZipArchive

/// Writes named tensors as `numpy.savez` writes arrays, byte for byte as NumPy 2.4 does it under
/// CPython 3.11.
///
/// Names stay as they are, with `.npy` behind them in the archive. Tensors that share memory are
/// written each on its own. Properties of the content and layer strings of modules are left out:
/// whoever loads an archive takes every entry for an array of numbers.
public struct NumPyArchiveWriter: TensorFileWriter {
  private let plan: ZipPlan
  private let tensors: [DeferredTensor]

  /// Decides the layout of a file; nothing is written yet.
  ///
  /// - Throws: `npz.unwritable` for a tensor of a type that NumPy lacks, `zip.unwritable` for a name
  ///   that no archive can have, and where the file would be larger than any can be.
  /// - Complexity: O(*n*) in the bytes of the names.
  public init(_ content: TensorFileContent) throws(ReadError) {
    tensors = content.tensors
    var files: [(name: String, byteCount: Int)] = []
    for tensor in tensors {
      let prefix = try NumPyArchiveWriter.prefix(of: tensor)
      guard let byteCount = tensor.byteCount.adding(exactly: prefix.count) else {
        throw ReadError(
          .zipUnwritable, "the archive would be larger than any file can be", path: [tensor.name],
          advice: "write fewer tensors")
      }
      files.append((tensor.name + NumPyArchive.suffix, byteCount))
    }
    plan = try ZipPlan(files, layout: .numPy)
  }

  private static func prefix(of tensor: DeferredTensor) throws(ReadError) -> [UInt8] {
    guard let prefix = NumPyPrefix(tensor.elementType, shape: tensor.shape) else {
      throw ReadError(
        .npzUnwritable, "NumPy has no such type of elements", path: [tensor.name],
        expected: "integers, truth values, complex or floating-point numbers of 16 bits or more",
        found: tensor.elementType.rawValue,
        advice: "write a .safetensors or .pth file", remedy: .convertElements)
    }
    return prefix.bytes
  }

  /// The number of bytes of the file.
  public var byteCount: Int { plan.byteCount }

  /// Writes the whole file, one tensor at a time.
  ///
  /// - Throws: `io.write`; what making the tensors throws.
  /// - Precondition: Nothing was written to the file.
  public func write(to file: inout AtomicOutputFile) throws(ReadError) {
    var writer = ZipWriter(plan)
    for tensor in tensors {
      let prefix = Bytes(copying: try NumPyArchiveWriter.prefix(of: tensor))
      try writer.append(to: &file) { (body) throws(ReadError) in
        try body(prefix)
        try tensor.forEachPart(body)
      }
    }
    try writer.finish(&file)
  }
}
