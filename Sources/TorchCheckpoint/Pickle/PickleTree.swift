/// A value that a pickle builds. Children are indices into the tree, so that values may be shared
/// or lie in a circle, and letting go of them never recurses.
enum PickleNode: Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer beyond 64 bits.
  case largeInteger
  case float(Double)
  case text(String)
  case bytes(byteCount: Int)
  /// The associated number of a container is its index in ``PickleTree/contents``.
  case tuple(Int)
  case list(Int)
  case set(Int)
  /// Its contents are keys and values in turn.
  case dictionary(Int)
  case global(PickleGlobal)
  /// An instance of an inert class: the arguments it was made with, then its state.
  case object(Int)
  /// An index in ``PickleTree/storages``.
  case storage(Int)
  /// An index in ``PickleTree/tensors``.
  case tensor(Int)

  /// What the value is called in messages.
  var kind: String {
    switch self {
    case .none: "None"
    case .bool: "a truth value"
    case .integer, .largeInteger: "an integer"
    case .float: "a float"
    case .text: "a text"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .set: "a set"
    case .dictionary: "a dictionary"
    case .global(let global): "the class or function \(global.name)"
    case .object: "an object"
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }
}

/// Everything that a pickle builds, as data.
struct PickleTree: Sendable {
  var nodes: [PickleNode] = []
  /// The children of each container, which grow in place.
  var contents: [[Int]] = []
  var storages: [StorageReference] = []
  var tensors: [TensorReference] = []
  /// The value that the pickle as a whole stands for.
  var root = 0

  /// The items of a dictionary in order; none for other values.
  func items(of node: Int) -> [(key: Int, value: Int)] {
    guard case .dictionary(let index) = nodes[node] else { return [] }
    let flat = contents[index]
    return stride(from: 0, to: flat.count, by: 2).map { (flat[$0], flat[$0 + 1]) }
  }

  func text(_ node: Int) -> String? {
    guard case .text(let text) = nodes[node] else { return nil }
    return text
  }

  func integer(_ node: Int) -> Int? {
    guard case .integer(let integer) = nodes[node] else { return nil }
    return integer
  }

  /// The elements of a tuple.
  func tuple(_ node: Int) -> [Int]? {
    guard case .tuple(let index) = nodes[node] else { return nil }
    return contents[index]
  }

  /// The elements of a tuple or a list.
  func sequence(_ node: Int) -> [Int]? {
    switch nodes[node] {
    case .tuple(let index), .list(let index): contents[index]
    default: nil
    }
  }
}
