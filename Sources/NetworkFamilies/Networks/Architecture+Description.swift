public import BinaryInput
import NetworkProgram

extension Architecture {
  /// The network as a text that can be read again: a head of lines `key value`, then a line
  /// `stage layer` for each layer, `-` standing for no stage.
  ///
  ///     convention timm
  ///     epsilon 1e-05
  ///     padding symmetric
  ///     resolution 224x224
  ///     classes 1000
  ///     - prologue_i3_o32_s2_swish
  ///     0 ds_k3_i32_o16_s1_swish_se_True
  public var descriptionText: String {
    let head = [
      "\(DescriptionKey.convention) \(convention.name)",
      "\(DescriptionKey.epsilon) \(rules.epsilon)",
      "\(DescriptionKey.padding) \(rules.padding)",
      "\(DescriptionKey.resolution) \(resolution.height)x\(resolution.width)",
      "\(DescriptionKey.classes) \(classCount)",
    ]
    let layers = entries.map { entry in
      "\(entry.stage.map { "\($0)" } ?? "-") \(entry.layer)"
    }
    return (head + layers).map { $0 + "\n" }.joined()
  }

  /// Whether a text begins as a description does.
  public static func isDescription(_ text: String) -> Bool {
    let first = text.split(separator: "\n").first { !$0.hasPrefix("#") }
    return first?.hasPrefix(DescriptionKey.convention.rawValue + " ") ?? false
  }

  /// Reads a description; lines that begin with `#` are passed over, and epsilon and padding that are
  /// not stated are the convention's.
  ///
  /// - Throws: `architecture.description` with the number of the line; what a layer string or a network
  ///   of such layers is refused for.
  public init(description text: String) throws(ReadError) {
    var values: [DescriptionKey: (value: Substring, line: Int)] = [:]
    var entries: [Entry] = []
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let line = line.hasSuffix("\r") ? line.dropLast() : line
      if line.isEmpty || line.hasPrefix("#") { continue }
      func misfit(_ what: String, _ expected: String) -> ReadError {
        ReadError(
          .architectureDescription, what, path: ["line \(index + 1)"], expected: expected,
          found: String(line))
      }
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2 else {
        throw misfit("no line of a description", "a key and its value, or a stage and its layer")
      }
      if let key = DescriptionKey(rawValue: String(parts[0])) {
        guard entries.isEmpty, values.updateValue((parts[1], index + 1), forKey: key) == nil else {
          throw misfit(
            "the key is stated twice or after a layer", "each key once, before the layers")
        }
        continue
      }
      let stage = Int(parts[0])
      guard
        parts[0] == "-" || stage.map({ (0...Architecture.maximumLayerCount).contains($0) }) ?? false
      else {
        throw misfit(
          "no line of a description",
          DescriptionKey.allCases.map(\.rawValue).joined(separator: ", ")
            + ", or a stage (a number or -) and its layer")
      }
      do {
        entries.append(Entry(try Layer(parsing: String(parts[1])), stage: stage))
      } catch {
        throw error.within("line \(index + 1)")
      }
    }
    func value<Value>(
      _ key: DescriptionKey, _ expected: String, _ parse: (Substring) -> Value?
    ) throws(ReadError) -> Value? {
      guard let (text, line) = values[key] else { return nil }
      guard let value = parse(text) else {
        throw ReadError(
          .architectureDescription, "the \(key) is malformed", path: ["line \(line)"],
          expected: expected, found: String(text))
      }
      return value
    }
    let convention = try value(
      .convention, Convention.all.map(\.name).joined(separator: ", "),
      { Convention(named: $0) })
    let resolution = try value(
      .resolution, "N or HxW", { try? Resolution(parsing: String($0)) })
    let classCount = try value(
      .classes, "a number from 1 to \(Architecture.maximumClassCount)", { Int($0) })
    guard let convention, let resolution, let classCount else {
      throw ReadError(
        .architectureDescription, "the head is not complete",
        expected: "lines for convention, resolution and classes",
        found: values.keys.map(\.rawValue).sorted().joined(separator: ", "))
    }
    var rules = convention.rules
    let epsilon = try value(
      .epsilon, "a number of at least 0",
      { text -> Double? in Double(text).flatMap { $0 >= 0 && $0.isFinite ? $0 : nil } })
    if let epsilon, epsilon != rules.epsilon { rules = rules.with(epsilon: epsilon) }
    if let padding = try value(
      .padding, "symmetric, same or same-at HxW", { PaddingStyle($0) })
    {
      rules.padding = padding
    }
    try self.init(
      convention: convention, rules: rules, entries: entries, resolution: resolution,
      classCount: classCount)
  }
}

/// What the head of a description states.
private enum DescriptionKey: String, CaseIterable {
  case convention, epsilon, padding, resolution, classes
}
