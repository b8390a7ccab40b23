/// What becomes of a listing of digests when it is held against another.
public struct ManifestCheck: Sendable {
  /// What became of a name.
  public enum Outcome: Sendable {
    /// The tensor has the digest.
    case same
    /// The tensor has another digest.
    case different
    /// There is no tensor of this name.
    case missing
    /// The listing does not have this name.
    case unlisted
  }

  /// Every name of either side: those of the listing first, each in order.
  public let results: [(name: String, outcome: Outcome)]
  /// Whether all together have the digest; nil where the listing has none.
  public let wholeIsSame: Bool?

  /// Holds the tensors that are there against those that should be.
  ///
  /// - Complexity: O(*n*) in the number of names.
  public init(_ expected: TensorManifest, found: TensorManifest) {
    // Bytes, since other spellings of one text are other names.
    func digests(_ manifest: TensorManifest) -> [[UInt8]: String] {
      Dictionary(
        manifest.lines.map { (Array($0.name.utf8), $0.digest) }, uniquingKeysWith: { $1 })
    }
    let there = digests(found)
    let listed = digests(expected)
    results =
      expected.lines.map { line in
        let digest = there[Array(line.name.utf8)]
        return (
          line.name, digest == nil ? .missing : digest == line.digest ? .same : .different
        )
      }
      + found.lines.filter { listed[Array($0.name.utf8)] == nil }.map { ($0.name, .unlisted) }
    wholeIsSame = expected.whole.map { $0 == found.whole }
  }

  /// Whether everything is as it should be.
  public var isSame: Bool {
    wholeIsSame != false && results.allSatisfy { $0.outcome == .same }
  }

  /// The number of names with an outcome.
  public func count(_ outcome: Outcome) -> Int {
    results.count { $0.outcome == outcome }
  }
}
