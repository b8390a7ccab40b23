import BinaryInput

/// What a graph does with its input before the network begins: the part of the preprocessing that
/// was exported with the network.
public struct GraphFront: Hashable, Sendable {
  /// What an axis of the graph's input is.
  public enum Axis: String, Hashable, Sendable {
    /// The images.
    case batch = "N"
    /// Their channels.
    case channels = "C"
    /// Their rows.
    case height = "H"
    /// Their columns.
    case width = "W"
  }

  /// The axes of the graph's input; an image alone has no batch.
  public let axes: [Axis]
  /// The type of the graph's input; nil where it is not stated.
  public let dataType: ONNXDataType?
  /// For each channel of the network the one of the graph's input.
  public let channelOrder: [Int]
  /// What each channel of the network's input is multiplied by, after the order was changed.
  public let scale: [Double]
  /// What is added then.
  public let shift: [Double]

  /// Whether the numbers of the graph's input are integers.
  public var takesIntegers: Bool { dataType?.isInteger ?? false }

  /// The number that stands for white: 255 for integers, and for others where the numbers are those
  /// of 0 to 255; else 1.
  public var white: Double {
    let isWide = zip(scale, shift).contains { scale, shift in
      1 / scale > 2 || (shift / scale).magnitude > 2
    }
    return takesIntegers || isWide ? 255 : 1
  }

  /// The numbers that a pixel may be, where they are integers: 0 to ``white``, as far as the type
  /// goes.
  public var pixels: ClosedRange<Double> {
    0...min(white, Double(dataType?.integerRange.upperBound ?? Int64.max))
  }

  /// Whether the numbers are scaled or shifted; else the graph says nothing of how they are
  /// normalized, unless they are integers.
  public var normalizes: Bool {
    takesIntegers || scale.contains { $0 != 1 } || shift.contains { $0 != 0 }
  }

  /// What is subtracted from each channel of the network, where black is 0 and white 1.
  public var mean: [Double] { zip(scale, shift).map { -$1 / $0 / white } }

  /// What the differences are divided by.
  public var standardDeviation: [Double] { scale.map { 1 / ($0 * white) } }

  /// Whether the channels are in the opposite order, as blue, green, red are.
  public var reversesChannels: Bool {
    channelOrder.count > 1 && channelOrder == channelOrder.indices.reversed()
  }

  /// The front in one line, for people.
  public var description: String {
    func list(_ numbers: [Double]) -> String {
      numbers.map { "\((($0 * 1e6).rounded()) / 1e6)" }.joined(separator: ", ")
    }
    var parts = [
      "\(dataType.map { "\($0)" } ?? "numbers") \(axes.map(\.rawValue).joined(separator: "×"))"
    ]
    if reversesChannels {
      parts.append("channels reversed")
    } else if channelOrder != Array(channelOrder.indices) {
      parts.append("channels in the order \(channelOrder)")
    }
    if normalizes {
      parts.append("0 to \(Int(white))")
      parts.append("mean \(list(mean)); std \(list(standardDeviation))")
    }
    return parts.joined(separator: ", ")
  }

  /// The front that was followed to a network's input; nil where nothing is done.
  init?(_ trace: FrontTrace, channelCount: Int) {
    let roles: [Axis] = [.batch, .channels, .height, .width]
    var axes = [Axis](repeating: .batch, count: trace.extents.count)
    for (role, axis) in zip(roles, trace.axes) {
      if let axis { axes[axis] = role }
    }
    let all = trace.channels[0]
    let isUniform = trace.channelAxis == nil
    let channels =
      isUniform
      ? (0..<channelCount).map {
        FrontTrace.Channel(source: $0, scale: all.scale, shift: all.shift)
      } : trace.channels
    self.axes = axes
    dataType = trace.inputType
    channelOrder = channels.enumerated().map { $1.source ?? $0 }
    scale = channels.map(\.scale)
    shift = channels.map(\.shift)
    if axes == roles, !normalizes, channelOrder == Array(0..<channelCount) { return nil }
  }

  /// The shape of the graph's input for images of the network's.
  public func inputShape(of shape: [Int]) -> [Int] {
    axes.map { axis in
      switch axis {
      case .batch: shape[0]
      case .channels: shape[1]
      case .height: shape[2]
      case .width: shape[3]
      }
    }
  }
}
