public import BinaryInput

/// What goes into a file of named tensors.
public struct TensorFileContent: Sendable {
  /// The tensors, in the order in which they are written; names are unique.
  public var tensors: [DeferredTensor]
  /// What the file says beside them, by key, in order; keys are unique.
  public var properties: [Property]
  /// What is known of the modules that the tensors belong to, in order.
  public var modules: [Module]

  /// A statement about the file as a whole: `gpunet.source` is `model.pth`.
  public struct Property: Hashable, Sendable {
    /// The key.
    public let key: String
    /// The value.
    public let value: String

    /// States something.
    public init(_ key: String, _ value: String) {
      self.key = key
      self.value = value
    }
  }

  /// What is known of a module.
  public struct Module: Hashable, Sendable {
    /// What the names of its tensors begin with, without the dot at the end.
    public let path: String
    /// The layer string.
    public let layer: String

    /// Describes a module.
    public init(path: String, layer: String) {
      self.path = path
      self.layer = layer
    }
  }

  /// Gathers what is to be written.
  public init(tensors: [DeferredTensor], properties: [Property] = [], modules: [Module] = []) {
    self.tensors = tensors
    self.properties = properties
    self.modules = modules
  }
}

/// A file of named tensors whose layout is decided and that can be written.
///
/// The same content gives the same bytes.
public protocol TensorFileWriter: Sendable {
  /// The number of bytes of the file, or about that where it is known only after writing.
  var byteCount: Int { get }

  /// Writes the whole file, one tensor at a time.
  ///
  /// - Throws: `io.write`; what making the tensors throws.
  func write(to file: inout AtomicOutputFile) throws(ReadError)
}
