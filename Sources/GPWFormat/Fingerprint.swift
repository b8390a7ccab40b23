public import NetworkProgram
public import TensorData

/// What the source of a file's network answered to an input that everybody can make again.
///
/// The answers are those of the network as it was before norms were folded and weights rounded, in
/// 64-bit arithmetic; so they prove the file without its source.
public struct Fingerprint: Hashable, Sendable {
  /// The height and width of the input.
  public let resolution: Resolution
  /// The answers, one a class.
  public let logits: [Double]
  /// How far the network in the file may be from them: the largest absolute difference over the
  /// largest absolute logit.
  public let tolerance: Double

  /// Records answers.
  public init(resolution: Resolution, logits: [Double], tolerance: Double) {
    self.resolution = resolution
    self.logits = logits
    self.tolerance = tolerance
  }

  /// The input, `1×C×H×W`, as the format's document defines it: numbers in −2…2 from a linear
  /// congruential generator (the constants are those of Knuth's MMIX), of which the upper 24 bits
  /// are taken, so that each is exact in binary32.
  public static func input(channels: Int, resolution: Resolution) -> Tensor {
    var state: UInt64 = 0
    let count = channels * resolution.height * resolution.width
    let values = (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 40) * 0x1p-22 - 2
    }
    return Tensor(values, shape: [1, channels, resolution.height, resolution.width])
  }
}
