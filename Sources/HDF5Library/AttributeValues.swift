internal import CHDF5
internal import HDF5Exchange
internal import TensorData

/// Texts that an attribute or a dataset holds.
struct TextValue {
  let texts: [String]
  let isScalar: Bool

  /// The most texts that are kept of one attribute.
  static let textCountLimit = 65_536

  /// Reads the texts of an attribute.
  init(attribute: Handle, type: Handle, space: Handle) throws(WorkerFailure) {
    try unsafe self.init(type: type, space: space) { (memoryType, buffer) in
      unsafe H5Aread(attribute.id, memoryType, buffer)
    }
  }

  /// Reads the texts of a dataset, if they are few.
  init(dataset: Handle, type: Handle, space: Handle) throws(WorkerFailure) {
    try unsafe self.init(type: type, space: space) { (memoryType, buffer) in
      unsafe H5Dread(dataset.id, memoryType, gph5_all(), gph5_all(), gph5_default(), buffer)
    }
  }

  private init(
    type: Handle, space: Handle, read: (hid_t, UnsafeMutableRawPointer) -> herr_t
  ) throws(WorkerFailure) {
    isScalar = H5Sget_simple_extent_type(space.id) == H5S_SCALAR
    let count = Int(clamping: H5Sget_simple_extent_npoints(space.id))
    let byteCount = H5Tget_size(type.id)
    guard (0...TextValue.textCountLimit).contains(count), byteCount > 0,
      byteCount <= AttributeValues.byteCountLimit / max(count, 1)
    else { throw WorkerFailure(.extent, "too many texts") }
    guard count > 0 else {
      texts = []
      return
    }
    let isVariable = H5Tis_variable_str(type.id) > 0
    var buffer = [UInt8](repeating: 0, count: count * byteCount)
    // The library wants pointers where texts have any length; a run of words is aligned for them.
    var words = [UInt](repeating: 0, count: isVariable ? count : 0)
    let status =
      isVariable
      ? unsafe words.withUnsafeMutableBytes { unsafe read(type.id, $0.baseAddress!) }
      : unsafe buffer.withUnsafeMutableBytes { unsafe read(type.id, $0.baseAddress!) }
    try require(status, "a text cannot be read")
    if isVariable {
      texts = words.map { word in
        guard let text = unsafe UnsafePointer<CChar>(bitPattern: word) else { return "" }
        return unsafe String(cString: text)
      }
      _ = unsafe words.withUnsafeMutableBytes {
        unsafe H5Dvlen_reclaim(type.id, space.id, gph5_default(), $0.baseAddress!)
      }
    } else {
      let isPaddedWithSpaces = H5Tget_strpad(type.id) == H5T_STR_SPACEPAD
      texts = (0..<count).map { index in
        var part = buffer[(index * byteCount)..<((index + 1) * byteCount)]
        if isPaddedWithSpaces {
          while part.last == UInt8(ascii: " ") { part.removeLast() }
        } else {
          part = part.prefix { $0 != 0 }
        }
        return String(decoding: part, as: UTF8.self)
      }
    }
  }

  /// The texts as they are shown: one by itself, several as a list.
  var shown: String {
    isScalar ? texts.first ?? "" : "[\(texts.map { "'\($0)'" }.joined(separator: ", "))]"
  }
}

/// Reads the attributes of groups and datasets, within bounds.
struct AttributeValues {
  private let countLimit: Int
  private var count = 0
  private var byteCount = 0
  private var omittedCount = 0

  /// The most bytes of one attribute.
  static let byteCountLimit = 1 << 24
  /// The most bytes of one attribute that is only shown.
  private static let shownByteCountLimit = 1 << 20
  /// The most bytes of all attributes together.
  private static let totalByteCountLimit = 40 << 20
  /// The most numbers of one attribute that are shown.
  private static let numberCountLimit = 64
  /// The one attribute that is of use only as a whole.
  private static let wholeName = "model_config"

  /// Keeps so many attributes of a file at most.
  init(countLimit: Int) {
    self.countLimit = countLimit
  }

  /// What says that there are more than those that were kept; nil where all were.
  var omission: FileListing.Attribute? {
    guard omittedCount > 0 else { return nil }
    return FileListing.Attribute(
      path: [], name: "more attributes",
      value: .shown("\(omittedCount) left out after the first \(countLimit)"))
  }

  /// The attributes of a group or dataset, in the order in which they were made where the file keeps
  /// that, else by name.
  mutating func attributes(
    of object: Handle, at path: [String]
  ) throws(WorkerFailure) -> [FileListing.Attribute] {
    var attributes: [FileListing.Attribute] = []
    for name in try names(of: object) {
      guard count < countLimit else {
        omittedCount += 1
        continue
      }
      attributes.append(keep(value(of: name, in: object), named: name, at: path))
    }
    return attributes
  }

  /// Counts a value, and leaves out what would be too much.
  mutating func keep(
    _ value: FileListing.Attribute.Value, named name: String, at path: [String]
  ) -> FileListing.Attribute {
    count += 1
    let valueByteCount = AttributeValues.byteCount(of: value)
    guard byteCount + valueByteCount <= AttributeValues.totalByteCountLimit else {
      return FileListing.Attribute(path: path, name: name, value: .shown("too long to be kept"))
    }
    byteCount += valueByteCount
    return FileListing.Attribute(path: path, name: name, value: value)
  }

  private func names(of object: Handle) throws(WorkerFailure) -> [String] {
    if let names = try? names(of: object, by: H5_INDEX_CRT_ORDER) { return names }
    return try names(of: object, by: H5_INDEX_NAME)
  }

  private func names(
    of object: Handle, by index: H5_index_t
  ) throws(WorkerFailure) -> [String] {
    var names: [String] = []
    let status = unsafe withUnsafeMutablePointer(to: &names) { names in
      unsafe H5Aiterate2(
        object.id, index, H5_ITER_INC, nil,
        { (_, name, _, names) in
          if let name = unsafe name {
            unsafe names?.assumingMemoryBound(to: [String].self).pointee
              .append(unsafe String(cString: name))
          }
          return 0
        }, names)
    }
    try require(status, "the attributes cannot be listed")
    return names
  }

  /// The value of an attribute; what cannot be read is said in its place, since nobody may need it.
  private func value(of name: String, in object: Handle) -> FileListing.Attribute.Value {
    do throws(WorkerFailure) {
      let attribute = try Handle(
        unsafe H5Aopen(object.id, name, gph5_default()), closing: H5Aclose,
        "an attribute cannot be opened")
      let type = try Handle(
        H5Aget_type(attribute.id), closing: H5Tclose, "an attribute cannot be examined")
      let space = try Handle(
        H5Aget_space(attribute.id), closing: H5Sclose, "an attribute cannot be examined")
      return try value(of: attribute, type: type, space: space, named: name)
    } catch {
      return .shown("\(error.what): \(error.found ?? "damaged")")
    }
  }

  private func value(
    of attribute: Handle, type: Handle, space: Handle, named name: String
  ) throws(WorkerFailure) -> FileListing.Attribute.Value {
    guard H5Sget_simple_extent_type(space.id) != H5S_NULL else { return .shown("nothing") }
    let count = Int(clamping: H5Sget_simple_extent_npoints(space.id))
    let isScalar = H5Sget_simple_extent_type(space.id) == H5S_SCALAR
    switch H5Tget_class(type.id) {
    case H5T_STRING:
      let value = try TextValue(attribute: attribute, type: type, space: space)
      guard value.isScalar else { return .texts(value.texts) }
      let text = value.texts.first ?? ""
      guard text.utf8.count > AttributeValues.shownByteCountLimit,
        name != AttributeValues.wholeName
      else { return .text(text) }
      return .shown("\(text.unicodeScalars.prefix(1_000))… (\(text.utf8.count) bytes)")
    case H5T_INTEGER:
      guard (0...AttributeValues.numberCountLimit).contains(count) else { break }
      if H5Tget_sign(type.id) == H5T_SGN_NONE {
        var numbers = [UInt64](repeating: 0, count: max(count, 1))
        try require(
          unsafe H5Aread(attribute.id, gph5_type_u64(), &numbers), "a number cannot be read")
        return shown(numbers.prefix(count).map { "\($0)" }, isScalar)
      }
      var numbers = [Int64](repeating: 0, count: max(count, 1))
      try require(
        unsafe H5Aread(attribute.id, gph5_type_i64(), &numbers), "a number cannot be read")
      return shown(numbers.prefix(count).map { "\($0)" }, isScalar)
    case H5T_FLOAT:
      guard (0...AttributeValues.numberCountLimit).contains(count) else { break }
      var numbers = [Double](repeating: 0, count: max(count, 1))
      try require(
        unsafe H5Aread(attribute.id, gph5_type_f64(), &numbers), "a number cannot be read")
      return shown(numbers.prefix(count).map { "\($0)" }, isScalar)
    case H5T_ENUM:
      guard count == 1, StoredType(type)?.elementType == .bool else { break }
      var value: UInt8 = 0
      try require(unsafe H5Aread(attribute.id, type.id, &value), "a truth value cannot be read")
      return shown([value == 0 ? "False" : "True"], isScalar)
    case H5T_REFERENCE: return .shown("a reference, not followed")
    default: break
    }
    return .shown("a value of another type, of \(count) elements")
  }

  private func shown(_ values: [String], _ isScalar: Bool) -> FileListing.Attribute.Value {
    .shown(isScalar ? values.first ?? "" : "[\(values.joined(separator: ", "))]")
  }

  private static func byteCount(of value: FileListing.Attribute.Value) -> Int {
    switch value {
    case .text(let text), .shown(let text): text.utf8.count
    case .texts(let texts): texts.reduce(0) { $0 + $1.utf8.count + 16 }
    }
  }
}
