internal import BinaryInput
internal import TensorData

/// What calls of known classes and functions would have built.
extension PickleMachine {
  /// `REDUCE`: the value that calling `callee` stands for.
  mutating func call(_ callee: Int, arguments: Int) throws(ReadError) {
    if case .object = tree.nodes[callee] {
      guard keepsUnknownClasses else { throw unsafeGlobal("it calls an object") }
      return try pushObject(callee, [arguments])
    }
    guard case .global(let global) = tree.nodes[callee] else {
      throw error(
        .pickleArguments, "something is called that is no class or function",
        found: tree.nodes[callee].kind)
    }
    guard let list = tree.tuple(arguments) else {
      throw error(
        .pickleArguments, "the arguments of \(global.name) are no tuple",
        found: tree.nodes[arguments].kind)
    }
    switch global.meaning {
    case .rebuildTensor, .rebuildParameter, .rebuildFromType, .moveToDevice, .unreadable:
      try rebuild(global, list, mayNest: true)
    case .makeArray:
      try push(.emptyArray(function: global.name))
    case .arrayOverBytes:
      try pushTensor(try arrayOverBytes(global, list))
    case .makeObject:
      guard let type = list.first else { throw malformed(global.name, "a class", nil) }
      try makeObject(type, arguments: Array(list.dropFirst()))
    case .rebuildModule:
      guard let attributes = list.first, case .dictionary = tree.nodes[attributes] else {
        throw malformed(global.name, "a dictionary of attributes", list.first)
      }
      try pushObject(callee, [])
      try build(try top(), state: attributes)
    case .dictionary:
      try pushContainer(PickleNode.dictionary, try pairs(list, of: global))
    case .list:
      try pushContainer(PickleNode.list, try elements(list, of: global))
    case .tuple:
      try pushContainer(PickleNode.tuple, try elements(list, of: global))
    case .set:
      try pushContainer(PickleNode.set, try elements(list, of: global))
    case .bytes:
      try push(.bytes(bytes(list)))
    case .takeAttribute:
      try takeAttribute(callee, global, list)
    case .inert:
      try pushObject(callee, list)
    case .named:
      guard isMember(list, of: global) || keepsUnknownClasses else {
        throw unsafeGlobal("it calls '\(global.name)'")
      }
      try pushObject(callee, list)
    case .storage, .elementType:
      throw error(.pickleArguments, "\(global.name) is called, which no checkpoint does")
    }
  }

  /// `getattr(object, name)`: a method of an object that the pickle made, or a class inside a class;
  /// neither is called by whoever keeps it.
  private mutating func takeAttribute(
    _ callee: Int, _ global: PickleGlobal, _ list: [Int]
  ) throws(ReadError) {
    if list.count == 2, let name = tree.text(list[1]) {
      switch tree.nodes[list[0]] {
      case .object where !name.hasPrefix("_"): return try pushObject(callee, list)
      case .global(let outer):
        if let member = outer.member(name) { return try push(.global(member)) }
      default: break
      }
    }
    guard keepsUnknownClasses else { throw unsafeGlobal("it calls '\(global.name)'") }
    try pushObject(callee, list)
  }

  /// Whether a call makes a member of an enumeration: of a class, which its capital tells from a
  /// function, with a number or a word, which is all that the call says.
  private func isMember(_ list: [Int], of global: PickleGlobal) -> Bool {
    let name = global.name.split(separator: ".").last?.drop { $0 == "_" }
    guard list.count == 1, name?.first?.isUppercase ?? false else { return false }
    switch tree.nodes[list[0]] {
    case .integer: return true
    case .text(let text):
      return text.utf8.count <= PickleLimits.wordByteCount
        && text.allSatisfy { $0.isLetter || $0.isNumber || "_-.".contains($0) }
    default: return false
    }
  }

  /// `NEWOBJ`: an instance of an inert class.
  mutating func makeObject(_ callee: Int, arguments: [Int]) throws(ReadError) {
    guard case .global(let global) = tree.nodes[callee] else {
      throw error(
        .pickleArguments, "an object is made of something that is no class",
        found: tree.nodes[callee].kind)
    }
    if case .unreadable(let reason) = global.meaning {
      return try pushTensor(.unsupported(reason))
    }
    guard global.isInert else {
      throw error(
        .pickleArguments, "an object is made of something that is no inert class",
        found: tree.nodes[callee].kind)
    }
    try pushObject(callee, arguments)
  }

  /// The bytes that a text, or bytes, are converted to.
  private func bytes(_ list: [Int]) -> PickleBytes {
    guard let first = list.first else { return .stored(0..<0) }
    switch tree.nodes[first] {
    case .bytes(let bytes): return bytes
    // Protocol 2 has no bytes and spells each as one character of Latin-1.
    case .text, .longText:
      let encoding = list.count > 1 ? tree.text(list[1]) : nil
      return ["latin1", "latin-1"].contains(encoding) ? .encoded(text: first) : .unknown
    default: return .unknown
    }
  }

  /// `BUILD`: gives a value its state, which stays beside what is looked at.
  mutating func build(_ target: Int, state: Int) throws(ReadError) {
    switch tree.nodes[target] {
    case .object(let object):
      try raiseTop(above: [state])
      tree.objects[object].states.append(state)
    case .emptyArray(let function):
      // All that refer to the array refer to this node.
      tree.tensors.append(
        TensorReference(content: try array(function, state: state), offset: offset))
      tree.nodes[target] = .tensor(tree.tensors.count - 1)
    case .dictionary:
      guard case .dictionary = tree.nodes[state] else {
        throw error(
          .pickleBuildTarget, "the attributes of a dictionary are no dictionary",
          found: tree.nodes[state].kind)
      }
    case .tensor:
      break
    default:
      throw error(
        .pickleBuildTarget, "state is given to something that has none",
        found: tree.nodes[target].kind)
    }
  }

  /// The elements that a list, a tuple or a set is made with.
  private func elements(_ list: [Int], of global: PickleGlobal) throws(ReadError) -> [Int] {
    guard let first = list.first else { return [] }
    switch tree.nodes[first] {
    case .tuple(let index), .list(let index), .set(let index): return tree.contents[index]
    default: throw malformed(global.name, "elements", first)
    }
  }

  /// The items that a dictionary is made with: none, those of another one, or a list of pairs.
  private func pairs(_ list: [Int], of global: PickleGlobal) throws(ReadError) -> [Int] {
    guard let last = list.last else { return [] }
    switch tree.nodes[last] {
    case .dictionary(let index):
      return tree.contents[index]
    // The only argument of a default dictionary is what makes its values.
    case .global, .none:
      return []
    case .list(let index), .tuple(let index):
      var items: [Int] = []
      for pair in tree.contents[index] {
        guard let parts = tree.sequence(pair), parts.count == 2 else {
          throw error(
            .pickleArguments, "\(global.name) is made of something that is no pair",
            found: tree.nodes[pair].kind)
        }
        items += parts
      }
      return items
    default:
      throw error(
        .pickleArguments, "\(global.name) is made of something that holds no items",
        found: tree.nodes[last].kind)
    }
  }

  // MARK: Tensors

  /// Pushes the tensor that a function rebuilds, which may be one that calls another only where
  /// `mayNest`.
  private mutating func rebuild(
    _ global: PickleGlobal, _ list: [Int], mayNest: Bool
  ) throws(ReadError) {
    switch global.meaning {
    case .rebuildTensor(let version):
      try pushTensor(try view(global, list, version: version))
    case .rebuildParameter:
      guard let data = list.first, case .tensor = tree.nodes[data] else {
        throw malformed(global.name, "a tensor", list.first)
      }
      try push(existing: data)
    case .rebuildFromType:
      guard mayNest, list.count == 4, case .global(let inner) = tree.nodes[list[0]],
        let innerList = tree.tuple(list[2])
      else { throw malformed(global.name, "a function, a type, arguments and a state", list.first) }
      // What a subclass keeps is known by its type and not by the function.
      if case .global(let type) = tree.nodes[list[1]], case .unreadable = type.meaning {
        return try rebuild(type, innerList, mayNest: false)
      }
      try rebuild(inner, innerList, mayNest: false)
    case .moveToDevice:
      try moveTensor(global, list)
    case .unreadable(let reason):
      try pushTensor(.unsupported(reason))
    default:
      throw malformed(global.name, "a function that rebuilds a tensor", nil)
    }
  }

  mutating func pushTensor(_ content: TensorReference.Content) throws(ReadError) {
    tree.tensors.append(TensorReference(content: content, offset: offset))
    try push(.tensor(tree.tensors.count - 1))
  }

  /// `storage, offset, size, strides` and from version 2 on `requires_grad, hooks`; in version 3
  /// then the element type.
  private func view(
    _ global: PickleGlobal, _ list: [Int], version: Int
  ) throws(ReadError) -> TensorReference.Content {
    let leastCount = [1: 4, 2: 6, 3: 7][version]!
    guard list.count >= leastCount, list.count <= leastCount + (version == 1 ? 0 : 1),
      case .storage(let index) = tree.nodes[list[0]]
    else {
      throw malformed(global.name, "\(leastCount) arguments, the first a storage", list.first)
    }
    let storage = tree.storages[index]
    var element = storage.element
    if version == 3 {
      guard case .global(let type) = tree.nodes[list[6]],
        case .elementType(let stated) = type.meaning
      else { throw malformed(global.name, "an element type", list[6]) }
      guard storage.element.isUntyped || storage.element == stated else {
        throw error(
          .tensorElementType, "the tensor's element type is not that of its storage",
          expected: storage.element.name, found: stated.name)
      }
      element = stated
    }
    let elementOffset = try integer(list[1], "a tensor's offset", global.name)
    // Sizes may be shared by any number of tensors: they are copied where they are short.
    for sizes in list[2...3] {
      if let count = tree.tuple(sizes)?.count, count > Tensor.maximumRank {
        return .unsupported(.rank(count))
      }
    }
    let shape = try integers(list[2], "a tensor's size", global.name)
    let strides = try integers(list[3], "a tensor's strides", global.name)
    guard let type = element.type else {
      return .unsupported(
        element.isQuantized ? .quantized(element.name) : .element(element.name))
    }
    guard !storage.isMeta else { return .unsupported(.meta) }
    // What PyTorch sets on the tensor after it was made: its bits for a sign and a conjugate.
    if list.count > leastCount, case .dictionary(let facts) = tree.nodes[list[leastCount]],
      tree.contents[facts].contains(where: {
        if case .bool(true) = tree.nodes[$0] { true } else { false }
      })
    {
      return .unsupported(.pending)
    }
    return .view(
      storage: index, type: type, elementOffset: elementOffset, shape: shape, strides: strides)
  }

  func integers(
    _ node: Int, _ what: String, _ function: String
  ) throws(ReadError) -> [Int] {
    guard let elements = tree.tuple(node) else {
      throw malformed(function, "a tuple as \(what)", node)
    }
    return try elements.map { element throws(ReadError) in try integer(element, what, function) }
  }

  private func integer(
    _ node: Int, _ what: String, _ function: String
  ) throws(ReadError) -> Int {
    switch tree.nodes[node] {
    case .integer(let integer): return integer
    case .largeInteger: throw error(.torchRange, "\(what) is beyond 64 bits")
    default: throw malformed(function, "an integer in \(what)", node)
    }
  }

  func malformed(_ function: String, _ expected: String, _ node: Int?) -> ReadError {
    error(
      .pickleArguments, "\(function) is called with other arguments than it takes",
      expected: expected, found: node.map { tree.nodes[$0].kind })
  }
}

extension StorageReference {
  /// Reads a persistent identifier.
  ///
  /// - Throws: `pth.persistent-id`; `pth.range` for a count that does not fit; `pth.layout` for a
  ///   module's source code, which only files have that hold whole modules.
  init(
    _ tree: PickleTree, _ identifier: Int, _ dialect: PickleMachine.Dialect, at offset: Int
  ) throws(ReadError) {
    func malformed(_ what: String, expected: String? = nil, found: String? = nil) -> ReadError {
      ReadError(.torchPersistentID, what, offset: offset, expected: expected, found: found)
    }
    let expectedCount = dialect == .legacy ? 6 : 5
    guard dialect != .plain, let parts = tree.tuple(identifier),
      let kind = parts.first.flatMap({ tree.text($0) })
    else {
      throw malformed(
        "a reference to a storage is malformed", expected: "a tuple that begins with 'storage'",
        found: tree.nodes[identifier].kind)
    }
    guard kind != "module" else {
      throw ReadError(
        .torchLayout, "a class with its source code is referred to in a way that is not read",
        offset: offset, expected: "'module', a class, a file and its text")
    }
    guard kind == "storage", parts.count == expectedCount,
      case .global(let global) = tree.nodes[parts[1]], case .storage(let element) = global.meaning
    else {
      throw malformed(
        "a reference to a storage is malformed",
        expected: "'storage' and a class among \(expectedCount) values",
        found: "'\(kind)' among \(parts.count)")
    }
    // A key is looked up among the records and never used as a path.
    guard let key = tree.text(parts[2]), let location = tree.text(parts[3]), !key.isEmpty,
      key.utf8.count <= PickleLimits.nameByteCount, !key.contains("/"), !key.contains("..")
    else {
      throw malformed(
        "a storage's key or location is no plain text",
        found: tree.text(parts[2]) ?? tree.nodes[parts[2]].kind)
    }
    if dialect == .legacy {
      guard case .none = tree.nodes[parts[5]] else {
        throw malformed("views of storages are not supported", found: tree.nodes[parts[5]].kind)
      }
    }
    guard let count = tree.integer(parts[4]) else {
      if case .largeInteger = tree.nodes[parts[4]] {
        throw ReadError(.torchRange, "a storage's count is beyond 64 bits", offset: offset)
      }
      throw malformed("a storage's count is no integer", found: tree.nodes[parts[4]].kind)
    }
    guard count >= 0, count.multiplied(exactly: element.type?.byteCount ?? 16) != nil else {
      throw ReadError(
        .torchRange, "a storage's count is out of range", offset: offset, found: "\(count)")
    }
    self.init(key: key, element: element, elementCount: count, location: location)
  }
}
