import BinaryInput
import Safetensors
import StrictJSON
import TensorData
import TestSupport
import Testing

/// A tensor as the lists beside the fixtures have it: what another program says is in a file.
struct ListedTensor {
  let name: String
  /// The type, as safetensors files name it.
  let type: String
  let shape: [Int]
  let bytes: [UInt8]

  init(_ value: JSONValue) throws {
    name = try #require(value["name"]?.string)
    type = try #require(value["dtype"]?.string)
    shape = try #require(value["shape"]?.array).map { try #require($0.integer) }
    bytes = try hexadecimal(#require(value["bytes"]?.string))
  }

  /// The type that tensors have for it; nil for one that they cannot have.
  var elementType: ElementType? {
    switch type {
    case "BOOL": .bool
    case "U8": .u8
    case "I8": .i8
    case "U16": .u16
    case "I16": .i16
    case "U32": .u32
    case "I32": .i32
    case "U64": .u64
    case "I64": .i64
    case "F16": .f16
    case "BF16": .bf16
    case "F32": .f32
    case "F64": .f64
    case "C64": .c64
    case "F8_E4M3": .f8e4m3fn
    case "F8_E5M2": .f8e5m2
    case "F8_E8M0": .f8e8m0fnu
    case "F8_E4M3FNUZ": .f8e4m3fnuz
    case "F8_E5M2FNUZ": .f8e5m2fnuz
    default: nil
    }
  }
}

/// The bytes of a text of hexadecimal digits.
func hexadecimal(_ text: String) throws -> [UInt8] {
  let digits = try text.map { try #require($0.hexDigitValue) }
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// Opens a file.
func open(_ bytes: [UInt8], _ budget: WorkBudget = WorkBudget()) throws(ReadError)
  -> SafetensorsFile
{
  try SafetensorsFile(Bytes(copying: bytes), budget: budget)
}

/// A file with a header and data, as the description of the format has it.
func file(_ header: String, data: [UInt8] = []) -> [UInt8] {
  let text = Array(header.utf8)
  return (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text + data
}

/// Checks that a file has these tensors and no others, whatever their order.
func expect(_ file: SafetensorsFile, has listed: [ListedTensor]) throws {
  let group = try #require(file.groups.first)
  #expect(file.groups.count == 1)
  #expect(group.keyPath.isEmpty)
  #expect(group.names.sorted() == listed.map(\.name).sorted())
  let refused = Dictionary(uniqueKeysWithValues: file.refusals(ofGroup: 0).map { ($0, $1) })
  for tensor in listed {
    let entry = try #require(group.entries.first { $0.name == tensor.name })
    guard let elementType = tensor.elementType else {
      #expect(entry == TensorGroup.Entry(tensor.name, shape: nil, elementType: nil))
      let error = #expect(throws: ReadError.self) { try file.tensors([tensor.name], ofGroup: 0) }
      #expect(error?.code == .safetensorsElementType)
      #expect(error?.path == [tensor.name])
      #expect(error == refused[tensor.name])
      continue
    }
    #expect(
      entry
        == TensorGroup.Entry(tensor.name, shape: tensor.shape, elementType: elementType))
    #expect(refused[tensor.name] == nil)
    let read = try #require(try file.tensors([tensor.name], ofGroup: 0)[tensor.name])
    #expect(read.elementType == elementType)
    #expect(read.shape == tensor.shape)
    #expect(try read.contiguousBytes().array == tensor.bytes)
  }
}
