extension String {
  /// The candidate that this text is most likely meant to be, or nil where none is near: at most
  /// one change in three characters. The first of several that are equally near is taken.
  ///
  /// - Complexity: O(*n*²) in the length of the text for each candidate of about that length.
  public func nearest(in candidates: some Sequence<String>) -> String? {
    let most = Swift.max(1, count / 3)
    var best: (candidate: String, distance: Int)?
    for candidate in candidates where abs(candidate.count - count) <= most {
      let distance = editDistance(to: candidate)
      if distance <= most, best.map({ distance < $0.distance }) ?? true {
        best = (candidate, distance)
      }
    }
    return best?.candidate
  }

  /// The least number of characters to insert, remove or replace (Levenshtein).
  ///
  /// - Complexity: O(*n*·*m*) in the lengths of both texts.
  public func editDistance(to other: String) -> Int {
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
}
