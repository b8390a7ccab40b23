import StrictJSON

/// What `Fixtures/deployed/deployed.json` says of a graph as it is deployed.
public struct DeployedGraph: Sendable, CustomStringConvertible {
  /// The file in `Fixtures/`.
  public let file: String
  /// What is to be found in a graph that is read; nil for one that is refused.
  public let content: Content?
  /// Why a graph is refused: the error's code, and what its message has; empty for one that is read.
  public let refusal: (code: String, says: String)

  /// What stands around the network.
  public struct Content: Sendable {
    /// The file in `Fixtures/` with the same network alone.
    public let base: String
    /// The golden file in `Fixtures/`.
    public let golden: String
    /// The operators after the logits.
    public let cuts: [String]
    /// The outputs that are something else.
    public let otherOutputs: [String]
    /// How many warnings there are.
    public let warningCount: Int
    /// Whether the weights are rounded ones.
    public let isRounded: Bool
    /// What stands before the network.
    public let front: Front?
  }

  /// What stands before a network.
  public struct Front: Sendable {
    /// The axes of the graph's input.
    public let axes: String
    /// Whether the channels are in the opposite order.
    public let isReversed: Bool
    /// How many channels the graph's input has.
    public let channelCount: Int
    /// The numbers of black and white.
    public let black, white: Double
    /// What is subtracted, and divided by; empty where nothing is.
    public let mean, standardDeviation: [Double]
  }

  /// All of them.
  public static let all: [DeployedGraph] = {
    guard let list = try? JSONValue(parsing: Fixture.bytes("deployed/deployed.json")).array else {
      preconditionFailure("the catalogue is no list")
    }
    return list.map(DeployedGraph.init)
  }()

  /// Those that are read.
  public static let readable = all.filter { $0.content != nil }
  /// Those that are refused.
  public static let refused = all.filter { $0.content == nil }

  private init(_ entry: JSONValue) {
    func texts(_ key: String) -> [String] { entry[key]?.array?.compactMap(\.string) ?? [] }
    file = entry["file"]?.string ?? ""
    refusal = (entry["code"]?.string ?? "", entry["says"]?.string ?? "")
    content = entry["golden"]?.string.map { golden in
      Content(
        base: entry["base"]?.string ?? "", golden: golden, cuts: texts("cuts"),
        otherOutputs: texts("otherOutputs"),
        warningCount: entry["warnings"]?.integer ?? 0, isRounded: entry["rounded"]?.bool ?? false,
        front: entry["front"]?.object == nil ? nil : entry["front"].map(Front.init))
    }
  }

  /// The file.
  public var description: String { file }
}

extension DeployedGraph.Front {
  fileprivate init(_ entry: JSONValue) {
    func numbers(_ key: String) -> [Double] { entry[key]?.array?.compactMap(\.double) ?? [] }
    axes = entry["axes"]?.string ?? ""
    isReversed = entry["reversed"]?.bool ?? false
    channelCount = entry["channels"]?.integer ?? 3
    black = entry["black"]?.double ?? 0
    white = entry["white"]?.double ?? 0
    mean = numbers("mean")
    standardDeviation = numbers("std")
  }
}
