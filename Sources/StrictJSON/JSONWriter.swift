extension JSONValue {
  /// The value as a JSON text, without a line feed at the end.
  ///
  /// Control and formatting characters are escaped, so that a name from a file can neither move
  /// the cursor of a terminal nor reorder a line.
  ///
  /// - Parameter pretty: Whether to indent by two spaces. An array or object inside another that
  ///   holds no further one then stands on one line, as a layer does in NVIDIA's configurations.
  /// - Returns: The text; reading it gives an equal value.
  public func serialized(pretty: Bool) -> String {
    var writer = JSONWriter(pretty: pretty)
    writer.write(self, level: 0)
    return writer.text
  }
}

private struct JSONWriter {
  let pretty: Bool
  var text = ""

  mutating func write(_ value: JSONValue, level: Int) {
    switch value {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .number(let number): text += number.literal
    case .string(let string): write(string)
    case .array(let elements):
      write(elements.map { (nil, $0) }, brackets: ("[", "]"), level: level)
    case .object(let object):
      write(object.members.map { ($0.key, $0.value) }, brackets: ("{", "}"), level: level)
    }
  }

  private mutating func write(
    _ members: [(key: String?, value: JSONValue)], brackets: (open: String, close: String),
    level: Int
  ) {
    let isBroken =
      pretty && !members.isEmpty && (level == 0 || members.contains { $0.value.isContainer })
    text += brackets.open
    for (index, member) in members.enumerated() {
      if index > 0 { text += pretty && !isBroken ? ", " : "," }
      if isBroken { startLine(level + 1) }
      if let key = member.key {
        write(key)
        text += pretty ? ": " : ":"
      }
      write(member.value, level: level + 1)
    }
    if isBroken { startLine(level) }
    text += brackets.close
  }

  private mutating func startLine(_ level: Int) {
    text += "\n" + String(repeating: "  ", count: level)
  }

  private mutating func write(_ string: String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      // Most there is, and nothing to look up.
      case " "..."~": text.unicodeScalars.append(scalar)
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: escape(scalar)
        default: text.unicodeScalars.append(scalar)
        }
      }
    }
    text += "\""
  }

  private mutating func escape(_ scalar: Unicode.Scalar) {
    for unit in String(scalar).utf16 {
      let digits = String(unit, radix: 16)
      text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
}
