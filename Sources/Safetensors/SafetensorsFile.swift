public import BinaryInput
public import TensorData

/// A `.safetensors` file: named tensors and nothing that could be executed.
///
/// Opening reads the header and holds it against the length of the file; tensors share the file's
/// memory. Their elements are not looked at: a truth value may be another byte than 0 or 1, as for the
/// reference implementation, huggingface/safetensors.
public struct SafetensorsFile: TensorContainer {
  /// One group, under no keys, whose names are in the order of their data.
  public let groups: [TensorGroup]
  /// What stands under `__metadata__`, in its order.
  public let facts: [TensorFact]

  private let tensors: [StoredTensor]
  private let positions: [String: Int]
  private let data: Bytes

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - budget: Pays for reading the header; what the file keeps of it stays reserved.
  /// - Throws: One of ``errorCodes`` or of those of JSON, with offsets in the file; `work.budget`.
  /// - Complexity: O(*n*) in the number of bytes of the header, O(*t* log *t*) in the number of
  ///   tensors.
  public init(_ bytes: Bytes, budget: WorkBudget) throws(ReadError) {
    try self.init(bytes, budget: budget, countLimit: SafetensorsHeader.countLimit)
  }

  /// Opens a file that may have so many tensors and so many properties.
  package init(_ bytes: Bytes, budget: WorkBudget, countLimit: Int) throws(ReadError) {
    let header = try SafetensorsHeader(of: bytes, budget: budget, countLimit: countLimit)
    tensors = header.tensors
    facts = header.metadata
    data = bytes[header.byteCount..<bytes.count]
    var positions: [String: Int] = [:]
    positions.reserveCapacity(tensors.count)
    for (position, tensor) in tensors.enumerated() { positions[tensor.name] = position }
    self.positions = positions
    groups = [
      TensorGroup(
        keyPath: "",
        entries: tensors.map { tensor in
          let elementType = tensor.type.elementType
          return TensorGroup.Entry(
            tensor.name, shape: elementType == nil ? nil : tensor.shape, elementType: elementType)
        })
    ]
  }

  /// Whether a file claims to be of this format, damaged or not: a brace follows 8 bytes that state a
  /// length below 4 GiB.
  public static func canRead(_ bytes: Bytes) -> Bool {
    bytes.count > SafetensorsHeader.lengthByteCount
      && bytes[SafetensorsHeader.lengthByteCount] == UInt8(ascii: "{")
      && (4..<SafetensorsHeader.lengthByteCount).allSatisfy { bytes[$0] == 0 }
  }

  /// `safetensors`.
  public var formatName: String { "safetensors" }
  /// Nothing is around it.
  public var innerName: String? { nil }
  /// Every tensor has a name.
  public var otherPaths: [String] { [] }

  /// Some of the tensors, in the order that is asked for, sharing the file's memory.
  ///
  /// - Parameters:
  ///   - names: The names.
  ///   - index: 0, the only group.
  /// - Returns: The tensors.
  /// - Throws: `safetensors.elementType` naming a tensor whose elements have fewer than 8 bits.
  /// - Precondition: There are tensors of these names.
  public func tensors(_ names: [String], ofGroup index: Int) throws(ReadError) -> StateDict {
    precondition(index == 0, "there is one group")
    var result = StateDict()
    for name in names {
      guard let position = positions[name] else {
        preconditionFailure("there is no tensor of this name")
      }
      _ = result.append(try tensor(tensors[position]), named: name)
    }
    return result
  }

  /// Why tensors cannot be read: those whose elements have fewer than 8 bits.
  ///
  /// - Parameter index: 0, the only group.
  /// - Returns: The names of these tensors, and the error that reading each throws.
  public func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] {
    precondition(index == 0, "there is one group")
    return tensors.filter { $0.type.elementType == nil }.map {
      ($0.name, SafetensorsFile.refusal($0))
    }
  }

  private func tensor(_ stored: StoredTensor) throws(ReadError) -> Tensor {
    guard let elementType = stored.type.elementType else {
      throw SafetensorsFile.refusal(stored)
    }
    do {
      return try Tensor(
        elementType: elementType, shape: stored.shape, storage: data[stored.range])
    } catch {
      throw error.within(stored.name)
    }
  }

  private static func refusal(_ tensor: StoredTensor) -> ReadError {
    ReadError(
      .safetensorsElementType, "elements of fewer than 8 bits are not read", path: [tensor.name],
      offset: tensor.nameOffset, found: "\(tensor.type.rawValue) of \(tensor.shape)",
      advice: "give the file that it was quantized from")
  }
}
