extension String {
  /// The candidate that this text is most likely meant to be, or nil where none is near: at most
  /// one change in three characters.
  func nearest(in candidates: [String]) -> String? {
    let distances = candidates.map { (candidate: $0, distance: editDistance(to: $0)) }
    guard let best = distances.min(by: { $0.distance < $1.distance }) else { return nil }
    return best.distance <= Swift.max(1, count / 3) ? best.candidate : nil
  }

  /// The least number of characters to insert, remove or replace (Levenshtein).
  ///
  /// - Complexity: O(*n*·*m*) in the lengths of both texts.
  private func editDistance(to other: String) -> Int {
    let other = Array(other)
    var row = Array(0...other.count)
    for (index, character) in enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in other.indices {
        let replaced = diagonal + (character == other[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = Swift.min(replaced, diagonal + 1, row[column] + 1)
      }
    }
    return row[other.count]
  }

  /// The text without what would move the cursor, cut after 200 characters.
  var printable: String {
    let shown = String(
      String.UnicodeScalarView(
        unicodeScalars.prefix(200).map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: "\u{FFFD}"
          default: scalar
          }
        }))
    return unicodeScalars.count > 200 ? shown + "…" : shown
  }
}
