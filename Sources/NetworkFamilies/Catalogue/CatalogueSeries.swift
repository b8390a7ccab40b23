/// The networks of a family that a library builds in the same way.
struct CatalogueSeries: Sendable {
  /// How the library builds them.
  let rules: LibraryRules
  /// What the networks are scaled from.
  let family: NetworkFamily
  /// The networks: a line `name width depth` each, and after it, indented, a line for each of its
  /// published weights, the default first, as ``WeightsLine`` reads them. A network without weights
  /// has one line, which says how it is used.
  let networks: String

  /// The entries that the text describes.
  var entries: [CatalogueEntry] {
    var entries: [CatalogueEntry] = []
    var network: (name: String, scale: NetworkScale)?
    var lines: [WeightsLine] = []
    func close() {
      guard let (name, scale) = network else { return }
      precondition(!lines.isEmpty, "the table of \(rules.library) does not say how \(name) is used")
      entries.append(
        CatalogueEntry(
          name, of: self, scale: scale, usual: lines[0],
          published: lines.filter(\.isPublished).map {
            PublishedWeights($0, licence: rules.licence)
          }))
    }
    for line in networks.split(separator: "\n") {
      let words = line.split(separator: " ")
      if line.hasPrefix(" ") {
        guard network != nil, let weights = WeightsLine(words) else {
          preconditionFailure("the table of \(rules.library) is wrong: \(line)")
        }
        lines.append(weights)
      } else {
        guard words.count == 3, let width = Double(words[1]), let depth = Double(words[2]) else {
          preconditionFailure("the table of \(rules.library) is wrong: \(line)")
        }
        close()
        network = (String(words[0]), NetworkScale(width: width, depth: depth))
        lines = []
      }
    }
    close()
    return entries
  }
}
