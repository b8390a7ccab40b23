import ModelFiles

/// Pairs tensors by their names.
struct NameMatch {
  private(set) var pairs: [(left: NamedTensors.Entry, right: NamedTensors.Entry)] = []
  private(set) var onlyLeft: [NamedTensors.Entry] = []
  private(set) var onlyRight: [NamedTensors.Entry] = []

  init(_ lefts: [NamedTensors.Entry], _ rights: [NamedTensors.Entry], _ prefixes: NamePrefixes) {
    // Bytes, since other spellings of one text are other names.
    func bytes(_ name: String, without prefix: String) -> ArraySlice<UInt8> {
      Array(name.utf8).dropFirst(prefix.utf8.count)
    }
    var free: [ArraySlice<UInt8>: NamedTensors.Entry] = [:]
    for right in rights {
      let name = bytes(right.name, without: prefixes.right)
      if free[name] == nil { free[name] = right } else { onlyRight.append(right) }
    }
    for left in lefts {
      if let right = free.removeValue(forKey: bytes(left.name, without: prefixes.left)) {
        pairs.append((left, right))
      } else {
        onlyLeft.append(left)
      }
    }
    let unmatched = Set(onlyRight).union(free.values)
    onlyRight = rights.filter { unmatched.contains($0) }
  }
}
