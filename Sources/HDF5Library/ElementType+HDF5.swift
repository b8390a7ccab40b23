internal import CHDF5
internal import HDF5Exchange
internal import TensorData

/// How a dataset keeps its elements.
struct StoredType {
  /// What they are.
  let elementType: ElementType
  /// Whether the file has them in the machine's byte order.
  let isLittleEndian: Bool
}

extension StoredType {
  /// The tensor's type for one of libhdf5, or nil for one that tensors do not have.
  init?(_ type: Handle) {
    let byteCount = H5Tget_size(type.id)
    switch H5Tget_class(type.id) {
    case H5T_INTEGER:
      guard let order = StoredType.isLittleEndian(type.id),
        H5Tget_precision(type.id) == 8 * byteCount, H5Tget_offset(type.id) == 0
      else { return nil }
      let isSigned = H5Tget_sign(type.id) == H5T_SGN_2
      switch byteCount {
      case 1: elementType = isSigned ? .i8 : .u8
      case 2: elementType = isSigned ? .i16 : .u16
      case 4: elementType = isSigned ? .i32 : .u32
      case 8: elementType = isSigned ? .i64 : .u64
      default: return nil
      }
      isLittleEndian = order
    case H5T_FLOAT:
      guard let order = StoredType.isLittleEndian(type.id),
        let floating = FloatFields(type.id).elementType(byteCount: byteCount)
      else { return nil }
      elementType = floating
      isLittleEndian = order
    case H5T_ENUM:
      guard StoredType.isBoolean(type.id) else { return nil }
      elementType = .bool
      isLittleEndian = true
    case H5T_COMPOUND:
      guard let part = StoredType.complexPart(type.id) else { return nil }
      elementType = part.elementType == .f64 ? .c128 : .c64
      isLittleEndian = part.isLittleEndian
    default: return nil
    }
  }

  private static func isLittleEndian(_ type: hid_t) -> Bool? {
    switch H5Tget_order(type) {
    case H5T_ORDER_LE: true
    case H5T_ORDER_BE: false
    default: nil
    }
  }

  /// Whether it is the enumeration that h5py keeps truth values as: FALSE is 0, TRUE is 1.
  private static func isBoolean(_ type: hid_t) -> Bool {
    guard H5Tget_size(type) == 1, H5Tget_nmembers(type) == 2 else { return false }
    for (name, expected) in [("FALSE", 0), ("TRUE", 1)] as [(String, UInt8)] {
      var value: UInt8 = 0xFF
      guard unsafe H5Tenum_valueof(type, name, &value) >= 0, value == expected else {
        _ = H5Eclear2(gph5_error_stack())
        return false
      }
    }
    return true
  }

  /// The type of both parts of a complex number as h5py keeps it: members r and i, nothing between.
  private static func complexPart(_ type: hid_t) -> StoredType? {
    guard H5Tget_nmembers(type) == 2 else { return nil }
    var parts: [StoredType] = []
    for (index, name) in ["r", "i"].enumerated() {
      let number = UInt32(index)
      guard let text = unsafe H5Tget_member_name(type, number) else { return nil }
      let found = unsafe String(cString: text)
      unsafe H5free_memory(text)
      guard found == name,
        let member = try? Handle(
          H5Tget_member_type(type, number), closing: H5Tclose, "a part of a complex number"),
        let part = StoredType(member), [.f32, .f64].contains(part.elementType),
        H5Tget_member_offset(type, number) == index * part.elementType.byteCount
      else { return nil }
      parts.append(part)
    }
    guard parts[0].elementType == parts[1].elementType,
      parts[0].isLittleEndian == parts[1].isLittleEndian,
      H5Tget_size(type) == 2 * parts[0].elementType.byteCount
    else { return nil }
    return parts[0]
  }
}

/// Where the bits of a floating-point type are.
private struct FloatFields: Equatable {
  var sign = 0
  var exponent = 0
  var exponentBitCount = 0
  var fraction = 0
  var fractionBitCount = 0
  var bias = 0

  init(sign: Int, exponentBitCount: Int, fractionBitCount: Int) {
    self.sign = sign
    exponent = fractionBitCount
    self.exponentBitCount = exponentBitCount
    self.fractionBitCount = fractionBitCount
    bias = (1 << (exponentBitCount - 1)) - 1
  }

  init(_ type: hid_t) {
    _ = unsafe H5Tget_fields(
      type, &sign, &exponent, &exponentBitCount, &fraction, &fractionBitCount)
    bias = Int(clamping: H5Tget_ebias(type))
    // A leading one that is kept, or no such thing, is another format.
    if H5Tget_norm(type) != H5T_NORM_IMPLIED || H5Tget_precision(type) != 8 * H5Tget_size(type)
      || H5Tget_offset(type) != 0
    {
      sign = -1
    }
  }

  static let types: [(ElementType, FloatFields)] = [
    (.f16, FloatFields(sign: 15, exponentBitCount: 5, fractionBitCount: 10)),
    (.bf16, FloatFields(sign: 15, exponentBitCount: 8, fractionBitCount: 7)),
    (.f32, FloatFields(sign: 31, exponentBitCount: 8, fractionBitCount: 23)),
    (.f64, FloatFields(sign: 63, exponentBitCount: 11, fractionBitCount: 52)),
  ]

  func elementType(byteCount: Int) -> ElementType? {
    FloatFields.types.first { $0.0.byteCount == byteCount && $0.1 == self }?.0
  }

  func apply(to type: hid_t) -> Bool {
    H5Tset_fields(
      type, sign, exponent, exponentBitCount, fraction, fractionBitCount) >= 0
      && H5Tset_ebias(type, bias) >= 0
  }
}

extension ElementType {
  /// The type of libhdf5 whose bytes are those of a tensor's elements.
  ///
  /// - Throws: An unwritable type, for those that HDF5 has no name for.
  func libraryType() throws(WorkerFailure) -> Handle {
    let base: hid_t
    switch self {
    case .i8: base = gph5_type_i8()
    case .i16: base = gph5_type_i16()
    case .i32: base = gph5_type_i32()
    case .i64: base = gph5_type_i64()
    case .u8: base = gph5_type_u8()
    case .u16: base = gph5_type_u16()
    case .u32: base = gph5_type_u32()
    case .u64: base = gph5_type_u64()
    case .f64: base = gph5_type_f64()
    case .f32, .f16, .bf16: base = gph5_type_f32()
    case .bool: return try ElementType.booleanType()
    case .c64: return try ElementType.complexType(of: .f32)
    case .c128: return try ElementType.complexType(of: .f64)
    case .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu:
      throw WorkerFailure(.unwritable, "HDF5 has no such type of elements", found: rawValue)
    }
    let type = try Handle(H5Tcopy(base), closing: H5Tclose, "a type cannot be made")
    if self == .f16 || self == .bf16, let fields = FloatFields.types.first(where: { $0.0 == self })
    {
      // Narrower fields first: they must always lie inside the type.
      guard fields.1.apply(to: type.id), H5Tset_size(type.id, byteCount) >= 0 else {
        throw WorkerFailure(fromLibrary: "a type cannot be made")
      }
    }
    return type
  }

  private static func booleanType() throws(WorkerFailure) -> Handle {
    let type = try Handle(
      H5Tenum_create(gph5_type_i8()), closing: H5Tclose, "a type cannot be made")
    for (name, value) in [("FALSE", 0), ("TRUE", 1)] as [(String, UInt8)] {
      var value = value
      try require(unsafe H5Tenum_insert(type.id, name, &value), "a type cannot be made")
    }
    return type
  }

  private static func complexType(of part: ElementType) throws(WorkerFailure) -> Handle {
    let base = try part.libraryType()
    let type = try Handle(
      H5Tcreate(H5T_COMPOUND, 2 * part.byteCount), closing: H5Tclose, "a type cannot be made")
    try require(unsafe H5Tinsert(type.id, "r", 0, base.id), "a type cannot be made")
    try require(
      unsafe H5Tinsert(type.id, "i", part.byteCount, base.id), "a type cannot be made")
    return type
  }
}
