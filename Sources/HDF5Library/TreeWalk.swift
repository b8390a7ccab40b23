internal import CHDF5
internal import Glibc
internal import HDF5Exchange

/// Walks over the hard links of a file and notes what they lead to. The library follows no other link;
/// symbolic ones are looked up among the names that the walk has seen.
struct TreeWalk {
  private(set) var listing = FileListing()
  /// What can be read, by its index in the listing.
  private(set) var descriptions: [Int: DatasetDescription] = [:]
  /// Where each dataset of the listing is.
  private(set) var addresses: [Int: UInt64] = [:]

  private let fileByteCount: Int
  private var indexes: [UInt64: Int] = [:]
  private var tree: NameTree
  private var symbolicLinks: [Int] = []
  private var attributeValues: AttributeValues
  private var linkCount = 0
  private var nameByteCount = 0
  private var storedByteCount = 0

  /// Groups may be nested so deep; names of networks have five levels.
  private static let depthLimit = 128
  /// The most links that are walked over. A group may be reached on several ways, and by few of them
  /// on very many.
  private static let linkCountLimit = 100_000
  /// The most bytes of all paths together, so that a listing stays within its limit.
  private static let nameByteCountLimit = 16 << 20

  private struct Link {
    let name: String
    let bytes: [UInt8]
    let type: Int32
  }

  private struct Visit {
    /// The number in the tree of names.
    let number: Int
    let path: [String]
    let address: UInt64
    let group: Handle
    let links: [Link]
    /// The link that is looked at next.
    var next = 0
  }

  /// Walks over the whole file.
  ///
  /// - Throws: A circle, a name that is none, too many names, a group that cannot be read.
  init(
    of file: Handle, fileByteCount: Int, attributeCountLimit: Int
  ) throws(WorkerFailure) {
    self.fileByteCount = fileByteCount
    attributeValues = AttributeValues(countLimit: attributeCountLimit)
    let root = try Handle(
      unsafe H5Gopen2(file.id, "/", gph5_default()), closing: H5Gclose,
      "the root group cannot be opened")
    let rootAddress = try TreeWalk.object(".", of: root).address
    tree = NameTree(rootAddress: rootAddress)
    var visits = [try visit(root, NameTree.root, path: [], address: rootAddress)]
    while let visit = visits.last {
      guard visit.next < visit.links.count else {
        visits.removeLast()
        continue
      }
      let link = visit.links[visit.next]
      visits[visits.count - 1].next += 1
      let path = visit.path + [link.name]
      try countBytes(of: path)
      guard link.type == H5L_TYPE_HARD.rawValue else {
        try note(link, at: path, of: visit)
        continue
      }
      let object = try TreeWalk.object(link.name, of: visit.group)
      switch object.type {
      case H5O_TYPE_GROUP.rawValue:
        guard !visits.contains(where: { $0.address == object.address }) else {
          throw WorkerFailure(
            .malformed, "a group is in itself", found: path.joined(separator: "/"))
        }
        guard visits.count < TreeWalk.depthLimit else {
          throw WorkerFailure(
            .malformed, "groups are nested too deep",
            expected: "at most \(TreeWalk.depthLimit) levels")
        }
        let group = try Handle(
          unsafe H5Gopen2(visit.group.id, link.name, gph5_default()), closing: H5Gclose,
          "a group cannot be opened")
        let number = tree.add(link.name, link.bytes, .group(object.address), to: visit.number)
        visits.append(try self.visit(group, number, path: path, address: object.address))
      case H5O_TYPE_DATASET.rawValue:
        let index = listing.datasets.count
        try noteDataset(link.name, of: visit.group, at: path, address: object.address)
        // One that holds texts or nothing is among the attributes.
        tree.add(
          link.name, link.bytes, index < listing.datasets.count ? .dataset(index) : .other,
          to: visit.number)
      // A type that was given a name.
      default: tree.add(link.name, link.bytes, .other, to: visit.number)
      }
    }
    if let omission = attributeValues.omission { listing.attributes.append(omission) }
    for link in symbolicLinks {
      try noteAliases(link, at: tree.path(of: link), in: tree.groups(around: link))
    }
  }

  /// Counts what a path takes in the listing.
  private mutating func countBytes(of path: [String]) throws(WorkerFailure) {
    try countBytes(path.reduce(0) { $0 + $1.utf8.count + 8 })
  }

  private mutating func countBytes(_ byteCount: Int) throws(WorkerFailure) {
    nameByteCount += byteCount
    guard nameByteCount <= TreeWalk.nameByteCountLimit else {
      throw WorkerFailure(
        .malformed, "the names take more room than any honest file needs",
        expected: "at most \(TreeWalk.nameByteCountLimit) bytes")
    }
  }

  private mutating func countLinks(_ count: Int) throws(WorkerFailure) {
    linkCount += count
    guard linkCount <= TreeWalk.linkCountLimit else {
      throw WorkerFailure(
        .malformed, "the file has more names than any honest one",
        expected: "at most \(TreeWalk.linkCountLimit)")
    }
  }

  /// Notes the attributes of a group and lists its links: as they were made where the file keeps that,
  /// else by name.
  private mutating func visit(
    _ group: Handle, _ number: Int, path: [String], address: UInt64
  ) throws(WorkerFailure) -> Visit {
    listing.attributes += try attributeValues.attributes(of: group, at: path)
    let creation = try Handle(
      H5Gget_create_plist(group.id), closing: H5Pclose, "a group cannot be examined")
    var order: UInt32 = 0
    let isOrdered =
      unsafe H5Pget_link_creation_order(creation.id, &order) >= 0
      && order & UInt32(H5P_CRT_ORDER_TRACKED) != 0
    var found: [(bytes: [UInt8], type: Int32)] = []
    let status = unsafe withUnsafeMutablePointer(to: &found) { found in
      unsafe gph5_each_link(
        group.id, isOrdered ? 1 : 0,
        { (found, name, type) in
          guard let found = unsafe found?.assumingMemoryBound(to: [([UInt8], Int32)].self),
            let name = unsafe name
          else { return -1 }
          let bytes = unsafe UnsafeBufferPointer(start: name, count: strlen(name))
          unsafe found.pointee.append((unsafe bytes.map { UInt8(bitPattern: $0) }, type))
          return unsafe found.pointee.count > linkLimit ? 1 : 0
        }, found)
    }
    try require(status, "the links of a group cannot be listed")
    try countLinks(found.count)
    return Visit(
      number: number, path: path, address: address, group: group,
      links: try links(found, ofGroup: number, at: path))
  }

  /// The links of a group whose names can be kept; notes the others, of which the library knows what
  /// they lead to and nobody else could say which one is meant.
  private mutating func links(
    _ found: [(bytes: [UInt8], type: Int32)], ofGroup number: Int, at path: [String]
  ) throws(WorkerFailure) -> [Link] {
    var links: [Link] = []
    var known: Set<[UInt8]> = []
    // Equal are texts that are so in Unicode's normal form.
    var names: Set<String> = []
    for (bytes, type) in found {
      guard !bytes.isEmpty, bytes != [UInt8(ascii: ".")], !bytes.contains(UInt8(ascii: "/")),
        known.insert(bytes).inserted
      else {
        throw WorkerFailure(
          .name, "a link has a name that is none, or that another one has",
          found: "'\(String(decoding: bytes, as: UTF8.self))' in /\(path.joined(separator: "/"))")
      }
      if let name = String(validating: bytes, as: UTF8.self), names.insert(name).inserted {
        links.append(Link(name: name, bytes: bytes, type: type))
        continue
      }
      let name = TreeWalk.spelled(bytes)
      try countBytes(of: path + [name])
      tree.add(name, bytes, .dataset(listing.datasets.count), to: number)
      refuse(
        path + [name],
        WorkerFailure(
          .name,
          String(validating: bytes, as: UTF8.self) == nil
            ? "a name that is no UTF-8" : "a name that in Unicode's normal form another one has",
          found: name))
    }
    return links
  }

  /// A name that cannot be kept, with the numbers of bytes that are no ASCII.
  private static func spelled(_ bytes: [UInt8]) -> String {
    bytes.reduce(into: "") { text, byte in
      if (0x20..<0x7F).contains(byte), byte != UInt8(ascii: "\\") {
        text.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        text += (byte < 16 ? "\\x0" : "\\x") + String(byte, radix: 16)
      }
    }
  }

  private static func object(
    _ name: String, of group: Handle
  ) throws(WorkerFailure) -> (address: UInt64, type: Int32) {
    var address: UInt64 = 0
    var type: Int32 = -1
    try require(
      unsafe gph5_object(group.id, name, &address, &type), "what a link leads to cannot be read")
    return (address, type)
  }

  private mutating func noteDataset(
    _ name: String, of group: Handle, at path: [String], address: UInt64
  ) throws(WorkerFailure) {
    if let index = indexes[address] {
      // What was refused under one name is so under all.
      let content: FileListing.Dataset.Content =
        if case .refused(let failure) = listing.datasets[index].content {
          .refused(failure)
        } else {
          .original(index)
        }
      listing.datasets.append(FileListing.Dataset(path: path, content: content))
      return
    }
    let index = listing.datasets.count
    do throws(WorkerFailure) {
      let dataset = try Handle(
        unsafe H5Dopen2(group.id, name, gph5_default()), closing: H5Dclose,
        "the dataset cannot be opened")
      switch try DatasetKind(dataset) {
      case .tensor(let description):
        // Two datasets with the same bytes would make much of little.
        storedByteCount =
          storedByteCount.addingReportingOverflow(description.storedByteCount)
          .partialValue
        guard storedByteCount >= 0, storedByteCount <= fileByteCount else {
          throw WorkerFailure(
            .extent, "the datasets have more bytes than the file", expected: "\(fileByteCount)",
            found: "\(storedByteCount)")
        }
        listing.datasets.append(
          FileListing.Dataset(
            path: path, content: .tensor(description.elementType, shape: description.shape)))
        descriptions[index] = description
        listing.largestChunkByteCount = max(
          listing.largestChunkByteCount, description.chunkByteCount)
        addresses[index] = address
        indexes[address] = index
      case .texts(let shown):
        listing.attributes.append(attributeValues.keep(.shown(shown), named: "", at: path))
      case .empty:
        listing.attributes.append(attributeValues.keep(.shown("empty"), named: "", at: path))
      }
      listing.attributes += try attributeValues.attributes(of: dataset, at: path)
    } catch {
      if listing.datasets.count == index {
        listing.datasets.append(FileListing.Dataset(path: path, content: .refused(error)))
        indexes[address] = index
      }
    }
  }

  /// Notes a link that the library does not follow.
  private mutating func note(
    _ link: Link, at path: [String], of visit: Visit
  ) throws(WorkerFailure) {
    guard link.type == H5L_TYPE_SOFT.rawValue else {
      tree.add(link.name, link.bytes, .dataset(listing.datasets.count), to: visit.number)
      refuse(
        path,
        WorkerFailure(
          .external,
          link.type == H5L_TYPE_EXTERNAL.rawValue
            ? "a link to another file, which is not followed"
            : "a link of a kind of its own, which is not followed"))
      return
    }
    let byteCount = unsafe gph5_link_value_byte_count(visit.group.id, link.name)
    guard (1...(1 << 16)).contains(byteCount) else {
      tree.add(link.name, link.bytes, .dataset(listing.datasets.count), to: visit.number)
      refuse(path, WorkerFailure(.link, "a symbolic link without a path that it leads to"))
      return
    }
    var value = [CChar](repeating: 0, count: Int(byteCount) + 1)
    try require(
      unsafe H5Lget_val(visit.group.id, link.name, &value, Int(byteCount), gph5_default()),
      "a symbolic link cannot be read")
    let target = value.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    try countBytes(target.count)
    symbolicLinks.append(
      tree.add(link.name, link.bytes, .symbolicLink(target), to: visit.number))
  }

  private mutating func refuse(_ path: [String], _ failure: WorkerFailure) {
    listing.datasets.append(FileListing.Dataset(path: path, content: .refused(failure)))
  }

  /// Notes all datasets that a node leads to, at another path than its own. What is a circle for whoever
  /// follows links is refused where it closes; what becomes too much of little, with the whole file.
  private mutating func noteAliases(
    _ node: Int, at path: [String], in groups: [UInt64]
  ) throws(WorkerFailure) {
    try countLinks(1)
    try countBytes(of: path)
    let end: Int
    do throws(WorkerFailure) {
      end = try tree.end(of: node)
    } catch {
      refuse(path, error)
      return
    }
    switch tree.nodes[end].content {
    case .dataset(let index):
      let content: FileListing.Dataset.Content =
        if case .tensor = listing.datasets[index].content {
          .original(index)
        } else {
          listing.datasets[index].content
        }
      listing.datasets.append(FileListing.Dataset(path: path, content: content))
    case .group(let address):
      guard !groups.contains(address) else {
        refuse(path, WorkerFailure(.link, "a symbolic link to a group that it is in"))
        return
      }
      guard groups.count < TreeWalk.depthLimit else {
        refuse(
          path,
          WorkerFailure(
            .link, "symbolic links to groups lead too deep",
            expected: "at most \(TreeWalk.depthLimit) levels"))
        return
      }
      for child in tree.nodes[end].children {
        try noteAliases(
          child, at: path + [tree.nodes[child].name], in: groups + [address])
      }
    case .symbolicLink, .other: break
    }
  }
}

/// The most links of one group; a C function knows no property.
private let linkLimit = 100_000
