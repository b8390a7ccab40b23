public import BinaryInput
public import TensorData

extension ErrorCode {
  /// A golden file lacks an array, or has one that no network gives.
  public static let golden = ErrorCode("golden.array")
  /// A recorded output has another shape than the network gives, so that the answer is no.
  public static let goldenShape = ErrorCode("golden.shape", .negative)
}

/// Outputs recorded from another implementation, in any container of named tensors: `input`,
/// `output`, and for as many layers as were recorded `layers/<module name>`.
public struct GoldenFile: LayerRecording, Sendable {
  /// The path of the file.
  public let path: String
  /// The input, `N×C×H×W`.
  public let input: Tensor

  private let container: any TensorContainer
  /// Where each array is, by its name with dots in place of slashes.
  private let places: [String: (group: Int, name: String)]

  private static let layerPrefix = "layers."

  /// Takes the arrays of a container; they are read when they are asked for.
  ///
  /// - Parameters:
  ///   - container: The file, open.
  ///   - path: Its path.
  /// - Throws: `golden.array` where input or output is missing, and what reading the container
  ///   throws, the path in front.
  public init(_ container: any TensorContainer, path: String) throws(ReadError) {
    self.container = container
    self.path = path
    var places: [String: (group: Int, name: String)] = [:]
    for (index, group) in container.groups.enumerated() {
      for name in group.names {
        let parts = group.keyPath.isEmpty ? [name] : [group.keyPath, name]
        let key = GoldenFile.key(parts.joined(separator: "."))
        if places[key] == nil { places[key] = (index, name) }
      }
    }
    self.places = places
    do throws(ReadError) {
      guard
        let input = try GoldenFile.tensor("input", at: places, in: container),
        places["output"] != nil
      else {
        throw ReadError(
          .golden, "the golden file has no input or no output",
          expected: "arrays named input and output",
          found: container.groups.flatMap(\.names).prefix(10).joined(separator: ", "))
      }
      guard input.shape.count == 4, input.elementType.isFloatingPoint else {
        throw ReadError(
          .golden, "the recorded input does not fit a network", path: ["input"],
          expected: "floating-point numbers, N×C×H×W",
          found: "\(input.elementType.rawValue), shape \(input.shape)")
      }
      self.input = input
    } catch {
      throw error.within(path)
    }
  }

  /// The recorded output of a layer, or nil where none was recorded.
  public func layer(_ moduleName: String) throws(ReadError) -> Tensor? {
    try tensor(GoldenFile.layerPrefix + GoldenFile.key(moduleName))
  }

  /// The recorded output of the network, `N×classes`.
  public func output() throws(ReadError) -> Tensor {
    guard let output = try tensor("output") else {
      throw ReadError(.golden, "the golden file has no output")
    }
    return output
  }

  /// The names of recorded layers that are no layer of the network, as the file has them.
  public func unknownLayers(_ moduleNames: some Sequence<String>) -> [String] {
    let known = Set(moduleNames.map { GoldenFile.layerPrefix + GoldenFile.key($0) })
    return places.filter { $0.key.hasPrefix(GoldenFile.layerPrefix) && !known.contains($0.key) }
      .values.sorted { ($0.group, $0.name) < ($1.group, $1.name) }.map(\.name)
  }

  private func tensor(_ key: String) throws(ReadError) -> Tensor? {
    try GoldenFile.tensor(key, at: places, in: container)
  }

  private static func tensor(
    _ key: String, at places: [String: (group: Int, name: String)],
    in container: any TensorContainer
  ) throws(ReadError) -> Tensor? {
    guard let place = places[key] else { return nil }
    return try container.tensors([place.name], ofGroup: place.group)[place.name]
  }

  /// Containers separate the parts of a name in either way.
  private static func key(_ name: String) -> String {
    String(name.map { $0 == "/" ? "." : $0 })
  }
}
