import NetworkFamilies

/// How the published code names modules: the root that holds all layers, and the layers' own names.
enum ModuleNames {
  /// The module that holds all layers.
  static let root = "network"

  /// Whether a part of a path is the name of some layer's module: `stage: 1 layer3`.
  static func isLayer(_ part: Substring) -> Bool {
    templates.contains { matches(part, $0) }
  }

  private static let templates = Convention.gpunetLayerNames.map { Array($0) }

  /// Whether a name is made by a template, in which `#` and `@` stand for a number.
  private static func matches(_ name: Substring, _ template: [Character]) -> Bool {
    var rest = name
    for character in template {
      if character == "#" || character == "@" {
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return false }
        rest = rest.dropFirst(digits.count)
      } else {
        guard rest.first == character else { return false }
        rest = rest.dropFirst()
      }
    }
    return rest.isEmpty
  }
}
