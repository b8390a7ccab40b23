extension NetworkCatalogue {
  /// The networks that `name` can mean.
  ///
  /// Names are read in any case, with `-` for `_`, with or without the library
  /// (`timm/tf_efficientnet_b0`), with or without the tag of weights
  /// (`tf_efficientnet_b0.ns_jft_in1k`), as model hubs write them (`hf-hub:timm/…`), and as timm
  /// called networks earlier (`tf_efficientnet_b0_ns`). A tag that one of several networks has
  /// decides for it; a tag that none has is told (``CatalogueMatch/Weights/unlisted(tag:)``).
  ///
  /// - Parameter name: The name.
  /// - Returns: One network; several where libraries share the name, which may compute different
  ///   things (``CatalogueEntry/computesTheSame(as:)``); none where no library has it.
  public static func matches(for name: String) -> [CatalogueMatch] {
    var path = name[...]
    if let colon = path.firstIndex(of: ":"), folded(path[..<colon]) == "hf_hub" {
      path = path[path.index(after: colon)...]
    }
    let slash = path.firstIndex(of: "/")
    let library = slash.map { folded(path[..<$0]) }
    let rest = slash.map { path[path.index(after: $0)...] } ?? path
    if library == nil || library == "timm", let today = namesToday[folded(rest)] {
      return matches(for: "timm/\(today)")
    }
    let dot = rest.firstIndex(of: ".")
    let tag = dot.map { String(rest[rest.index(after: $0)...]) }
    let candidates = entriesByName[folded(rest[..<(dot ?? rest.endIndex)]), default: []]
      .filter { library == nil || folded($0.library[...]) == library }
    guard let tag else {
      return candidates.map { CatalogueMatch(entry: $0, weights: .unnamed) }
    }
    let listed = candidates.compactMap { entry in
      entry.published.first { $0.tag.map { folded($0[...]) } == folded(tag[...]) }
        .map { CatalogueMatch(entry: entry, weights: .published($0)) }
    }
    guard listed.isEmpty else { return listed }
    return candidates.map { CatalogueMatch(entry: $0, weights: .unlisted(tag: tag)) }
  }

  /// The published file with this SHA-256.
  ///
  /// The catalogue knows the beginnings that the names of files state, so that another file can
  /// agree by chance, one in 2³².
  ///
  /// - Parameter digest: All 64 hexadecimal digits, in either case.
  /// - Returns: The network and its weights; nil where no listed file's digest begins so, and where
  ///   `digest` is none.
  public static func published(sha256 digest: String) -> CatalogueMatch? {
    let digest = digest.lowercased()
    guard digest.utf8.count == 64, digest.allSatisfy(\.isHexDigit) else { return nil }
    return weightsByDigest[digest.prefix(8)].flatMap { match in
      match.published?.digest.map(digest.hasPrefix) == true ? match : nil
    }
  }

  private static let entriesByName = Dictionary(grouping: entries) { folded($0.name[...]) }

  private static let weightsByDigest: [Substring: CatalogueMatch] = {
    var matches: [Substring: CatalogueMatch] = [:]
    for entry in entries {
      for weights in entry.published {
        guard let digest = weights.digest else { continue }
        let match = CatalogueMatch(entry: entry, weights: .published(weights))
        let former = matches.updateValue(match, forKey: digest.prefix(8))
        precondition(former == nil, "two files have the digest \(digest)")
      }
    }
    return matches
  }()

  /// A name in the one spelling in which names are compared.
  private static func folded(_ name: Substring) -> String {
    String(name.lowercased().map { $0 == "-" ? "_" : $0 })
  }
}
