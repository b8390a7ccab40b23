internal import HDF5Exchange

/// The names of a file as a walk over its hard links found them, in which symbolic links are looked up
/// without the library, which would follow them anywhere.
struct NameTree {
  /// What a name leads to.
  enum Content {
    /// The group at an address.
    case group(UInt64)
    /// A dataset, by its index in the listing.
    case dataset(Int)
    /// Another name: the bytes of a path, from the root or from the group that the link is in.
    case symbolicLink([UInt8])
    /// Something that holds no tensor.
    case other
  }

  /// A name in a group.
  struct Node {
    /// The name.
    let name: String
    /// The number of the group that it is in; its own for the root.
    let parent: Int
    /// What it leads to.
    let content: Content
    /// The names in the group that it leads to, in order.
    fileprivate(set) var children: [Int] = []
    /// The same by their bytes: other bytes are another name to the library, whatever they spell.
    fileprivate var numbers: [[UInt8]: Int] = [:]
  }

  /// Where a symbolic link leads to, and over how many links.
  private struct End {
    let node: Int
    let linkCount: Int
  }

  private(set) var nodes: [Node]
  private var ends: [Int: End] = [:]

  /// The number of the root.
  static let root = 0
  /// Over how many symbolic links one may lead, as the library has it.
  private static let linkCountLimit = 16

  /// Makes a tree of the root alone.
  init(rootAddress: UInt64) {
    nodes = [Node(name: "", parent: NameTree.root, content: .group(rootAddress))]
  }

  /// Adds a name to a group.
  ///
  /// - Parameters:
  ///   - name: The name as it is listed.
  ///   - bytes: The name as the file has it.
  ///   - content: What it leads to.
  ///   - group: The number of the group.
  /// - Returns: Its number.
  @discardableResult
  mutating func add(_ name: String, _ bytes: [UInt8], _ content: Content, to group: Int) -> Int {
    let number = nodes.count
    nodes.append(Node(name: name, parent: group, content: content))
    nodes[group].children.append(number)
    nodes[group].numbers[bytes] = number
    return number
  }

  /// The names that lead to a node.
  func path(of number: Int) -> [String] {
    var path: [String] = []
    var number = number
    while number != NameTree.root {
      path.append(nodes[number].name)
      number = nodes[number].parent
    }
    return path.reversed()
  }

  /// The addresses of the groups that a node is in.
  func groups(around number: Int) -> [UInt64] {
    var addresses: [UInt64] = []
    var number = number
    while number != NameTree.root {
      number = nodes[number].parent
      if case .group(let address) = nodes[number].content { addresses.append(address) }
    }
    return addresses
  }

  /// The node that a symbolic link leads to, which is no link itself.
  ///
  /// - Throws: Why it leads to none.
  mutating func end(of link: Int) throws(WorkerFailure) -> Int {
    try end(of: link, depth: 1).node
  }

  private mutating func end(of link: Int, depth: Int) throws(WorkerFailure) -> End {
    if let known = ends[link] { return known }
    guard case .symbolicLink(let target) = nodes[link].content else {
      return End(node: link, linkCount: 0)
    }
    var node = target.first == UInt8(ascii: "/") ? NameTree.root : nodes[link].parent
    var linkCount = 1
    for part in target.split(separator: UInt8(ascii: "/")) where Array(part) != [UInt8(ascii: ".")]
    {
      guard let next = nodes[node].numbers[Array(part)] else {
        throw WorkerFailure(
          .link, "a symbolic link that leads to nothing that is read",
          found: String(decoding: target, as: UTF8.self))
      }
      node = next
      guard case .symbolicLink = nodes[next].content else { continue }
      // What is found is kept, so that nothing is looked up twice; and no link leads so far on that it
      // has to be known why it fails.
      guard depth < NameTree.linkCountLimit else { throw NameTree.tooFar(target) }
      let end = try end(of: next, depth: depth + 1)
      node = end.node
      linkCount += end.linkCount
    }
    guard linkCount <= NameTree.linkCountLimit else { throw NameTree.tooFar(target) }
    let end = End(node: node, linkCount: linkCount)
    ends[link] = end
    return end
  }

  private static func tooFar(_ target: [UInt8]) -> WorkerFailure {
    WorkerFailure(
      .link, "a symbolic link that leads to itself or over too many others",
      expected: "at most \(linkCountLimit)", found: String(decoding: target, as: UTF8.self))
  }
}
