internal import BinaryInput
internal import CHDF5
internal import HDF5Exchange
internal import TensorData

/// A dataset that can be read.
struct DatasetDescription {
  let elementType: ElementType
  let isLittleEndian: Bool
  let shape: [Int]
  /// The shape of a chunk; nil where the elements are not kept in chunks.
  let chunk: [Int]?
  /// The filters that the elements went through, in that order.
  let filters: [StoredFilter]
  /// The number of bytes that the file has for the elements.
  let storedByteCount: Int

  /// The number of bytes of the elements.
  var byteCount: Int { shape.reduce(1, *) * elementType.byteCount }

  /// The number of bytes of a chunk's elements, no more than what the file has can be inflated to; 0
  /// where the elements are not kept in chunks.
  var chunkByteCount: Int {
    guard let chunk else { return 0 }
    return min(
      chunk.reduce(elementType.byteCount, *),
      storedByteCount.multiplied(exactly: DatasetKind.deflateRatioLimit) ?? .max)
  }
}

/// What a dataset turns out to be.
enum DatasetKind {
  case tensor(DatasetDescription)
  /// It holds texts.
  case texts(String)
  /// It has no shape and holds nothing.
  case empty
}

extension DatasetKind {
  /// Datasets that say more than they hold may do so up to here: one that was never written has no
  /// bytes and all of its elements.
  static let unwrittenByteCountLimit = 1 << 20
  /// The most that a byte of a deflated stream stands for.
  static let deflateRatioLimit = 1_032

  /// What the classes of types are called whose elements are no numbers.
  private static let typeNames: [Int32: String] = [
    H5T_COMPOUND.rawValue: "a compound type", H5T_ENUM.rawValue: "an enumeration",
    H5T_VLEN.rawValue: "lists of any length", H5T_ARRAY.rawValue: "arrays as elements",
    H5T_OPAQUE.rawValue: "opaque bytes", H5T_BITFIELD.rawValue: "bit fields",
    H5T_TIME.rawValue: "times",
  ]

  /// Looks at a dataset without touching its elements; what leads out of the file comes first.
  init(_ dataset: Handle) throws(WorkerFailure) {
    let creation = try Handle(
      H5Dget_create_plist(dataset.id), closing: H5Pclose, "the dataset cannot be examined")
    let layout = H5Pget_layout(creation.id)
    guard layout != H5D_VIRTUAL else {
      throw WorkerFailure(.external, "a virtual dataset, whose elements stand in other datasets")
    }
    guard H5Pget_external_count(creation.id) == 0 else {
      throw WorkerFailure(.external, "the elements stand in another file")
    }
    let type = try Handle(
      H5Dget_type(dataset.id), closing: H5Tclose, "the type of the dataset cannot be examined")
    let space = try Handle(
      H5Dget_space(dataset.id), closing: H5Sclose, "the shape of the dataset cannot be examined")
    guard H5Tget_class(type.id) != H5T_REFERENCE else {
      throw WorkerFailure(.external, "references to other places, which are not followed")
    }
    let filters = try StoredFilter.all(in: creation)
    let shape = try DatasetKind.shape(of: space)
    if H5Tget_class(type.id) == H5T_STRING {
      self = .texts((try? TextValue(dataset: dataset, type: type, space: space).shown) ?? "texts")
      return
    }
    guard let shape else {
      self = .empty
      return
    }
    guard let stored = StoredType(type) else {
      throw WorkerFailure(
        .elements, "elements of this type are not read",
        expected: "integers of 1, 2, 4 or 8 bytes, floating-point numbers of 2, 4 or 8",
        found: DatasetKind.typeNames[H5Tget_class(type.id).rawValue]
          ?? "\(H5Tget_size(type.id)) bytes of another kind")
    }
    guard let nonzero = shape.filter({ $0 != 0 }).exactProduct(),
      let claimed = nonzero.multiplied(exactly: stored.elementType.byteCount)
    else {
      throw WorkerFailure(.extent, "the number of elements does not fit", found: "\(shape)")
    }
    let description = DatasetDescription(
      elementType: stored.elementType, isLittleEndian: stored.isLittleEndian, shape: shape,
      chunk: layout == H5D_CHUNKED
        ? try DatasetKind.chunk(in: creation, rank: shape.count, stored.elementType.byteCount)
        : nil,
      filters: filters, storedByteCount: Int(clamping: H5Dget_storage_size(dataset.id)))
    try description.requireStorage(
      for: shape.contains(0) ? 0 : claimed, dataset: dataset, space: space)
    self = .tensor(description)
  }

  /// The shape, or nil where the dataset has none.
  private static func shape(of space: Handle) throws(WorkerFailure) -> [Int]? {
    guard H5Sget_simple_extent_type(space.id) != H5S_NULL else { return nil }
    let rank = Int(H5Sget_simple_extent_ndims(space.id))
    try require(rank, "the shape of the dataset cannot be examined")
    guard rank <= FileListing.maximumRank else {
      throw WorkerFailure(
        .extent, "too many axes", expected: "at most \(FileListing.maximumRank)", found: "\(rank)")
    }
    var dimensions = [hsize_t](repeating: 0, count: rank)
    try require(
      unsafe H5Sget_simple_extent_dims(space.id, &dimensions, nil),
      "the shape of the dataset cannot be examined")
    guard let shape = dimensions.exactInts else {
      throw WorkerFailure(.extent, "a dimension does not fit", found: "\(dimensions)")
    }
    return shape
  }

  private static func chunk(
    in creation: Handle, rank: Int, _ elementByteCount: Int
  ) throws(WorkerFailure) -> [Int] {
    var dimensions = [hsize_t](repeating: 0, count: rank)
    let found = unsafe H5Pget_chunk(creation.id, CInt(rank), &dimensions)
    try require(found, "the chunks of the dataset cannot be examined")
    guard found == rank, let chunk = dimensions.exactInts, chunk.allSatisfy({ $0 > 0 }),
      chunk.exactProduct()?.multiplied(exactly: elementByteCount) != nil
    else { throw WorkerFailure(.extent, "chunks of no possible shape", found: "\(dimensions)") }
    return chunk
  }
}

extension DatasetDescription {
  /// Fails where the file cannot have as many elements as the dataset claims, so that nobody makes
  /// room for what is only said.
  fileprivate func requireStorage(
    for claimed: Int, dataset: Handle, space: Handle
  ) throws(WorkerFailure) {
    guard claimed > DatasetKind.unwrittenByteCountLimit || storedByteCount > claimed else { return }
    var possible = storedByteCount
    if let chunk {
      let chunkByteCount = chunk.reduce(1, *) * elementType.byteCount
      var count: hsize_t = 0
      try require(
        unsafe H5Dget_num_chunks(dataset.id, space.id, &count), "the chunks cannot be counted")
      if filters.contains(where: { $0.kind == .deflate }) {
        possible = possible.multiplied(exactly: DatasetKind.deflateRatioLimit) ?? .max
      }
      possible = min(possible, Int(clamping: count).multiplied(exactly: chunkByteCount) ?? .max)
    } else {
      // More than that would be a second thing that only libhdf5 sees.
      guard storedByteCount <= claimed || claimed == 0 else {
        throw WorkerFailure(
          .extent, "the dataset has more bytes than elements", expected: "\(claimed)",
          found: "\(storedByteCount)")
      }
    }
    guard claimed <= possible || claimed <= DatasetKind.unwrittenByteCountLimit else {
      throw WorkerFailure(
        .extent, "the dataset claims more than the file has for it",
        expected: "\(claimed) bytes", found: "\(storedByteCount) stored, for at most \(possible)")
    }
  }
}

extension [hsize_t] {
  /// The same numbers, or nil where one does not fit.
  var exactInts: [Int]? {
    let numbers = compactMap { Int(exactly: $0) }
    return numbers.count == count ? numbers : nil
  }
}
