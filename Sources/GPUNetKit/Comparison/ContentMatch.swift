import BinaryInput
import ModelFiles
import TensorData
import TensorMeasures

/// Finds tensors of two files that have the same type and bytes under different names.
struct ContentMatch {
  /// The pairs, in the order of the first file; with the same shape, or else reshaped.
  private(set) var pairs: [TensorPair] = []

  private typealias Entry = NamedTensors.Entry

  /// What can only be the same where it is equal, known without reading.
  private struct Kind: Hashable {
    let elementType: ElementType
    let byteCount: Int

    init?(_ entry: Entry) {
      // All tensors without elements have the same bytes.
      guard entry.refusal == nil, let elementType = entry.elementType,
        let byteCount = entry.byteCount, byteCount > 0
      else { return nil }
      self.elementType = elementType
      self.byteCount = byteCount
    }
  }

  private struct Content: Hashable {
    let kind: Kind
    let digest: [UInt8]
  }

  /// How many pairs of names are weighed among tensors of one content; beyond that, they are taken in
  /// their order.
  private static let weighedPairLimit = 10_000

  /// Compares what is left over of two files.
  ///
  /// - Throws: What reading throws, the path in front.
  init(
    _ lefts: [NamedTensors.Entry], of left: NamedTensors,
    _ rights: [NamedTensors.Entry], of right: NamedTensors
  ) throws(ReadError) {
    let kinds = Set(lefts.compactMap { Kind($0) }).intersection(rights.compactMap { Kind($0) })
    let first = try ContentMatch.contents(lefts, of: left, kinds)
    let second = try ContentMatch.contents(rights, of: right, kinds)
    var partners: [Int: Int] = [:]
    for (content, positions) in first {
      guard let others = second[content] else { continue }
      for (one, other) in ContentMatch.match(positions, in: lefts, others, in: rights) {
        partners[one] = other
      }
    }
    pairs = lefts.indices.compactMap { one in
      partners[one].map { other in
        TensorPair(
          left: lefts[one], right: rights[other],
          outcome: lefts[one].shape == rights[other].shape ? .same : .reshaped)
      }
    }
  }

  /// The positions of the entries of some kinds, by what is in them.
  private static func contents(
    _ entries: [Entry], of file: NamedTensors, _ kinds: Set<Kind>
  ) throws(ReadError) -> [Content: [Int]] {
    var positions: [Entry: Int] = [:]
    for (position, entry) in entries.enumerated() { positions[entry] = position }
    var contents: [Content: [Int]] = [:]
    let wanted = entries.filter { Kind($0).map { kinds.contains($0) } ?? false }
    try file.forEach(wanted) { (entry, tensor) throws(ReadError) in
      guard let kind = Kind(entry), let position = positions[entry] else { return }
      let content = Content(kind: kind, digest: try tensor.elementsSHA256())
      contents[content, default: []].append(position)
    }
    return contents
  }

  /// Pairs tensors of one content: those of one shape first, then those whose names have most bytes
  /// at their ends in common, then in their order.
  private static func match(
    _ lefts: [Int], in first: [Entry], _ rights: [Int], in second: [Entry]
  ) -> [(Int, Int)] {
    guard lefts.count <= weighedPairLimit / rights.count else {
      return Array(zip(lefts, rights))
    }
    let weighed = lefts.flatMap { left in
      rights.map { right in
        (
          left: left, right: right,
          isReshaped: first[left].shape != second[right].shape,
          ending: commonEnding(first[left].name, second[right].name)
        )
      }
    }
    var pairs: [(Int, Int)] = []
    var taken: (left: Set<Int>, right: Set<Int>) = ([], [])
    let sorted = weighed.sorted { one, other in
      if one.isReshaped != other.isReshaped { return other.isReshaped }
      if one.ending != other.ending { return one.ending > other.ending }
      return (one.left, one.right) < (other.left, other.right)
    }
    for pair in sorted where !taken.left.contains(pair.left) && !taken.right.contains(pair.right) {
      taken.left.insert(pair.left)
      taken.right.insert(pair.right)
      pairs.append((pair.left, pair.right))
    }
    return pairs
  }

  private static func commonEnding(_ one: String, _ other: String) -> Int {
    zip(one.utf8.reversed(), other.utf8.reversed()).prefix { $0 == $1 }.count
  }
}
