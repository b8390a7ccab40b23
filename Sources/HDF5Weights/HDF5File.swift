public import BinaryInput
internal import HDF5Exchange
public import TensorData

/// An HDF5 file of named tensors, read by a worker process.
///
/// The library for HDF5 has faults that damaged files can use. It is in a process of its own, which has
/// little memory, little time and no other files, and which sends the elements back; whatever happens to
/// it is an error here. The names of groups and datasets are joined by dots. Kernels of Keras are in
/// PyTorch's order where the file says what they are.
public struct HDF5File: TensorContainer {
  /// One group with every tensor, in the order of the file.
  public let groups: [TensorGroup]
  /// The paths of datasets that hold no numbers.
  public let otherPaths: [String]
  /// The attributes: `group.dataset@name`, and `name` for those of the whole file.
  public let facts: [TensorFact]
  /// The names of the kernels whose axes were brought into PyTorch's order.
  public let permutedNames: [String]

  private let worker: Worker
  private let file: MappedFile?
  private let budget: WorkBudget
  private let positions: [String: Int]
  private let tensors: [TensorPlace]

  /// What is known of a name.
  private struct TensorPlace {
    let name: String
    /// What is to be asked for, or why it is not.
    let content: Result<Content, ReadError>

    struct Content: Hashable {
      let index: Int
      let elementType: ElementType
      let shape: [Int]
      let order: KernelOrder
    }
  }

  /// Whether these bytes claim to be an HDF5 file, damaged or not.
  public static func canRead(_ bytes: Bytes) -> Bool {
    Superblock.signatureOffset(in: bytes) != nil
  }

  /// Opens a file and lists what is in it.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - options: How it is read.
  ///   - budget: What reading may cost.
  /// - Throws: `h5.truncated` for a file that is cut; `h5.malformed` for one that is none, or that the
  ///   worker crashes, hangs or runs out of memory on; `h5.checksum`; `h5.name` for names that no
  ///   library writes; `h5.noWorker` and `h5.worker` where there is no worker or a wrong one;
  ///   `work.budget`; `io.changed`.
  public init(
    _ file: MappedFile, options: Options = Options(), budget: WorkBudget = WorkBudget()
  ) throws(ReadError) {
    _ = try Superblock(of: file.bytes)
    let path = try WorkerLocation.path(options.workerPath)
    let worker = try file.withDescriptor { (descriptor) throws(ReadError) in
      try Worker(
        path: path, file: descriptor, fileByteCount: file.bytes.count, limits: options.limits)
    }
    try self.init(
      worker, file: file, byteCount: file.bytes.count, options: options, budget: budget)
  }

  /// Opens bytes that are no file of their own, such as a part of an archive; they are copied.
  ///
  /// - Parameters:
  ///   - bytes: The content of an HDF5 file.
  ///   - options: How it is read.
  ///   - budget: What reading may cost.
  /// - Throws: As ``init(_:options:budget:)`` for a file; `io.memory` where they cannot be copied.
  public init(
    _ bytes: Bytes, options: Options = Options(), budget: WorkBudget = WorkBudget()
  ) throws(ReadError) {
    _ = try Superblock(of: bytes)
    let path = try WorkerLocation.path(options.workerPath)
    let copy = try MemoryFile(bytes)
    let worker = try Worker(
      path: path, file: copy.descriptor, fileByteCount: bytes.count, limits: options.limits)
    try self.init(worker, file: nil, byteCount: bytes.count, options: options, budget: budget)
  }

  private init(
    _ worker: Worker, file: MappedFile?, byteCount: Int, options: Options, budget: WorkBudget
  ) throws(ReadError) {
    let listing = worker.listing
    try budget.spend(
      steps: listing.datasets.count + listing.attributes.count + listing.otherPaths.count,
      on: "listing the datasets")
    let orders = HDF5File.orders(listing, KernelOrders(listing, layout: options.kernelLayout))
    var places: [TensorPlace] = []
    var positions: [String: Int] = [:]
    for (index, dataset) in listing.datasets.enumerated() {
      var name = dataset.path.joined(separator: ".")
      let content: Result<TensorPlace.Content, ReadError>
      if name.isEmpty || positions[name] != nil {
        // It is left out under its path, which no name between dots can be.
        let duplicate = HDF5File.sameName(name)
        name = "/" + dataset.path.joined(separator: "/")
        guard name != "/", positions[name] == nil else { throw duplicate }
        positions[name] = index
        places.append(TensorPlace(name: name, content: .failure(duplicate)))
        continue
      }
      positions[name] = index
      switch dataset.content {
      case .tensor(let type, let shape):
        content = HDF5File.content(
          index, type, shape, orders[index] ?? .kept, byteCount)
      case .original(let original):
        guard case .tensor(let type, let shape) = listing.datasets[original].content else {
          content = places[original].content
          break
        }
        content = HDF5File.content(original, type, shape, orders[original] ?? .kept, byteCount)
      case .refused(let failure):
        content = .failure(
          failure.readError(
            memoryByteCount: options.limits.byteCount(forFileOf: byteCount)))
      }
      places.append(TensorPlace(name: name, content: content))
    }
    self.worker = worker
    self.file = file
    self.budget = budget
    self.positions = positions
    tensors = places
    // Two names for one dataset are one tensor where both say the same of its axes.
    var firstNames: [TensorPlace.Content: String] = [:]
    let entries = places.map { place in
      guard case .success(let content) = place.content, content.order != .unknown else {
        return TensorGroup.Entry(place.name, shape: nil, elementType: nil)
      }
      let original = firstNames[content]
      if original == nil { firstNames[content] = place.name }
      return TensorGroup.Entry(
        place.name, shape: content.order.shape(of: content.shape),
        elementType: content.elementType, original: original)
    }
    groups = [TensorGroup(keyPath: "", entries: entries)]
    otherPaths = listing.otherPaths.map { $0.joined(separator: ".") }
    facts = listing.attributes.map(TensorFact.init)
    permutedNames = places.compactMap { place in
      guard case .success(let content) = place.content, content.order.permutes else { return nil }
      return place.name
    }
  }

  /// The order of each array, by its index: any of its names may say what the others do not.
  private static func orders(_ listing: FileListing, _ orders: KernelOrders) -> [Int: KernelOrder] {
    var paths: [Int: [[String]]] = [:]
    for (index, dataset) in listing.datasets.enumerated() {
      switch dataset.content {
      case .tensor: paths[index, default: []].append(dataset.path)
      case .original(let original): paths[original, default: []].append(dataset.path)
      case .refused: break
      }
    }
    return paths.reduce(into: [:]) { found, entry in
      guard case .tensor(_, let shape) = listing.datasets[entry.key].content else { return }
      found[entry.key] = orders.order(ofAny: entry.value, rank: shape.count)
    }
  }

  private static func sameName(_ name: String) -> ReadError {
    ReadError(
      .h5Name, "two datasets have the same name", found: name,
      advice: "rename one of them with h5py")
  }

  /// What is to be asked for, unless the worker states more than its file can give.
  private static func content(
    _ index: Int, _ type: ElementType, _ shape: [Int], _ order: KernelOrder, _ fileByteCount: Int
  ) -> Result<TensorPlace.Content, ReadError> {
    let byteCount = shape.reduce(type.byteCount, *)
    let limit = max(
      unwrittenByteCountLimit, fileByteCount.multiplied(exactly: deflateRatioLimit) ?? .max)
    guard byteCount <= limit else {
      return .failure(
        ReadError(
          .h5Extent, "the dataset claims more than the file has for it",
          expected: "at most \(limit) bytes", found: "\(byteCount)"))
    }
    return .success(
      TensorPlace.Content(index: index, elementType: type, shape: shape, order: order))
  }

  /// Datasets that were never written have no bytes in the file; up to here they are taken.
  private static let unwrittenByteCountLimit = 1 << 20
  /// The most that a byte of a deflated stream stands for.
  private static let deflateRatioLimit = 1_032
}

extension HDF5File {
  /// `hdf5`.
  public var formatName: String { "hdf5" }

  /// Nil: an HDF5 file has no archive around it.
  public var innerName: String? { nil }

  /// Some tensors of the one group; those that are the same share their memory.
  ///
  /// - Throws: What is wrong with one of them: `h5.malformed`, `h5.external`, `h5.filter`, `h5.size`,
  ///   `h5.checksum`; `h5.kernelLayout` for a kernel of which the file does not say how its axes are
  ///   ordered; `h5.worker`; `work.budget`; `io.memory`; `io.changed`.
  /// - Precondition: The group has tensors of these names.
  public func tensors(_ names: [String], ofGroup index: Int) throws(ReadError) -> StateDict {
    var read = try scratched(names)
    var result = StateDict()
    var reserved = 0
    defer { budget.release(bytes: reserved) }
    for name in names {
      guard let position = positions[name] else { preconditionFailure("no tensor of that name") }
      do throws(ReadError) {
        let content = try readable(tensors[position])
        let byteCount = content.shape.reduce(content.elementType.byteCount, *)
        let bytes: Bytes
        if let known = read[content.index] {
          bytes = known
        } else {
          try budget.reserve(bytes: byteCount, for: "reading a tensor")
          reserved += byteCount
          bytes = try worker.elements(of: content.index, byteCount: byteCount)
          read[content.index] = bytes
        }
        if content.elementType == .bool { try HDF5File.requireBooleans(bytes) }
        _ = result.append(
          try content.order.tensor(content.elementType, shape: content.shape, bytes), named: name)
      } catch {
        // What the worker cannot make sense of may be a file that somebody is writing to.
        if error.code == .h5Malformed || error.code == .h5Checksum {
          try file?.requireUnchanged()
        }
        throw error.within(name)
      }
    }
    return result
  }

  /// Why tensors of the one group cannot be read.
  public func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] {
    tensors.compactMap { place in
      do throws(ReadError) {
        _ = try readable(place)
        return nil
      } catch {
        return (place.name, error.within(place.name))
      }
    }
  }

  /// More bytes than these are kept in a file and not in memory.
  private static let memoryByteCount = 4 << 20

  /// The elements of many or large tensors, by the number of the dataset, in a file without a name;
  /// none where they are few, where one of them cannot be read, or where there is no such file: then
  /// each is read on its own.
  private func scratched(_ names: [String]) throws(ReadError) -> [Int: Bytes] {
    var wanted: [(index: Int, byteCount: Int)] = []
    var indices: Set<Int> = []
    var total = 0
    for name in names {
      guard let position = positions[name], case .success(let content) = tensors[position].content,
        indices.insert(content.index).inserted
      else { continue }
      let byteCount = content.shape.reduce(content.elementType.byteCount, *)
      wanted.append((content.index, byteCount))
      total = total.adding(exactly: byteCount) ?? .max
    }
    guard total > HDF5File.memoryByteCount, var file = ScratchFile() else { return [:] }
    var places: [(index: Int, range: Range<Int>)] = []
    var hasRoom = true
    for (index, byteCount) in wanted where hasRoom && byteCount > 0 {
      file.align()
      let start = file.byteCount
      do throws(ReadError) {
        try worker.read(index, byteCount: byteCount) { (part) throws(ReadError) in
          hasRoom = hasRoom && file.append(part)
        }
      } catch {
        // Whoever asks for it again is told, with its name.
        continue
      }
      if hasRoom { places.append((index, start..<(start + byteCount))) }
    }
    guard !places.isEmpty else { return [:] }
    let bytes = try file.mapped()
    return Dictionary(
      uniqueKeysWithValues: places.map { ($0.index, bytes[$0.range]) })
  }

  private func readable(_ place: TensorPlace) throws(ReadError) -> TensorPlace.Content {
    let content = try place.content.get()
    guard content.order != .unknown else {
      throw ReadError(
        .h5KernelLayout, "the file does not say in which order the axes of this kernel are",
        found: "\(content.shape)", remedy: .stateKernelLayout)
    }
    return content
  }

  private static func requireBooleans(_ bytes: Bytes) throws(ReadError) {
    let isBoolean = unsafe bytes.span.withUnsafeBytes { unsafe $0.allSatisfy { $0 <= 1 } }
    guard isBoolean else {
      throw ReadError(.h5Malformed, "a truth value is neither 0 nor 1")
    }
  }
}

extension TensorFact {
  /// What an attribute says.
  fileprivate init(_ attribute: FileListing.Attribute) {
    let place = attribute.path.joined(separator: ".")
    let path =
      if attribute.name.isEmpty {
        place
      } else {
        place.isEmpty ? attribute.name : "\(place)@\(attribute.name)"
      }
    let value =
      switch attribute.value {
      case .text(let text), .shown(let text): text
      case .texts(let texts): "[\(texts.map { "'\($0)'" }.joined(separator: ", "))]"
      }
    self.init(path: path, value: value)
  }
}
