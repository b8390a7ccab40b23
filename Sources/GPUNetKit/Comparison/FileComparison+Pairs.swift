import BinaryInput
import ModelFiles
import TensorData
import TensorMeasures

extension FileComparison {
  /// How many bytes of both files are compared at once.
  private static let batchByteCount = 64 << 20

  /// Compares tensors that belong together, only some of which are in memory at the same time.
  ///
  /// - Throws: What reading throws, the path in front.
  static func pairs(
    _ named: [(left: NamedTensors.Entry, right: NamedTensors.Entry)],
    _ left: NamedTensors, _ right: NamedTensors
  ) throws(ReadError) -> [TensorPair] {
    var pairs: [TensorPair] = []
    var rest = named[...]
    while !rest.isEmpty {
      let batch = rest.removeBatch(byteCount: batchByteCount) { pair in
        (pair.left.byteCount ?? 0).adding(exactly: pair.right.byteCount ?? 0) ?? .max
      }
      let needed = batch.filter { $0.left.mayEqual($0.right) }
      let lefts = try left.tensors(needed.map(\.left))
      let rights = try right.tensors(needed.map(\.right))
      for (one, other) in batch {
        let outcome: TensorPair.Outcome
        if let refusal = one.refusal?.within(left.path) ?? other.refusal?.within(right.path) {
          outcome = .unreadable(refusal)
        } else if let first = lefts[one], let second = rights[other] {
          outcome = try TensorPair.Outcome(first, second)
          first.releasePages()
          second.releasePages()
        } else {
          outcome = .otherShape
        }
        pairs.append(TensorPair(left: one, right: other, outcome: outcome))
      }
    }
    return pairs
  }
}

extension TensorPair.Outcome {
  fileprivate init(_ left: Tensor, _ right: Tensor) throws(ReadError) {
    if left.elementType == right.elementType,
      try left.contiguousBytes() == right.contiguousBytes()
    {
      self = left.shape == right.shape ? .same : .reshaped
    } else if left.shape != right.shape {
      self = .otherShape
    } else if let difference = try TensorDifference(from: left, to: right) {
      self = .numbers(difference)
    } else {
      self = .otherKind
    }
  }
}

extension NamedTensors.Entry {
  /// Whether elements have to be read to know how the two differ.
  fileprivate func mayEqual(_ other: NamedTensors.Entry) -> Bool {
    guard refusal == nil, other.refusal == nil else { return false }
    guard let shape, let otherShape = other.shape, shape != otherShape else { return true }
    return byteCount == other.byteCount && elementType == other.elementType
  }
}

extension NamedTensors {
  fileprivate func tensors(_ entries: [Entry]) throws(ReadError) -> [Entry: Tensor] {
    var tensors: [Entry: Tensor] = [:]
    try forEach(entries) { entry, tensor in tensors[entry] = tensor }
    return tensors
  }
}
