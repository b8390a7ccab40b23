/// What stands in front of every name of one list and of none of another that has the same names
/// otherwise, as a wrapper's `module.` does.
struct NamePrefixes {
  /// What is in front of the first list's names; empty where nothing is.
  private(set) var left = ""
  /// What is in front of the second list's names.
  private(set) var right = ""

  /// How many words in front are tried on each side.
  private static let wordLimit = 8

  /// Looks for the prefixes under which most names agree; none where that is no more than without.
  ///
  /// - Complexity: O(*n*) in the number of bytes of all names.
  init(_ left: [String], _ right: [String]) {
    let (lefts, rights) = (left.map { Array($0.utf8) }, right.map { Array($0.utf8) })
    let firsts = NamePrefixes.candidates(lefts)
    let seconds = NamePrefixes.candidates(rights)
    var pairs: [(ArraySlice<UInt8>, ArraySlice<UInt8>)] =
      [([], [])] + seconds.map { ([], $0) } + firsts.map { ($0, []) }
    // Both wrapped, each in its own way.
    if let first = firsts.last, let second = seconds.last { pairs.append((first, second)) }
    var best = (agreeing: -1, pair: pairs[0])
    let most = min(left.count, right.count)
    for pair in pairs where best.agreeing < most {
      let names = Set(lefts.map { $0.dropFirst(pair.0.count) })
      let agreeing = rights.count { names.contains($0.dropFirst(pair.1.count)) }
      if agreeing > best.agreeing { best = (agreeing, pair) }
    }
    self.left = String(decoding: best.pair.0, as: UTF8.self)
    self.right = String(decoding: best.pair.1, as: UTF8.self)
    dropCommonEnding()
  }

  /// The prefixes of all names that end with a dot, shortest first; the last is the longest of all.
  private static func candidates(_ names: [[UInt8]]) -> [ArraySlice<UInt8>] {
    guard let first = names.first, names.count > 1 else { return [] }
    var common = first[...]
    for name in names.dropFirst() {
      common = common.prefix(zip(common, name).prefix { $0 == $1 }.count)
    }
    let ends = common.indices.filter { common[$0] == UInt8(ascii: ".") }
    let longest = ends.last.map { [$0] } ?? []
    return (ends.dropLast().prefix(wordLimit - 1) + longest).map { common[...$0] }
  }

  /// Takes off what both prefixes end with, whole words only: `a.network.` and `network.` differ by
  /// `a.`.
  private mutating func dropCommonEnding() {
    var first = left.split(separator: ".", omittingEmptySubsequences: false)
    var second = right.split(separator: ".", omittingEmptySubsequences: false)
    // Behind the last dot is an empty word on each side that has any.
    guard first.count > 1, second.count > 1 else { return }
    first.removeLast()
    second.removeLast()
    while let one = first.last, one == second.last {
      first.removeLast()
      second.removeLast()
    }
    left = first.map { "\($0)." }.joined()
    right = second.map { "\($0)." }.joined()
  }
}
