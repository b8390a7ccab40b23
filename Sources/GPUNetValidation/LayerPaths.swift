import NetworkProgram

/// Which layer a name belongs to.
struct LayerPaths {
  private var layers: [String: Int] = [:]

  /// Takes the paths of the layers' modules, and of their units where these stand outside.
  init(_ programs: [LayerProgram]) {
    for program in programs {
      layers[program.label.path] = program.index
      for unit in program.label.units {
        for path in [unit.weights, unit.norm].compactMap({ $0 }) where layers[path] == nil {
          layers[path] = program.index
        }
      }
    }
  }

  /// The index of the layer whose module, or a unit of which, is around a name; nil for none.
  ///
  /// - Complexity: O(*n*) in the number of parts of the name.
  func layer(around name: String) -> Int? {
    var path = name[...]
    while let dot = path.lastIndex(of: ".") {
      path = path[..<dot]
      if let layer = layers[String(path)] { return layer }
    }
    return nil
  }

  /// The index of the layer whose module, or a unit of which, is a path or around it; nil for none.
  func layer(at path: String) -> Int? { layers[path] ?? layer(around: path) }
}
