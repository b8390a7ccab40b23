public import BinaryInput

/// A file of named tensors in groups, before anybody knows whose they are; every format that holds
/// no more than names and tensors gives one.
public protocol TensorContainer: Sendable {
  /// The format, as reports name it: `pytorch-zip`.
  var formatName: String { get }
  /// The name of the file inside an archive around it; nil where there is none.
  var innerName: String? { get }
  /// The groups, in the order of the file.
  var groups: [TensorGroup] { get }
  /// The paths of tensors that stand in no group, for lack of a name.
  var otherPaths: [String] { get }
  /// What the file says beside its tensors, in its order.
  var facts: [TensorFact] { get }

  /// Some tensors of the group at an index, checksums verified.
  ///
  /// - Throws: What reading the format throws, the name of the tensor in the path.
  /// - Precondition: The group has tensors of these names.
  func tensors(_ names: [String], ofGroup index: Int) throws(ReadError) -> StateDict

  /// Why tensors of the group at an index cannot be read, found without reading any.
  func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)]
}

/// A single value beside the tensors of a file.
public struct TensorFact: Hashable, Sendable {
  /// The keys that lead to it, joined by dots.
  public let path: String
  /// A text, a number or a truth value as Python prints it; the class of an object.
  public let value: String

  /// States a fact.
  public init(path: String, value: String) {
    self.path = path
    self.value = value
  }
}

/// Tensors that stand under names in one place of a file.
public struct TensorGroup: Sendable {
  /// The keys that lead to it, joined by dots; empty for the top level.
  public let keyPath: String
  /// What the tensors are called, and what is known of each without reading it.
  public let entries: [Entry]
  /// The class of the object whose parameters these are, where the file says it.
  public let className: String?

  /// The modules that the tensors belong to, where the file has whole modules.
  public let modules: [Module]

  /// What a file says of a module beside its tensors.
  public struct Module: Hashable, Sendable {
    /// The path inside the group; empty for the module whose parameters the group is.
    public let path: String
    /// The name of its class, with the names of the Python modules that the class is in.
    public let className: String
    /// Settings as Python prints them: `stride` is `(2, 2)`.
    public let settings: [String: String]
    /// Whether other modules are in it.
    public let hasChildren: Bool
    /// Whether it has parameters or buffers of its own.
    public let hasTensors: Bool

    /// Describes a module.
    public init(
      _ path: String, className: String, settings: [String: String] = [:],
      hasChildren: Bool = false, hasTensors: Bool = false
    ) {
      self.path = path
      self.className = className
      self.settings = settings
      self.hasChildren = hasChildren
      self.hasTensors = hasTensors
    }

    /// The same module under another path.
    public func renamed(_ path: String) -> Module {
      Module(
        path, className: className, settings: settings, hasChildren: hasChildren,
        hasTensors: hasTensors)
    }

    /// Whether it computes something else than its class: another function in its place, or one that
    /// is called with its result.
    public var changesForward: Bool { settings["forward"] != nil || settings["hooks"] != nil }

    /// Whether its class computes nothing in inference, by its name.
    public var isIdle: Bool { Module.idleEndings.contains { shortClassName.hasSuffix($0) } }

    private static let idleEndings = [
      "Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "DropPath", "QuantStub",
    ]

    /// The name of its class alone.
    public var shortClassName: Substring { className.split(separator: ".").last ?? "" }
  }

  /// A tensor that can be read.
  public struct Entry: Hashable, Sendable {
    /// The name.
    public let name: String
    /// The shape; nil where it cannot be known, or the tensor cannot be read.
    public let shape: [Int]?
    /// The type of the elements; nil where it cannot be known, or the tensor cannot be read.
    public let elementType: ElementType?
    /// The name of the entry before it in its group that is the very same tensor: the same memory,
    /// type and shape; nil where there is none, or the format cannot say it.
    public let original: String?

    /// Describes a tensor.
    public init(
      _ name: String, shape: [Int]?, elementType: ElementType?, original: String? = nil
    ) {
      self.name = name
      self.shape = shape
      self.elementType = elementType
      self.original = original
    }

    /// The number of bytes of the elements; nil where shape or type are not known.
    public var byteCount: Int? {
      guard let shape, let elementType else { return nil }
      return shape.exactProduct()?.multiplied(exactly: elementType.byteCount)
    }
  }

  /// Describes a group.
  public init(
    keyPath: String, entries: [Entry], className: String? = nil, modules: [Module] = []
  ) {
    self.keyPath = keyPath
    self.entries = entries
    self.className = className
    self.modules = modules
  }

  /// The names, in order.
  public var names: [String] { entries.map(\.name) }
}
