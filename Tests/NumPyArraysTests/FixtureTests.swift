import BinaryInput
import NumPyArrays
import StrictJSON
import TensorData
import TestSupport
import Testing

/// What `npy.json` says about one array.
struct ListedArray: Sendable, CustomTestStringConvertible {
  let name: String
  let type: String
  let shape: [Int]
  let values: [JSONValue]
  var isFortranOrder = false

  var testDescription: String { name }

  init(_ value: JSONValue, name: String) throws {
    self.name = name
    type = try #require(value["dtype"]?.string)
    shape = try #require(value["shape"]?.array).map { try #require($0.integer) }
    values = try #require(value["values"]?.array)
    isFortranOrder = value["fortranOrder"]?.bool ?? false
  }

  /// The type that tensors have for it, or nil for one that they cannot have.
  var elementType: ElementType? {
    switch type.dropFirst() {
    case "f8": .f64
    case "f4": .f32
    case "f2": .f16
    case "i8": .i64
    case "i4": .i32
    case "i2": .i16
    case "i1": .i8
    case "u2": .u16
    case "u1": .u8
    case "b1": .bool
    default: nil
    }
  }

  /// The bytes of one element; nil for a NaN, which has many.
  func bytes(of value: JSONValue) throws -> [UInt8]? {
    switch type.dropFirst() {
    case "f8", "f4", "f2":
      let number: Double
      switch value.string {
      case "nan": return nil
      case "inf": number = .infinity
      case "-inf": number = -.infinity
      default: number = try #require(value.double)
      }
      switch type.last {
      case "8": return littleEndian(number.bitPattern, 8)
      case "4": return littleEndian(UInt64(Float(number).bitPattern), 4)
      default: return littleEndian(UInt64(Float16(number).bitPattern), 2)
      }
    case "b1":
      return [try #require(value.bool as Bool?) ? 1 : 0]
    default:
      // Numbers that a double cannot hold are listed as text.
      let number = try #require(value.integer ?? value.string.flatMap { Int($0) })
      return littleEndian(
        UInt64(bitPattern: Int64(number)), try #require(type.last?.wholeNumberValue))
    }
  }

  func expectEqual(_ tensor: Tensor) throws {
    #expect(tensor.elementType == elementType)
    #expect(tensor.shape == shape)
    #expect(tensor.elementCount == values.count)
    let bytes = try tensor.contiguousBytes().array
    let doubles = try tensor.doubles()
    #expect(doubles.count == values.count)
    let width = tensor.elementType.byteCount
    for (index, value) in values.enumerated() {
      if let expected = try self.bytes(of: value) {
        #expect(Array(bytes[(index * width)..<((index + 1) * width)]) == expected, "\(index)")
      } else {
        #expect(doubles[index].isNaN, "\(index)")
      }
    }
  }
}

/// The list of the files in `Fixtures/npy`.
struct Listing {
  var arrays: [ListedArray] = []
  var refused: [String] = []
  var archives: [(name: String, arrays: [ListedArray])] = []

  init() throws {
    let value = try JSONValue(parsing: Fixture.bytes("npy/npy.json"))
    for item in try #require(value.array) {
      let name = try #require(item["file"]?.string)
      if item["refused"] != nil {
        refused.append(name)
      } else if let arrays = item["arrays"]?.array {
        archives.append(
          (
            name,
            try arrays.map { try ListedArray($0, name: try #require($0["name"]?.string)) }
          ))
      } else {
        arrays.append(try ListedArray(item, name: name))
      }
    }
  }
}

@Suite struct `A file that NumPy wrote` {
  private let listing: Listing

  init() throws {
    listing = try Listing()
  }

  @Test func `has the listed elements`() throws {
    #expect(listing.arrays.count == 26)
    for array in listing.arrays where array.elementType != nil {
      try array.expectEqual(Tensor(npy: Fixture.bytes("npy/\(array.name)")))
    }
    #expect(
      Set(listing.arrays.compactMap(\.elementType))
        == Set(
          ElementType.parameterTypes.filter {
            $0 != .bf16
          } + [.u16]))
  }

  @Test func `shares its memory with the file unless it is big-endian`() throws {
    for array in listing.arrays where array.elementType != nil && !array.values.isEmpty {
      let bytes = try Fixture.bytes("npy/\(array.name)")
      let tensor = try Tensor(npy: bytes)
      #expect(tensor.isContiguous != array.isFortranOrder)
      guard tensor.isContiguous else { continue }
      let isShared = try tensor.contiguousBytes()
        .isIdentical(to: bytes[(bytes.count - tensor.byteCount)..<bytes.count])
      #expect(isShared == !array.type.hasPrefix(">"), "\(array.name)")
    }
  }

  @Test func `may have complex elements`() throws {
    let tensor = try Tensor(npy: Fixture.bytes("npy/complex.npy"))
    #expect(tensor.elementType == .c128)
    #expect(tensor.shape == [1])
    #expect(try tensor.contiguousBytes() == Bytes(copyingElements: [1.0, 2.0]))
  }

  @Test func `is refused where tensors cannot have its elements`() throws {
    #expect(
      listing.refused == [
        "structured.npy", "object.npy", "text.npy", "date.npy", "object.npz",
      ])
    for name in listing.refused.dropLast() {
      let error = #expect(throws: ReadError.self) {
        try Tensor(npy: Fixture.bytes("npy/\(name)"))
      }
      #expect(error?.code == .npyElementType, "\(name)")
      // Behind `{'descr': `.
      #expect(error?.offset == 20, "\(name)")
    }
  }

  @Test func `is cut short wherever it is cut`() throws {
    for array in listing.arrays where array.elementType != nil {
      let bytes = try Fixture.bytes("npy/\(array.name)").array
      for count in bytes.indices {
        let found = code(Array(bytes.prefix(count)))
        #expect(found == .npyTruncated, "\(array.name), \(count) bytes")
      }
      #expect(code(bytes + [0]) == .npyTrailingData, "\(array.name)")
    }
  }

  @Test func `is refused, or has as many bytes, when a byte of its header is changed`() throws {
    for name in ["c-order-1.0.npy", "c-order-2.0.npy", "fortran-big-endian-f4.npy", "bool.npy"] {
      let bytes = try Fixture.bytes("npy/\(name)").array
      let headerByteCount = 128
      var refusals: Set<ErrorCode> = []
      for offset in 0..<headerByteCount {
        var damaged = bytes
        for byte in UInt8.min...UInt8.max where byte != bytes[offset] {
          damaged[offset] = byte
          do throws(ReadError) {
            let found = try tensor(damaged)
            // A header's length that is a few spaces shorter would leave too many elements.
            if found.byteCount != bytes.count - headerByteCount {
              Issue.record("byte \(offset) changed to \(byte) gives \(found.shape)")
            }
          } catch {
            refusals.insert(error.code)
          }
        }
      }
      #expect(refusals.isSubset(of: NumPyArchive.errorCodes))
      #expect(
        refusals.isSuperset(of: [
          .npyMagic, .npyVersion, .npyTruncated, .npyTrailingData, .npyHeader, .npyElementType,
        ]))
    }
  }
}

@Suite struct `An archive that NumPy wrote` {
  @Test func `has the listed arrays in the order of the file`() throws {
    let archives = try Listing().archives
    #expect(archives.map(\.name) == ["stored.npz", "compressed.npz"])
    for (name, arrays) in archives {
      let archive = try NumPyArchive(Fixture.bytes("npy/\(name)"))
      #expect(archive.names == arrays.map(\.name))
      #expect(arrays.count == 4)
      for array in arrays {
        #expect(archive.contains(array.name))
        try array.expectEqual(#require(try archive.tensor(named: array.name)))
      }
    }
  }

  @Test func `has no other arrays`() throws {
    let archive = try NumPyArchive(Fixture.bytes("npy/stored.npz"))
    for name in ["", "input.npy", "Input", "layers/", "layers/head: 2 "] {
      #expect(!archive.contains(name))
      #expect(try archive.tensor(named: name) == nil)
    }
  }

  @Test func `opens although an array in it is refused, and says which`() throws {
    let archive = try NumPyArchive(Fixture.bytes("npy/object.npz"))
    var refused: [String] = []
    for name in archive.names {
      do throws(ReadError) {
        _ = try archive.tensor(named: name)
      } catch {
        #expect(error.code == .npyElementType)
        #expect(error.path == ["\(name).npy"])
        refused.append(name)
      }
    }
    #expect(refused.count == 1)
    #expect(archive.names.count > 1)
  }
}
