public import BinaryInput
public import TensorData

/// A tensor of an ONNX file: an initializer, the value of an attribute, or a recorded value.
public struct ONNXTensor: Sendable {
  /// The name; empty for most tensors of attributes.
  public var name: String
  /// The type of the elements.
  public let dataType: ONNXDataType
  /// The number of elements along each axis; empty for a scalar.
  public let shape: [Int]
  /// The elements.
  public let content: Content

  /// What a tensor's elements are kept as.
  public enum Content: Sendable {
    /// Row-major and little-endian; elements of less than 8 bits share bytes, the first one in the
    /// lowest bits. Exactly as many bytes as the shape needs.
    case bytes(Bytes)
    /// Any bytes for each element of a ``ONNXDataType/string`` tensor.
    case strings([[UInt8]])
  }

  /// Creates a tensor over bytes that hold its elements.
  ///
  /// - Throws: `onnx.tensorSize` where the shape does not need exactly these bytes; `tensor.shape`
  ///   for a negative dimension, too many axes or a product that does not fit.
  public init(
    name: String = "", dataType: ONNXDataType, shape: [Int], bytes: Bytes
  ) throws(ReadError) {
    let needed = try ONNXTensor.byteCount(of: dataType, shape: shape)
    guard needed == bytes.count else {
      throw ReadError(
        .onnxTensorSize, "the tensor's data do not fit its shape", path: name.isEmpty ? [] : [name],
        expected: "\(needed) bytes for \(shape) of \(dataType)", found: "\(bytes.count)")
    }
    self.name = name
    self.dataType = dataType
    self.shape = shape
    content = .bytes(bytes)
  }

  /// Creates a tensor of strings.
  ///
  /// - Throws: `onnx.tensorSize` where their number does not fit the shape; `tensor.shape` as above.
  public init(name: String = "", shape: [Int], strings: [[UInt8]]) throws(ReadError) {
    let count = try ONNXTensor.elementCount(of: shape)
    guard count == strings.count else {
      throw ReadError(
        .onnxTensorSize, "the tensor's data do not fit its shape", path: name.isEmpty ? [] : [name],
        expected: "\(count) strings for \(shape)", found: "\(strings.count)")
    }
    self.name = name
    dataType = .string
    self.shape = shape
    content = .strings(strings)
  }

  /// Takes over a tensor; one that is strided is gathered.
  ///
  /// - Throws: `io.memory` where it cannot be gathered.
  public init(_ tensor: Tensor, name: String = "") throws(ReadError) {
    self.name = name
    dataType = ONNXDataType(tensor.elementType)
    shape = tensor.shape
    content = .bytes(try tensor.contiguousBytes())
  }

  /// The number of elements.
  public var elementCount: Int { shape.reduce(1, *) }

  /// The tensor in this package's own terms, sharing the bytes; nil for a type that they do not have.
  public var tensor: Tensor? {
    guard case .bytes(let bytes) = content, let elementType = dataType.elementType else {
      return nil
    }
    do {
      return try Tensor(elementType: elementType, shape: shape, storage: bytes)
    } catch {
      preconditionFailure("a tensor over exactly its bytes: \(error)")
    }
  }

  /// The number of elements of a shape from a file.
  ///
  /// - Throws: `tensor.shape` for a negative dimension, too many axes or a product that does not fit.
  static func elementCount(of shape: [Int]) throws(ReadError) -> Int {
    guard shape.count <= Tensor.maximumRank, shape.allSatisfy({ $0 >= 0 }),
      // Zeros are left out, so that they cannot hide an overflow; 16 bytes an element at most.
      let nonzero = shape.filter({ $0 != 0 }).exactProduct(), nonzero <= Int.max / 128
    else {
      throw ReadError(
        .tensorShape, "no shape of a tensor",
        expected: "at most \(Tensor.maximumRank) dimensions, none negative, whose product fits",
        found: "\(shape.prefix(Tensor.maximumRank))")
    }
    return shape.contains(0) ? 0 : nonzero
  }

  /// The number of bytes of the elements.
  ///
  /// - Throws: `tensor.shape` as ``elementCount(of:)``; `tensor.dtype` for strings.
  static func byteCount(of dataType: ONNXDataType, shape: [Int]) throws(ReadError) -> Int {
    guard let bitCount = dataType.bitCount else {
      throw ReadError(.onnxTensorType, "strings have no bytes", expected: "numbers")
    }
    return (try elementCount(of: shape) * bitCount + 7) / 8
  }
}
