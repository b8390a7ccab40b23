/// What a layer is called: for people, and for files that have names. Nothing is computed by it.
public struct LayerLabel: Hashable, Sendable {
  /// The layer string: `irb_k3_e5_i256_o704_s2_relu_se_True`.
  public let text: String
  /// The stage that its author counts it to; nil where there is none.
  public let stage: Int?
  /// The name that reports and recordings give it: `stage: 1 layer3`, `blocks.1.0`.
  public let moduleName: String
  /// What the modules of its units are called, in their order.
  public let units: [UnitNames]

  /// Labels a layer.
  public init(text: String, stage: Int?, moduleName: String, units: [UnitNames]) {
    self.text = text
    self.stage = stage
    self.moduleName = moduleName
    self.units = units
  }

  /// The path of the layer's module: `network.stage: 1 layer3`; its name where no unit is inside a
  /// module of that name.
  public var path: String {
    for unit in units {
      if let end = end(in: unit.weights) { return String(unit.weights[..<end]) }
    }
    return moduleName
  }

  /// A name without the path of the layer's module in front: `conv_pw.weight`; the whole name where
  /// it is not inside.
  public func localName(of name: String) -> String {
    end(in: name).map { String(name[name.index(after: $0)...]) } ?? name
  }

  /// Where the layer's module ends in the path of something inside it.
  private func end(in path: String) -> String.Index? {
    let path = path[...]
    var start = path.startIndex
    while true {
      let rest = path[start...]
      if rest.hasPrefix(moduleName) {
        let end = rest.index(start, offsetBy: moduleName.count)
        if end < rest.endIndex, rest[end] == "." { return end }
      }
      guard let dot = rest.firstIndex(of: ".") else { return nil }
      start = path.index(after: dot)
    }
  }
}
