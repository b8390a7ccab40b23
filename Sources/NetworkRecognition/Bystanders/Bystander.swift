import Spelling

/// A tensor of a file that is no parameter of the network that was taken, and of no other network.
public struct Bystander: Sendable {
  /// The index of its group in the file.
  public let groupIndex: Int
  /// Its name in the group.
  public let name: String
  /// Its path in the file.
  public let path: String
  /// The path of the module beside the network, or beside one that it is in, that it belongs to.
  public let module: String
  /// Its shape, where that is known.
  public let shape: [Int]?
  /// What it is there for.
  public let role: Role

  /// What a tensor beside a network is there for, as far as its name, its shape and its numbers tell.
  public enum Role: Hashable, Sendable {
    /// Something that inference does not read, and why.
    case inert(String)
    /// The same numbers as that tensor of the network.
    case copy(of: String)
    /// What pixels are normalised by in front of the network, a number for each channel.
    case normalization([Double])
    /// Something that stands in another place of the file than the network, which that is.
    case elsewhere(String)
    /// A layer in front of the network, behind it or something that scales its logits: without it
    /// other numbers come out.
    case connected(Connection)
    /// Nobody can say.
    case unknown
  }

  /// Where a tensor that is no layer's acts on what the network computes.
  public enum Connection: Hashable, Sendable {
    /// It takes as many numbers as there are classes.
    case behindLogits(classCount: Int)
    /// It gives as many channels as the network takes.
    case beforeInput(channelCount: Int)
    /// It scales the logits, by its name.
    case scale
  }

  /// The name and the shape, for messages.
  public var title: String { "'\(path)'" + (shape.map { ", \($0)" } ?? "") }

  /// Why what an optimizer keeps is left out.
  static let optimizerReason = "state of the optimizer"

  /// Whether it may be left out without a word from whoever converts.
  public var isHarmless: Bool {
    switch role {
    case .inert, .copy, .normalization, .elsewhere: true
    case .connected, .unknown: false
    }
  }
}

extension Bystander.Connection {
  /// What it does, as a phrase behind a tensor's name.
  public var text: String {
    switch self {
    case .behindLogits(let count):
      "may stand behind the logits: it has \(count.counted("input")), as many as there are classes"
    case .beforeInput(let count):
      "may stand in front of the network: it gives \(count) channels, as many as that takes"
    case .scale: "may scale the logits, by its name"
    }
  }
}
