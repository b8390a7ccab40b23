internal import BinaryInput

/// Follows the instructions of one pickle and builds what they describe, as data.
///
/// Nothing is imported, called or executed. Every instruction pushes at most one value, so time and
/// memory are in proportion to the pickle's bytes.
struct PickleMachine {
  /// How a checkpoint refers to its storages.
  enum Dialect {
    /// `("storage", class, key, location, count)`.
    case zip
    /// The same, and the description of a view or `None`.
    case legacy
    /// Not at all.
    case plain
  }

  let dialect: Dialect
  /// Whether what is called is kept as an inert object whatever it is, and whatever module it is
  /// from.
  let keepsUnknownClasses: Bool
  var tree: PickleTree
  /// Where in the file the current instruction is.
  var offset = 0

  private var stack: [Int] = []
  /// The heights of the stack at the marks that are open.
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]
  /// How deep values are nested below each node.
  private var heights: [UInt16] = []
  /// The number of children of all containers; calls that copy one count again.
  private var childCount = 0
  private var storageIndices: [String: Int] = [:]

  private init(_ source: Bytes, _ dialect: Dialect, keepsUnknownClasses: Bool) {
    tree = PickleTree(source: source)
    self.dialect = dialect
    self.keepsUnknownClasses = keepsUnknownClasses
  }

  /// Reads one pickle, up to and over its `STOP`.
  ///
  /// - Parameters:
  ///   - reader: At the beginning of the pickle.
  ///   - source: The bytes that the reader's positions count in.
  ///   - dialect: How the pickle refers to its storages.
  ///   - keepsUnknownClasses: Whether everything that is called is kept as an inert object.
  /// - Returns: What the pickle builds.
  /// - Throws: One of the codes `pickle.…`; those of storages and tensors.
  static func read(
    _ reader: inout ByteReader, of source: Bytes, dialect: Dialect,
    keepsUnknownClasses: Bool = false
  ) throws(ReadError) -> PickleTree {
    var machine = PickleMachine(source, dialect, keepsUnknownClasses: keepsUnknownClasses)
    try machine.run(&reader)
    return machine.tree
  }

  private mutating func run(_ reader: inout ByteReader) throws(ReadError) {
    offset = reader.position
    guard try reader.read(UInt8.self, "the protocol") == PickleOpcode.protocol.rawValue,
      (2...5).contains(try reader.read(UInt8.self, "the protocol"))
    else {
      throw error(
        .pickleProtocol, "the pickle does not begin with a protocol that is read",
        expected: "protocol 2 to 5", advice: "save it again with torch.save")
    }
    var operationCount = 0
    while true {
      offset = reader.position
      let byte = try reader.read(UInt8.self, "the pickle")
      guard let opcode = PickleOpcode(rawValue: byte), opcode != .protocol else {
        throw error(
          .pickleOpcode, "the opcode is not one that checkpoints need",
          found: "0x" + String(byte, radix: 16))
      }
      operationCount += 1
      guard operationCount <= PickleLimits.operationCount else {
        throw overLimit("instructions", PickleLimits.operationCount)
      }
      if opcode == .stop { break }
      try follow(opcode, &reader)
    }
    guard stack.count == 1, marks.isEmpty else {
      throw error(
        .pickleStack, "the pickle ends with values left over", expected: "one value",
        found: "\(stack.count) values, \(marks.count) marks")
    }
    tree.root = stack[0]
  }

  private mutating func follow(
    _ opcode: PickleOpcode, _ reader: inout ByteReader
  ) throws(ReadError) {
    switch opcode {
    case .protocol, .stop: break
    case .frame:
      let byteCount: UInt64 = try reader.read()
      guard byteCount <= UInt64(reader.remainingByteCount) else {
        throw error(
          .pickleTruncated, "a frame reaches beyond the end",
          expected: "at most \(reader.remainingByteCount) bytes", found: "\(byteCount)")
      }

    case .none: try push(.none)
    case .newTrue: try push(.bool(true))
    case .newFalse: try push(.bool(false))
    case .integer1: try push(.integer(Int(try reader.read(UInt8.self))))
    case .integer2: try push(.integer(Int(try reader.read(UInt16.self))))
    case .integer4: try push(.integer(Int(try reader.read(Int32.self))))
    case .long1: try pushLong(&reader, byteCount: UInt64(try reader.read(UInt8.self)))
    case .long4: try pushLong(&reader, byteCount: UInt64(try reader.read(UInt32.self)))
    case .float:
      try push(.float(Double(bitPattern: try reader.read(UInt64.self).byteSwapped)))

    case .text1: try pushText(&reader, byteCount: UInt64(try reader.read(UInt8.self)))
    case .text4: try pushText(&reader, byteCount: UInt64(try reader.read(UInt32.self)))
    case .text8: try pushText(&reader, byteCount: try reader.read(UInt64.self))
    case .oldText1:
      // A text of Python 2 has no encoding; as a name it is one only where it is UTF-8.
      let bytes = try reader.readArray(byteCount: Int(try reader.read(UInt8.self)), "a text")
      let range = (reader.position - bytes.count)..<reader.position
      let text = String(validating: bytes, as: UTF8.self)
      try push(text.map { .text($0) } ?? .bytes(.stored(range)))
    case .bytes1: try pushBytes(&reader, byteCount: UInt64(try reader.read(UInt8.self)))
    case .bytes4: try pushBytes(&reader, byteCount: UInt64(try reader.read(UInt32.self)))
    case .bytes8, .byteArray8: try pushBytes(&reader, byteCount: try reader.read(UInt64.self))

    case .mark: marks.append(stack.count)
    case .emptyTuple: try pushContainer(PickleNode.tuple, [])
    case .tuple1: try pushContainer(PickleNode.tuple, try pop(1))
    case .tuple2: try pushContainer(PickleNode.tuple, try pop(2))
    case .tuple3: try pushContainer(PickleNode.tuple, try pop(3))
    case .tuple: try pushContainer(PickleNode.tuple, try popToMark())
    case .emptyList: try pushContainer(PickleNode.list, [])
    case .emptyDictionary: try pushContainer(PickleNode.dictionary, [])
    case .emptySet: try pushContainer(PickleNode.set, [])
    case .frozenSet: try pushContainer(PickleNode.set, try popToMark())
    case .append: try append(try pop(1))
    case .appends: try append(try popToMark())
    case .setItem: try setItems(try pop(2))
    case .setItems: try setItems(try popToMark())
    case .addItems:
      let items = try popToMark()
      switch tree.nodes[try top()] {
      case .set(let index): try extend(index, by: items)
      case .object(let index): try extend(tree.objects[index].elements, by: items)
      default:
        throw wrongTarget(.pickleAppendTarget, "elements are added to something that is no set")
      }

    case .put1: memo[Int(try reader.read(UInt8.self))] = try top()
    case .put4: memo[Int(try reader.read(UInt32.self))] = try top()
    case .memoize: memo[memo.count] = try top()
    case .get1: try recall(Int(try reader.read(UInt8.self)))
    case .get4: try recall(Int(try reader.read(UInt32.self)))

    case .global:
      let limit = PickleLimits.globalByteCount
      let module = try reader.readLine(limit: limit, invalid: .pickleEncoding, "a module's name")
      let name = try reader.readLine(limit: limit, invalid: .pickleEncoding, "a class's name")
      try pushGlobal(module, name)
    case .stackGlobal:
      let names = try pop(2)
      guard let module = tree.text(names[0]), let name = tree.text(names[1]) else {
        throw error(
          .pickleStack, "a class is named by something that is no text",
          found: "\(tree.nodes[names[0]].kind) and \(tree.nodes[names[1]].kind)")
      }
      try pushGlobal(module, name)
    case .reduce:
      let parts = try pop(2)
      try call(parts[0], arguments: parts[1])
    case .newObject:
      let parts = try pop(2)
      try makeObject(parts[0], arguments: [parts[1]])
    case .newObjectWithKeywords:
      let parts = try pop(3)
      try makeObject(parts[0], arguments: [parts[1], parts[2]])
    case .build:
      let state = try pop(1)[0]
      try build(try top(), state: state)
    case .persistentID:
      try pushStorage(try pop(1)[0])
    }
  }

  // MARK: Stack

  /// Pushes a value that has no children.
  mutating func push(_ node: PickleNode) throws(ReadError) {
    try push(node, height: 0)
  }

  /// Pushes a value that is in the tree already.
  mutating func push(existing node: Int) throws(ReadError) {
    guard stack.count < PickleLimits.stackCount else {
      throw overLimit("values on the stack", PickleLimits.stackCount)
    }
    stack.append(node)
  }

  /// Pushes a container of `children`.
  mutating func pushContainer(
    _ kind: (Int) -> PickleNode, _ children: [Int]
  ) throws(ReadError) {
    let height = try self.height(above: children)
    try count(children)
    tree.contents.append(children)
    try push(kind(tree.contents.count - 1), height: height)
  }

  /// Pushes an instance of `callee`, made with `elements`.
  mutating func pushObject(_ callee: Int, _ elements: [Int]) throws(ReadError) {
    let height = try self.height(above: elements)
    try count(elements)
    tree.contents.append(elements)
    tree.objects.append(PickleObject(callee: callee, elements: tree.contents.count - 1))
    try push(.object(tree.objects.count - 1), height: height)
  }

  private mutating func push(_ node: PickleNode, height: UInt16) throws(ReadError) {
    guard tree.nodes.count < PickleLimits.nodeCount else {
      throw overLimit("values", PickleLimits.nodeCount)
    }
    tree.nodes.append(node)
    heights.append(height)
    try push(existing: tree.nodes.count - 1)
  }

  /// Adds children to the container whose contents are at `index`; it is on top of the stack.
  mutating func extend(_ index: Int, by children: [Int]) throws(ReadError) {
    try raiseTop(above: children)
    tree.contents[index] += children
  }

  /// Takes note that what is on top of the stack holds these children, too.
  mutating func raiseTop(above children: [Int]) throws(ReadError) {
    let container = try top()
    heights[container] = max(heights[container], try height(above: children))
    try count(children)
  }

  private mutating func count(_ children: [Int]) throws(ReadError) {
    childCount += children.count
    guard childCount <= PickleLimits.operationCount else {
      throw overLimit("elements", PickleLimits.operationCount)
    }
  }

  private func height(above children: [Int]) throws(ReadError) -> UInt16 {
    let height = children.reduce(UInt16(0)) { max($0, heights[$1] + 1) }
    guard height <= PickleLimits.depth else {
      throw error(
        .pickleDepth, "values are nested too deep",
        expected: "at most \(PickleLimits.depth) levels")
    }
    return height
  }

  func top() throws(ReadError) -> Int {
    guard let last = stack.last, stack.count > (marks.last ?? 0) else { throw underflow(1) }
    return last
  }

  private mutating func pop(_ count: Int) throws(ReadError) -> [Int] {
    guard stack.count - (marks.last ?? 0) >= count else { throw underflow(count) }
    let values = Array(stack.suffix(count))
    stack.removeLast(count)
    return values
  }

  private mutating func popToMark() throws(ReadError) -> [Int] {
    guard let mark = marks.popLast() else {
      throw error(.pickleStack, "no mark is open where one is closed")
    }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  private mutating func recall(_ index: Int) throws(ReadError) {
    guard let node = memo[index] else {
      throw error(.pickleMemo, "the memo has no value under this index", found: "\(index)")
    }
    try push(existing: node)
  }

  // MARK: Values

  private mutating func pushLong(
    _ reader: inout ByteReader, byteCount: UInt64
  ) throws(ReadError) {
    let byteCount = try bounded(byteCount, reader)
    guard byteCount <= 8 else {
      try reader.skip(byteCount: byteCount)
      return try push(.largeInteger)
    }
    let bytes = try reader.readArray(byteCount: byteCount, "an integer")
    // Two's complement, shorter than its type: the highest bit is the sign.
    var value = (bytes.last ?? 0) & 0x80 == 0 ? 0 : -1
    for byte in bytes.reversed() { value = value << 8 | Int(byte) }
    try push(.integer(value))
  }

  private mutating func pushText(
    _ reader: inout ByteReader, byteCount: UInt64
  ) throws(ReadError) {
    let byteCount = try bounded(byteCount, reader)
    guard byteCount <= PickleLimits.textByteCount else {
      let start = reader.position
      try reader.skip(byteCount: byteCount)
      return try push(.longText(start..<reader.position))
    }
    let text = try reader.readString(byteCount: byteCount, invalid: .pickleEncoding, "a text")
    try push(.text(text))
  }

  private mutating func pushBytes(
    _ reader: inout ByteReader, byteCount: UInt64
  ) throws(ReadError) {
    let start = reader.position
    try reader.skip(byteCount: try bounded(byteCount, reader))
    try push(.bytes(.stored(start..<reader.position)))
  }

  private func bounded(_ byteCount: UInt64, _ reader: borrowing ByteReader) throws(ReadError) -> Int
  {
    guard byteCount <= UInt64(reader.remainingByteCount) else {
      throw error(
        .pickleTruncated, "a length reaches beyond the end of the pickle",
        expected: "at most \(reader.remainingByteCount) bytes", found: "\(byteCount)")
    }
    return Int(byteCount)
  }

  private mutating func append(_ items: [Int]) throws(ReadError) {
    switch tree.nodes[try top()] {
    case .list(let index): try extend(index, by: items)
    case .object(let index): try extend(tree.objects[index].elements, by: items)
    default:
      throw wrongTarget(.pickleAppendTarget, "elements are appended to something that is no list")
    }
  }

  private mutating func setItems(_ items: [Int]) throws(ReadError) {
    guard items.count.isMultiple(of: 2) else {
      throw error(.pickleSetItems, "a key has no value")
    }
    switch tree.nodes[try top()] {
    case .dictionary(let index): try extend(index, by: items)
    case .object(let index):
      if tree.objects[index].items == nil {
        tree.contents.append([])
        tree.objects[index].items = tree.contents.count - 1
      }
      try extend(tree.objects[index].items!, by: items)
    default:
      throw wrongTarget(.pickleSetItems, "items are put into something that is no dictionary")
    }
  }

  private mutating func pushGlobal(_ module: String, _ name: String) throws(ReadError) {
    guard
      let global = PickleGlobal(module: module, name: name)
        ?? (keepsUnknownClasses ? PickleGlobal(unknown: module, name: name) : nil)
    else {
      throw unsafeGlobal("it refers to '\(module).\(name)'")
    }
    try push(.global(global))
  }

  /// The refusal of a class or function that is refused wherever it stands, or where it is called.
  func unsafeGlobal(_ what: String) -> ReadError {
    error(
      .pickleUnsafeGlobal,
      "\(what), which is not on the list of harmless classes; nothing was executed",
      advice: "save the state dict alone: torch.save(model.state_dict(), path)",
      remedy: .keepUnknownClasses)
  }

  private mutating func pushStorage(_ identifier: Int) throws(ReadError) {
    // A class together with its source code, which files of whole modules carry.
    if dialect == .legacy, let parts = tree.tuple(identifier), parts.count == 4,
      tree.text(parts[0]) == "module", case .global = tree.nodes[parts[1]]
    {
      return try push(existing: parts[1])
    }
    let storage = try StorageReference(tree, identifier, dialect, at: offset)
    if let index = storageIndices[storage.key] {
      let known = tree.storages[index]
      guard known.element == storage.element, known.elementCount == storage.elementCount else {
        throw error(
          .torchStorageConflict, "the storage '\(storage.key)' is declared in two ways",
          expected: "\(known.elementCount) × \(known.element.name)",
          found: "\(storage.elementCount) × \(storage.element.name)")
      }
      return try push(.storage(index))
    }
    tree.storages.append(storage)
    storageIndices[storage.key] = tree.storages.count - 1
    try push(.storage(tree.storages.count - 1))
  }

  // MARK: Errors

  func error(
    _ code: ErrorCode, _ what: String, expected: String? = nil, found: String? = nil,
    advice: String? = nil, remedy: Remedy? = nil
  ) -> ReadError {
    ReadError(
      code, what, offset: offset, expected: expected, found: found, advice: advice, remedy: remedy)
  }

  private func underflow(_ count: Int) -> ReadError {
    error(
      .pickleStack, "too few values on the stack", expected: "\(count)",
      found: "\(stack.count - (marks.last ?? 0))")
  }

  private func overLimit(_ what: String, _ limit: Int) -> ReadError {
    error(.pickleLimit, "the pickle has too many \(what)", expected: "at most \(limit)")
  }

  private func wrongTarget(_ code: ErrorCode, _ what: String) -> ReadError {
    error(code, what, found: stack.last.map { tree.nodes[$0].kind })
  }
}
