internal import CHDF5
internal import Glibc
internal import HDF5Exchange

/// Walks over the hard links of a file and notes what they lead to; follows no other link.
struct TreeWalk {
  private(set) var listing = FileListing()
  /// What can be read, by its index in the listing.
  private(set) var descriptions: [Int: DatasetDescription] = [:]
  /// Where each dataset of the listing is.
  private(set) var addresses: [Int: UInt64] = [:]

  private let fileByteCount: Int
  private var indexes: [UInt64: Int] = [:]
  private var softLinks: [(path: [String], target: String)] = []
  private var attributeValues = AttributeValues()
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
    let type: Int32
  }

  private struct Visit {
    let path: [String]
    let address: UInt64
    let group: Handle
    var links: ArraySlice<Link>
  }

  /// Walks over the whole file.
  ///
  /// - Throws: A circle, a name that is none, too many names, a group that cannot be read.
  init(of file: Handle, fileByteCount: Int) throws(WorkerFailure) {
    self.fileByteCount = fileByteCount
    let root = try Handle(
      unsafe H5Gopen2(file.id, "/", gph5_default()), closing: H5Gclose,
      "the root group cannot be opened")
    var visits = [try visit(root, path: [], address: try TreeWalk.object(".", of: root).address)]
    while let visit = visits.last {
      guard let link = visit.links.first else {
        visits.removeLast()
        continue
      }
      visits[visits.count - 1].links.removeFirst()
      let path = visit.path + [link.name]
      nameByteCount += path.reduce(0) { $0 + $1.utf8.count + 8 }
      guard nameByteCount <= TreeWalk.nameByteCountLimit else {
        throw WorkerFailure(
          .malformed, "the names take more room than any honest file needs",
          expected: "at most \(TreeWalk.nameByteCountLimit) bytes")
      }
      guard link.type == H5L_TYPE_HARD.rawValue else {
        try note(link, at: path, of: visit.group)
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
        visits.append(try self.visit(group, path: path, address: object.address))
      case H5O_TYPE_DATASET.rawValue:
        try noteDataset(link.name, of: visit.group, at: path, address: object.address)
      // A type that was given a name.
      default: break
      }
    }
    resolveSoftLinks()
  }

  /// Notes the attributes of a group and lists its links: as they were made where the file keeps that,
  /// else by name.
  private mutating func visit(
    _ group: Handle, path: [String], address: UInt64
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
    linkCount += found.count
    guard linkCount <= TreeWalk.linkCountLimit else {
      throw WorkerFailure(
        .malformed, "the file has more names than any honest one",
        expected: "at most \(TreeWalk.linkCountLimit)")
    }
    var links: [Link] = []
    var names: Set<String> = []
    for link in found {
      guard let name = String(validating: link.bytes, as: UTF8.self), !name.isEmpty, name != ".",
        !name.contains("/"), names.insert(name).inserted
      else {
        throw WorkerFailure(
          .name, "a link has a name that is none, or that another one has",
          found:
            "'\(String(decoding: link.bytes, as: UTF8.self))' in /\(path.joined(separator: "/"))"
        )
      }
      links.append(Link(name: name, type: link.type))
    }
    return Visit(path: path, address: address, group: group, links: links[...])
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

  /// Notes a link that is not followed.
  private mutating func note(
    _ link: Link, at path: [String], of group: Handle
  ) throws(WorkerFailure) {
    guard link.type == H5L_TYPE_SOFT.rawValue else {
      refuse(
        path,
        link.type == H5L_TYPE_EXTERNAL.rawValue
          ? "a link to another file, which is not followed"
          : "a link of a kind of its own, which is not followed")
      return
    }
    let byteCount = unsafe gph5_link_value_byte_count(group.id, link.name)
    guard (1...(1 << 16)).contains(byteCount) else {
      refuse(path, "a symbolic link that leads nowhere")
      return
    }
    var value = [CChar](repeating: 0, count: Int(byteCount) + 1)
    try require(
      unsafe H5Lget_val(group.id, link.name, &value, Int(byteCount), gph5_default()),
      "a symbolic link cannot be read")
    softLinks.append(
      (
        path,
        String(decoding: value.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      ))
  }

  private mutating func refuse(_ path: [String], _ what: String, found: String? = nil) {
    listing.datasets.append(
      FileListing.Dataset(
        path: path, content: .refused(WorkerFailure(.external, what, found: found))))
  }

  /// Takes the symbolic links that lead to datasets over hard links only, so that nothing is looked
  /// up that the walk has not seen.
  private mutating func resolveSoftLinks() {
    guard !softLinks.isEmpty else { return }
    var places: [[String]: Int] = [:]
    for (index, dataset) in listing.datasets.enumerated() { places[dataset.path] = index }
    // A link may lead to another one; those that lead in a circle are left.
    var rest = softLinks
    for _ in 0..<TreeWalk.linkLengthLimit where !rest.isEmpty {
      rest = rest.filter { !resolve($0, in: &places) }
    }
    for (path, target) in rest {
      refuse(
        path, "a symbolic link that leads to no dataset which hard links lead to, too",
        found: target)
    }
  }

  /// How many links may lead on to each other.
  private static let linkLengthLimit = 16

  /// Notes what a symbolic link leads to, where that is a dataset that is known.
  private mutating func resolve(
    _ link: (path: [String], target: String), in places: inout [[String]: Int]
  ) -> Bool {
    let (path, target) = link
    let parts = target.split(separator: "/").map(String.init).filter { $0 != "." }
    let full = target.hasPrefix("/") ? parts : path.dropLast() + parts
    guard let index = places[Array(full)] else { return false }
    let content: FileListing.Dataset.Content =
      switch listing.datasets[index].content {
      case .tensor: .original(index)
      case let other: other
      }
    places[path] = listing.datasets.count
    listing.datasets.append(FileListing.Dataset(path: path, content: content))
    return true
  }
}

/// The most links of one group; a C function knows no property.
private let linkLimit = 100_000
