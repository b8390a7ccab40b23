import BinaryInput
import Glibc

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

    /// The axes of what a network takes, in order.
    static let network: [Axis] = [.batch, .channels, .height, .width]
  }

  /// The axes of the graph's input; an image alone has no batch.
  public let axes: [Axis]
  /// The type of the graph's input; nil where it is not stated.
  public let dataType: ONNXDataType?
  /// How many channels the graph's input has, of which some may not be used.
  public let inputChannelCount: Int
  /// For each channel of the network the one of the graph's input.
  public let channelOrder: [Int]
  /// What each channel of the network's input is multiplied by, after the order was changed.
  public let scale: [Double]
  /// What is added then.
  public let shift: [Double]
  /// The numbers that a pixel may be, from black to white.
  public let pixels: PixelRange
  /// Whether its nodes take images of the stated size only.
  public let fixesSize: Bool

  /// Whether the numbers of the graph's input are integers.
  public var takesIntegers: Bool { dataType?.isInteger ?? false }

  /// Whether the numbers are scaled or shifted; else the graph says nothing of how they are
  /// normalized, unless they are integers, or others than those of pixels are not let through.
  public var normalizes: Bool {
    takesIntegers || pixels.clamps || scale.contains { $0 != 1 } || shift.contains { $0 != 0 }
  }

  /// Whether ``mean`` and ``standardDeviation`` are those of pixels: the range of these is known, or
  /// one makes them usual ones. What a graph does may also follow another preparation of images.
  public var normalizesPixels: Bool {
    normalizes
      && (!pixels.isAssumed || pixels.strangeness(scale: scale, shift: shift) != nil)
  }

  /// What is subtracted from each channel of the network, where black is 0 and white 1.
  public var mean: [Double] {
    zip(scale, shift).map { scale, shift in
      ((0 - shift) / scale - pixels.black) / (pixels.white - pixels.black)
    }
  }

  /// What the differences are divided by.
  public var standardDeviation: [Double] {
    scale.map { 1 / ($0 * (pixels.white - pixels.black)) }
  }

  /// Whether the channels are in the opposite order, as blue, green, red are.
  public var reversesChannels: Bool {
    channelOrder.count > 1 && channelOrder == channelOrder.indices.reversed()
  }

  /// The front in one line, for people.
  public var description: String {
    func list(_ numbers: [Double]) -> String {
      numbers.map { "\((($0 * 1e6).rounded()) / 1e6 + 0)" }.joined(separator: ", ")
    }
    var parts = [
      "\(dataType.map { "\($0)" } ?? "numbers") \(axes.map(\.rawValue).joined(separator: "×"))"
    ]
    if reversesChannels {
      parts.append("channels reversed")
    } else if channelOrder != Array(channelOrder.indices) {
      parts.append("channels in the order \(channelOrder)")
    }
    let unused = (0..<inputChannelCount).filter { !channelOrder.contains($0) }
    if !unused.isEmpty {
      parts.append(
        "of \(inputChannelCount) channels not used: "
          + unused.map { "\($0)" }.joined(separator: ", "))
    }
    if normalizes {
      if normalizesPixels { parts.append(pixels.description) }
      parts.append(
        normalizesPixels
          ? "mean \(list(mean)); std \(list(standardDeviation))"
          : "times \(list(scale)), plus \(list(shift))")
    }
    return parts.joined(separator: ", ")
  }

  /// What was found; nil where nothing is done.
  init?(
    _ map: ImageMap, dataType: ONNXDataType?, pixels: PixelRange, fixesSize: Bool
  ) {
    axes = map.axes
    self.dataType = dataType
    inputChannelCount = map.inputChannelCount
    channelOrder = map.channelOrder
    scale = map.scale
    shift = map.shift
    self.pixels = pixels
    self.fixesSize = fixesSize
    if axes == Axis.network, !normalizes, channelOrder == Array(0..<inputChannelCount) {
      return nil
    }
  }

  /// The shape of the graph's input for images of the network's.
  public func inputShape(of shape: [Int]) -> [Int] {
    axes.map { axis in
      switch axis {
      case .batch: shape[0]
      case .channels: inputChannelCount
      case .height: shape[2]
      case .width: shape[3]
      }
    }
  }
}

/// The numbers from black to white that the pixels of a graph's input may be.
public struct PixelRange: Hashable, Sendable {
  /// The number of black.
  public let black: Double
  /// The number of white.
  public let white: Double
  /// Whether no operator and no type shows it: others would do as well, and this one makes the mean
  /// and the deviation usual ones.
  public internal(set) var isAssumed = false
  /// Whether other numbers are taken for black or white.
  public internal(set) var clamps = false

  init(_ black: Double, _ white: Double) {
    self.black = black
    self.white = white
  }

  /// The range in a few words, for people.
  public var description: String {
    "\(Int(black)) to \(Int(white))" + (isAssumed ? " (assumed)" : "")
  }

  /// The ranges that pixels of a type have, the one first that is the smallest.
  static func candidates(of type: ONNXDataType?) -> [PixelRange] {
    switch type {
    case .uint8: [PixelRange(0, 255)]
    case .bool: [PixelRange(0, 1)]
    case .int8: [PixelRange(-128, 127)]
    case let type? where type.isInteger: [PixelRange(0, 255), PixelRange(0, 65_535)]
    default: [PixelRange(0, 1), PixelRange(0, 255), PixelRange(-1, 1)]
    }
  }

  /// How far what a front does is from what is usual where the pixels have this range; nil where it
  /// normalizes no such pixels.
  func strangeness(scale: [Double], shift: [Double]) -> Double? {
    var sum = 0.0
    for (scale, shift) in zip(scale, shift) {
      let mean = (-shift / scale - black) / (white - black)
      let deviation = 1 / (scale * (white - black))
      // Networks take pixels that deviate by about 1, or those of 0 to 255 as they are.
      let isUsual = (0.05...1.01).contains(deviation) || abs(deviation * 255 - 1) < 1e-5
      guard (-0.01...1.01).contains(mean), isUsual else { return nil }
      // They deviate by about a quarter of the range.
      sum += abs(log2(4 * deviation))
    }
    return sum
  }
}
