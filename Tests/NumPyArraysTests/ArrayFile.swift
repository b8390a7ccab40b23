import BinaryInput
import NumPyArrays
import TensorData
import TestSupport

/// Little-endian bytes of a number.
func littleEndian(_ value: UInt64, _ byteCount: Int) -> [UInt8] {
  (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}

/// An `.npy` file, right or wrong, written from NumPy's description of the format alone.
struct ArrayFile: Sendable {
  var magic: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
  var version: [UInt8] = [1, 0]
  var header: [UInt8]
  var headerByteCount: UInt64?
  var data: [UInt8]

  init(header: String, data: [UInt8]) {
    self.header = Array(header.utf8)
    self.data = data
  }

  init(
    _ type: String = "'<f4'", order: String = "False", shape: String, data: [UInt8]
  ) {
    self.init(
      header: "{'descr': \(type), 'fortran_order': \(order), 'shape': \(shape), }\n", data: data)
  }

  /// The number of bytes in front of the header's text.
  var headerOffset: Int { version[0] == 1 ? 10 : 12 }

  var bytes: [UInt8] {
    magic + version
      + littleEndian(headerByteCount ?? UInt64(header.count), version[0] == 1 ? 2 : 4)
      + header + data
  }
}

/// Reads an `.npy` file.
func tensor(_ bytes: [UInt8]) throws(ReadError) -> Tensor {
  try Tensor(npy: Bytes(copying: bytes))
}

/// The code that refuses an `.npy` file, or nil.
func code(_ bytes: [UInt8]) -> ErrorCode? {
  do {
    _ = try tensor(bytes)
    return nil
  } catch {
    return error.code
  }
}

/// A zip archive of stored files, for names that NumPy would not write.
func storedArchive(_ files: [(name: String, content: [UInt8])]) -> [UInt8] {
  var bytes: [UInt8] = []
  var directory: [UInt8] = []
  for (name, content) in files {
    let facts =
      [20, 0, 0, 0, 0, 0, 0, 0, 0, 0] + littleEndian(UInt64(checksum(content)), 4)
      + littleEndian(UInt64(content.count), 4) + littleEndian(UInt64(content.count), 4)
      + littleEndian(UInt64(name.utf8.count), 2) + [0, 0]
    directory += [0x50, 0x4B, 1, 2, 20, 0] + facts + run(of: 0, 10)
    directory += littleEndian(UInt64(bytes.count), 4) + Array(name.utf8)
    bytes += [0x50, 0x4B, 3, 4] + facts + Array(name.utf8) + content
  }
  let count = littleEndian(UInt64(files.count), 2)
  return bytes + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
    + littleEndian(UInt64(directory.count), 4) + littleEndian(UInt64(bytes.count), 4) + [0, 0]
}

/// The same byte over and over.
func run(of byte: UInt8, _ count: Int) -> [UInt8] {
  Array(repeating: byte, count: count)
}

private func checksum(_ bytes: [UInt8]) -> UInt32 {
  var register = UInt32.max
  for byte in bytes {
    register ^= UInt32(byte)
    for _ in 0..<8 {
      register = register & 1 == 0 ? register >> 1 : register >> 1 ^ 0xEDB8_8320
    }
  }
  return ~register
}
