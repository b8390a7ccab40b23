extension String {
  /// The number of columns that the text takes on a terminal: two for each character of the scripts
  /// that are written in squares and for each picture character.
  public var columnCount: Int { reduce(0) { $0 + $1.columnCount } }

  /// The text, or as much of it as fits into so many columns, with `…` in the place of the rest.
  ///
  /// - Parameter count: The number of columns.
  /// - Returns: At most so many columns.
  public func fitting(columns count: Int) -> String {
    guard columnCount > count else { return self }
    var room = count - 1
    let kept = prefix { character in
      room -= character.columnCount
      return room >= 0
    }
    return count > 0 ? kept + "…" : ""
  }
}

extension Character {
  fileprivate var columnCount: Int {
    guard let value = unicodeScalars.first?.value else { return 0 }
    return switch value {
    // The blocks that Unicode's East Asian Width calls wide.
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
      0x1F680...0x1F6FF, 0x1F900...0x1FAFF, 0x20000...0x3FFFD:
      2
    default: 1
    }
  }
}
