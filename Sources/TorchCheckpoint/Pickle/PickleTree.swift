internal import BinaryInput

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
  /// A text far too long for a name, and where its bytes are; nobody has looked at them.
  case longText(Range<Int>)
  case bytes(PickleBytes)
  /// The associated number of a container is its index in ``PickleTree/contents``.
  case tuple(Int)
  case list(Int)
  case set(Int)
  /// Its contents are keys and values in turn.
  case dictionary(Int)
  case global(PickleGlobal)
  /// An instance of an inert class: an index in ``PickleTree/objects``.
  case object(Int)
  /// A NumPy array that still lacks its state: how its function is called.
  case emptyArray(function: String)
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
    case .text, .longText: "a text"
    case .bytes: "bytes"
    case .tuple: "a tuple"
    case .list: "a list"
    case .set: "a set"
    case .dictionary: "a dictionary"
    case .global(let global): "the class or function \(global.name)"
    case .object: "an object"
    case .emptyArray: "an array"
    case .storage: "a storage"
    case .tensor: "a tensor"
    }
  }
}

/// Where bytes of a pickle are; they are copied by nobody who does not ask for them.
enum PickleBytes: Hashable, Sendable {
  /// As they are, in the file.
  case stored(Range<Int>)
  /// One character of Latin-1 for each byte, in the text that this node is: protocol 2 has no
  /// bytes.
  case encoded(text: Int)
  /// Spelt in a way that is not read.
  case unknown
}

/// An instance of a class whose code is not there, as data.
struct PickleObject: Sendable {
  /// The class, or whatever else was called.
  let callee: Int
  /// The index in ``PickleTree/contents`` of what it was made with and what was added to it.
  let elements: Int
  /// The index of the keys and values that were put into it, in turn; nil where none were.
  var items: Int?
  /// What it was told to restore, first to last: its attributes, or a pair of them and its slots.
  var states: [Int] = []
}

/// Everything that a pickle builds, as data.
struct PickleTree: Sendable {
  /// What the offsets of long texts and bytes count from: the pickle, or the file around it.
  let source: Bytes
  var nodes: [PickleNode] = []
  /// The children of each container, which grow in place.
  var contents: [[Int]] = []
  var objects: [PickleObject] = []
  var storages: [StorageReference] = []
  var tensors: [TensorReference] = []
  /// The value that the pickle as a whole stands for.
  var root = 0

  /// The items of a dictionary, or of an object of a kind of one, in order; none for other values.
  func items(of node: Int) -> [(key: Int, value: Int)] {
    let index: Int?
    switch nodes[node] {
    case .dictionary(let contents): index = contents
    case .object(let object): index = objects[object].items
    default: index = nil
    }
    guard let index else { return [] }
    let flat = contents[index]
    return stride(from: 0, to: flat.count, by: 2).map { (flat[$0], flat[$0 + 1]) }
  }

  /// The attributes of an object, those restored last at the end.
  func attributes(of object: PickleObject) -> [(key: Int, value: Int)] {
    object.states.flatMap { state -> [(key: Int, value: Int)] in
      // What a class with slots restores is a pair: its attributes, and what is in the slots.
      guard let parts = tuple(state), parts.count == 2 else { return items(of: state) }
      return items(of: parts[0]) + items(of: parts[1])
    }
  }

  /// How many steps it takes to look at all attributes of an object.
  func attributeCount(of object: PickleObject) -> Int {
    object.states.reduce(0) { sum, state in
      let parts = tuple(state).flatMap { $0.count == 2 ? $0 : nil } ?? [state]
      return parts.reduce(sum + 1) { $0 + itemCount(of: $1) }
    }
  }

  private func itemCount(of node: Int) -> Int {
    switch nodes[node] {
    case .dictionary(let index): contents[index].count / 2
    case .object(let index): objects[index].items.map { contents[$0].count / 2 } ?? 0
    default: 0
    }
  }

  /// The name of the class that an object is an instance of.
  func className(of object: PickleObject) -> String? {
    guard case .global(let global) = nodes[object.callee] else { return nil }
    return global.name
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

extension PickleTree {
  /// The most elements of a tuple that are printed.
  private static let printedCount = 4

  /// Bytes as the text that they are in UTF-8; nil for other values, and for what is too long for a
  /// name.
  func bytesText(_ node: Int) -> String? {
    switch nodes[node] {
    case .bytes(.encoded(let text)): return self.text(text)
    case .bytes(.stored(let range)) where range.count <= PickleLimits.nameByteCount:
      var reader = ByteReader(source[range].span, truncation: .pickleEncoding)
      return try? reader.readString(byteCount: range.count, invalid: .pickleEncoding)
    default: return nil
    }
  }

  /// A number of NumPy's, as Python prints it; nil for other objects.
  func scalar(_ object: PickleObject) -> String? {
    let parts = contents[object.elements]
    guard className(of: object)?.hasSuffix(".multiarray.scalar") ?? false, parts.count == 2,
      object.states.isEmpty, object.items == nil,
      case .object(let type) = nodes[parts[0]],
      let code = contents[objects[type].elements].first.flatMap(text),
      let state = objects[type].states.last.flatMap({ tuple($0) }), state.count > 1,
      let bytes = shortBytes(parts[1]), code == "\(code.prefix(1))\(bytes.count)"
    else { return nil }
    let isBigEndian = text(state[1]) == ">"
    let bits = (isBigEndian ? bytes : bytes.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    switch code {
    case "f8": return "\(Double(bitPattern: bits))"
    case "f4": return "\(Float(bitPattern: UInt32(bits)))"
    case "f2": return "\(Float16(bitPattern: UInt16(bits)))"
    case "i8": return "\(Int64(bitPattern: bits))"
    case "i4": return "\(Int32(bitPattern: UInt32(bits)))"
    case "i2": return "\(Int16(bitPattern: UInt16(bits)))"
    case "i1": return "\(Int8(bitPattern: UInt8(bits)))"
    case "u8", "u4", "u2", "u1": return "\(bits)"
    case "b1": return bits == 0 ? "False" : "True"
    default: return nil
    }
  }

  /// The bytes of a number; nil for other values.
  private func shortBytes(_ node: Int) -> [UInt8]? {
    switch nodes[node] {
    case .bytes(.stored(let range)) where range.count <= 8:
      var reader = ByteReader(source[range].span, truncation: .pickleTruncated)
      return try? reader.readArray(byteCount: range.count)
    case .bytes(.encoded(let text)):
      let scalars = self.text(text)?.unicodeScalars.map { UInt8(exactly: $0.value) } ?? []
      let bytes = scalars.compactMap(\.self)
      return bytes.count == scalars.count && bytes.count <= 8 ? bytes : nil
    default: return nil
    }
  }

  /// A single value, or a tuple or list of a few, as Python prints it; nil for others.
  ///
  /// - Complexity: O(*n*) in the characters of texts.
  func printed(_ node: Int) -> String? {
    switch nodes[node] {
    case .none: return "None"
    case .bool(let bool): return bool ? "True" : "False"
    case .integer(let integer): return "\(integer)"
    case .float(let number): return "\(number)"
    case .text(let text): return "'\(text)'"
    case .bytes: return bytesText(node).map { "b'\($0)'" }
    case .object(let index): return scalar(objects[index])
    case .tuple(let index), .list(let index):
      let elements = contents[index]
      guard elements.count <= PickleTree.printedCount else { return nil }
      // One level, so that nothing is printed in a circle.
      let parts = elements.compactMap { element -> String? in
        switch nodes[element] {
        case .tuple, .list: nil
        default: printed(element)
        }
      }
      guard parts.count == elements.count else { return nil }
      let text = parts.joined(separator: ", ")
      guard case .tuple = nodes[node] else { return "[\(text)]" }
      return parts.count == 1 ? "(\(text),)" : "(\(text))"
    default: return nil
    }
  }
}
