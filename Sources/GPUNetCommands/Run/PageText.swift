import BinaryInput

extension String {
  /// The text as it stands in HTML, between tags and in quoted attributes: what a terminal is shown of
  /// it, with no character that means anything there.
  var pageText: String {
    var text = ""
    for character in escapedForDisplay().unicodeScalars {
      switch character {
      case "&": text += "&amp;"
      case "<": text += "&lt;"
      case ">": text += "&gt;"
      case "\"": text += "&quot;"
      case "'": text += "&#39;"
      default: text.unicodeScalars.append(character)
      }
    }
    return text
  }
}
