public import GPUNetIR
public import TensorData

/// The inputs that a conversion is verified on.
public enum VerificationInput {
  /// One image of normal noise and three of structure, `4×C×H×W`, in the range of normalised
  /// pixels: a diagonal ramp, a checkerboard of single pixels, and one bright pixel in each
  /// corner region of an empty image.
  ///
  /// Noise meets every weight; the ramp tells left from right and top from bottom; the checkerboard
  /// tells neighbouring taps apart; the lone pixels show where borders are.
  public static func batch(channels: Int, resolution: Resolution) -> Tensor {
    let height = resolution.height
    let width = resolution.width
    var noise = NormalNoise(seed: 0x6770_756E_6574)
    var values: [Double] = []
    values.reserveCapacity(imageCount * channels * height * width)
    for image in 0..<imageCount {
      for channel in 0..<channels {
        for row in 0..<height {
          for column in 0..<width {
            let value: Double =
              switch image {
              case 0: noise.next()
              case 1:
                4 * Double(row + (channel + 1) * column) / Double(height + (channel + 1) * width)
                  - 2
              case 2: (row + column + channel) % 2 == 0 ? 1.5 : -1.5
              default:
                (row == 1 || row == height - 2) && (column == channel || column == width - 1)
                  ? 2.5 : 0
              }
            values.append(value)
          }
        }
      }
    }
    return Tensor(values, shape: [imageCount, channels, height, width])
  }

  /// The number of images in a batch.
  public static let imageCount = 4
}

/// Normally distributed numbers from a fixed seed: sums of twelve uniform numbers less six, which
/// need no logarithm and so are the same on every machine.
private struct NormalNoise {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> Double {
    var sum = -6.0
    for _ in 0..<12 {
      // A 64-bit linear congruential step (Knuth's MMIX); the upper bits are the random ones.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      sum += Double(state >> 11) * 0x1p-53
    }
    return sum
  }
}
