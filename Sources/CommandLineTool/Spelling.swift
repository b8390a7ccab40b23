extension String {
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
