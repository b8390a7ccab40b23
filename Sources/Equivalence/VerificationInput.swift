public import BinaryInput
public import NetworkProgram
import GPWFormat
public import TensorData

/// The inputs that a conversion is verified on.
public enum VerificationInput {
  /// One image of noise and three of structure, `4×C×H×W`, in the range of normalised pixels: the
  /// fingerprint's input, a diagonal ramp, a checkerboard of single pixels, and one bright pixel in
  /// each corner region of an empty image.
  ///
  /// Noise meets every weight; the ramp tells left from right and top from bottom; the checkerboard
  /// tells neighbouring taps apart; the lone pixels show where borders are.
  ///
  /// - Throws: `io.memory` where there is no room for it.
  public static func batch(channels: Int, resolution: Resolution) throws(ReadError) -> Tensor {
    let height = resolution.height
    let width = resolution.width
    var values = try Fingerprint.input(channels: channels, resolution: resolution).doubles()
    values.reserveCapacity(imageCount * channels * height * width)
    for image in 1..<imageCount {
      for channel in 0..<channels {
        for row in 0..<height {
          for column in 0..<width {
            let value: Double =
              switch image {
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
