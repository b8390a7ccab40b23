public import BinaryInput
public import StrictJSON

/// The part of JSON Schema that `Schemas/` uses, for comparing what tools print with it.
public struct JSONSchema {
  private let root: JSONValue

  private static let annotations = ["$schema", "$defs", "title", "description"]

  /// Reads a schema in `Schemas/`.
  public init(_ name: String) throws(ReadError) {
    root = try JSONValue(parsing: MappedFile(path: "\(Fixture.root)/Schemas/\(name)").bytes)
  }

  /// Everything in `value` that the schema does not allow.
  public func violations(of value: JSONValue) -> [String] {
    violations(value, root, at: "")
  }

  private func violations(_ value: JSONValue, _ schema: JSONValue, at path: String) -> [String] {
    var found: [String] = []
    let members = schema.object?.members ?? []
    for (keyword, rule) in members.map({ ($0.key, $0.value) }) where !isNull(value, schema) {
      switch keyword {
      case "type":
        let names = rule.array?.compactMap(\.string) ?? [rule.string ?? ""]
        if !names.contains(where: { value.isOf(type: $0) }) {
          found.append("\(path) is not of type \(names.joined(separator: " or "))")
        }
      case "const": if value != rule { found.append("\(path) is not \(rule)") }
      case "enum": if rule.array?.contains(value) != true { found.append("\(path) is \(value)") }
      case "required":
        for key in (rule.array ?? []).compactMap(\.string) where value.object?[key] == nil {
          if value.object != nil { found.append("\(path)/\(key) is missing") }
        }
      case "properties":
        for member in value.object?.members ?? [] {
          guard let inner = rule[member.key] else { continue }
          found += violations(member.value, inner, at: "\(path)/\(member.key)")
        }
      case "additionalProperties":
        precondition(rule.bool == false, "the only form that is used")
        for key in value.object?.keys ?? [] where schema["properties"]?[key] == nil {
          found.append("\(path)/\(key) is not in the schema")
        }
      case "items":
        for (index, element) in (value.array ?? []).enumerated() {
          found += violations(element, rule, at: "\(path)/\(index)")
        }
      case "minItems":
        if let count = value.array?.count, count < rule.integer ?? 0 {
          found.append("\(path) has \(count) elements")
        }
      case "maxItems":
        if let count = value.array?.count, count > rule.integer ?? 0 {
          found.append("\(path) has \(count) elements")
        }
      case "$ref":
        let name = String((rule.string ?? "").dropFirst("#/$defs/".count))
        guard let inner = root["$defs"]?[name] else { preconditionFailure("no definition \(name)") }
        found += violations(value, inner, at: path)
      case _ where Self.annotations.contains(keyword): break
      default: preconditionFailure("the keyword \(keyword) is not known here")
      }
    }
    return found
  }

  /// Whether the value is null where null is allowed, so that nothing else is asked of it.
  private func isNull(_ value: JSONValue, _ schema: JSONValue) -> Bool {
    value.isNull && schema["type"]?.array?.contains("null") == true
  }
}

extension JSONValue {
  fileprivate func isOf(type: String) -> Bool {
    switch (type, self) {
    case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool),
      ("null", .null), ("number", .number):
      true
    case ("integer", .number): integer != nil
    default: false
    }
  }
}
