/// Named tensors in a fixed order, as PyTorch's `state_dict()` gives them.
public struct StateDict: Sendable {
  /// The names in order.
  public private(set) var names: [String] = []
  private var tensors: [String: Tensor] = [:]

  /// Creates an empty state dict.
  public init() {}

  /// The number of tensors.
  public var count: Int { names.count }

  /// Whether there is no tensor.
  public var isEmpty: Bool { names.isEmpty }

  /// The tensor of that name, or nil.
  public subscript(name: String) -> Tensor? { tensors[name] }

  /// Appends a tensor under a new name.
  ///
  /// - Returns: Whether the name was new; nothing changes where it was not.
  public mutating func append(_ tensor: Tensor, named name: String) -> Bool {
    guard tensors[name] == nil else { return false }
    tensors[name] = tensor
    names.append(name)
    return true
  }

  /// Puts another tensor under a name that is there.
  ///
  /// - Precondition: The name is there.
  public mutating func replace(_ tensor: Tensor, named name: String) {
    precondition(tensors[name] != nil, "only a tensor that is there can be replaced")
    tensors[name] = tensor
  }
}

extension StateDict {
  /// For each tensor that is the very same as an earlier one (the same memory, type, shape and order)
  /// the name of the first that is.
  ///
  /// - Complexity: O(*n*) in ``count``.
  public func originals() -> [String: String] {
    var first: [Tensor.Identity: String] = [:]
    var originals: [String: String] = [:]
    for name in names {
      guard let tensor = tensors[name], tensor.elementCount > 0 else { continue }
      if let original = first[tensor.identity] {
        originals[name] = original
      } else {
        first[tensor.identity] = name
      }
    }
    return originals
  }
}

extension StateDict: Sequence {
  /// A name and its tensor.
  public typealias Element = (name: String, tensor: Tensor)

  /// Walks the tensors in order.
  public func makeIterator() -> some IteratorProtocol<Element> {
    names.lazy.map { (name: $0, tensor: tensors[$0]!) }.makeIterator()
  }
}
