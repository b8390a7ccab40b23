public import BinaryInput
internal import HDF5Exchange
public import TensorData

/// An HDF5 file that can be written, by a worker process.
///
/// Names are split at their dots into groups, which keep their order. The elements are in chunks,
/// shuffled and deflated. Properties are attributes of the file, and what is known of a module stands
/// as `layer` at its group. Version 1.8 of HDF5 and all later ones read it.
public struct HDF5Writer: TensorFileWriter {
  private let content: TensorFileContent
  private let options: Options
  private let paths: [[String]]

  /// The longest text that an attribute takes.
  private static let textByteCountLimit = 1 << 24
  /// What an attribute of a group says of the module that the group is.
  private static let layerKey = "layer"
  /// What an attribute of the file says of a module that has no group begins with.
  private static let layerPrefix = "gpunet.layer."

  /// Decides where everything goes.
  ///
  /// - Parameters:
  ///   - content: What is written.
  ///   - options: How it is written.
  /// - Throws: `h5.unwritable` for a name that nothing in an HDF5 file can have, elements of a type that
  ///   HDF5 does not have, more axes than 32, an attribute that is too long, or a level of compression
  ///   that is none; `h5.noWorker` where there is no worker.
  public init(
    _ content: TensorFileContent, options: Options = Options()
  ) throws(ReadError) {
    guard (0...9).contains(options.compression) else {
      throw ReadError(
        .h5Unwritable, "no such level of compression", expected: "0 to 9",
        found: "\(options.compression)")
    }
    let places = GroupPaths(content.tensors.map(\.name))
    var paths: [[String]] = []
    for tensor in content.tensors {
      guard let path = places.path(of: tensor.name) else {
        throw ReadError(
          .h5Unwritable, "nothing in an HDF5 file can have this name",
          path: [tensor.name.isEmpty ? "''" : tensor.name],
          expected: "a name without slashes and zero bytes, other than '.' and '..'",
          advice: "write a .safetensors file, which has any name")
      }
      try HDF5Writer.requireWritable(tensor)
      paths.append(path)
    }
    for property in content.properties {
      try HDF5Writer.requireAttribute(property.key, property.value)
    }
    _ = try WorkerLocation.path(options.workerPath)
    // Whatever the names look like: the tensors are as PyTorch has them.
    var content = content
    content.properties.removeAll { $0.key == KernelOrders.statement }
    content.properties.append(
      TensorFileContent.Property(KernelOrders.statement, KernelLayout.oihw.rawValue))
    self.content = content
    self.options = options
    self.paths = paths
  }

  private static func requireWritable(_ tensor: DeferredTensor) throws(ReadError) {
    switch tensor.elementType {
    case .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu:
      throw ReadError(
        .h5Unwritable, "HDF5 has no such type of elements", path: [tensor.name],
        found: tensor.elementType.rawValue, advice: "write them as f32, or a .safetensors file")
    default: break
    }
    guard tensor.shape.count <= FileListing.maximumRank else {
      throw ReadError(
        .h5Unwritable, "too many axes", path: [tensor.name],
        expected: "at most \(FileListing.maximumRank)", found: "\(tensor.shape.count)")
    }
  }

  private static func requireAttribute(_ key: String, _ value: String) throws(ReadError) {
    guard !key.isEmpty, !key.unicodeScalars.contains("\0"), key.utf8.count <= 1 << 10 else {
      throw ReadError(.h5Unwritable, "no attribute can have this name", found: key)
    }
    guard value.utf8.count <= textByteCountLimit else {
      throw ReadError(
        .h5Unwritable, "the text of an attribute is too long", path: [key],
        expected: "at most \(textByteCountLimit) bytes", found: "\(value.utf8.count)")
    }
  }

  /// About the number of bytes of the file: those of the elements.
  public var byteCount: Int {
    content.tensors.reduce(0) { $1.original == nil ? $0 + $1.byteCount : $0 }
  }

  /// Writes the whole file, one tensor at a time.
  ///
  /// - Throws: `io.write`; `h5.unwritable` for a target that is no file; `h5.worker` where the worker
  ///   fails; `h5.noWorker`; what making the tensors throws.
  public func write(to file: inout AtomicOutputFile) throws(ReadError) {
    guard file.isSeekable else {
      throw ReadError(
        .h5Unwritable, "an HDF5 file is written in more than one place at a time",
        path: [file.path], expected: "the path of a file", found: "a device or a pipe",
        advice: "write a file and copy it")
    }
    let workerPath = try WorkerLocation.path(options.workerPath)
    do throws(ReadError) {
      try file.withDescriptor { (descriptor) throws(ReadError) in
        let connection = try WorkerConnection(
          path: workerPath, file: descriptor, fileByteCount: 0, purpose: .writing,
          limits: options.limits)
        try write(to: connection)
      }
    } catch {
      // It knows nothing of the file's name.
      guard error.code == .writeFailed, error.path.isEmpty else { throw error }
      throw error.within(file.path)
    }
  }

  private func write(to connection: WorkerConnection) throws(ReadError) {
    try connection.send(.create)
    var keys: Set<String> = []
    for property in content.properties where keys.insert(property.key).inserted {
      try connection.send(.attribute(path: [], name: property.key, text: property.value))
    }
    var placed: [String: [String]] = [:]
    for (tensor, path) in zip(content.tensors, paths) {
      placed[tensor.name] = path
      if let original = tensor.original.flatMap({ placed[$0] }) {
        try connection.send(.link(path: path, original: original))
        continue
      }
      try connection.send(
        .dataset(
          WorkerRequest.DatasetPlan(tensor, path: path, compression: options.compression)))
      try tensor.forEachPart { (part) throws(ReadError) in
        try connection.send(elements: part)
      }
    }
    let places = GroupPaths(content.tensors.map(\.name))
    for module in content.modules {
      if let group = places.group(of: module.path) {
        try connection.send(.attribute(path: group, name: Self.layerKey, text: module.layer))
      } else if keys.insert(Self.layerPrefix + module.path).inserted {
        try connection.send(
          .attribute(path: [], name: Self.layerPrefix + module.path, text: module.layer))
      }
    }
    try connection.finish(byteCount: byteCount)
  }
}
