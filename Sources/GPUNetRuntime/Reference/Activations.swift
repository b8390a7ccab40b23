import BinaryInput
import NetworkProgram
import TensorData

/// What flows between the steps of a network, in 64 bits.
///
/// Channels are outermost (`C×N×H×W`), so that what a step does to a channel it does to all images
/// of a batch in one go.
struct Activations {
  /// The number of images.
  let imageCount: Int
  /// The shape of one image.
  let shape: FeatureShape
  /// The elements.
  var values: [Double]

  /// The number of elements of one channel of one image.
  var planeCount: Int { shape.height * shape.width }
  /// The number of elements of one channel of all images.
  var channelCount: Int { imageCount * planeCount }

  /// Widens a tensor of shape `N×C×H×W`.
  init(_ tensor: Tensor) throws(ReadError) {
    guard tensor.shape.count == 4, tensor.elementType.isFloatingPoint, tensor.elementCount > 0
    else {
      throw ReadError(
        .networkInput, "the input does not fit the layer",
        expected: "floating-point numbers, N×C×H×W",
        found: "\(tensor.elementType.rawValue), shape \(tensor.shape)")
    }
    imageCount = tensor.shape[0]
    shape = FeatureShape(
      channels: tensor.shape[1], height: tensor.shape[2], width: tensor.shape[3])
    values = try tensor.doubles()
      .exchangingOuterAxes(imageCount, shape.channels, runLength: shape.height * shape.width)
  }

  /// Computes every channel of all images on its own, several at once: `body` gets the channel and
  /// its N×H×W zeros to fill.
  init(
    imageCount: Int, shape: FeatureShape,
    computing body: @Sendable (_ channel: Int, inout MutableSpan<Double>) -> Void
  ) {
    self.imageCount = imageCount
    self.shape = shape
    values = .init(
      chunkCount: shape.channels, chunkLength: imageCount * shape.height * shape.width,
      fillingConcurrently: body)
  }

  /// The elements of one channel of all images.
  func channelRange(_ channel: Int) -> Range<Int> {
    (channel * channelCount)..<((channel + 1) * channelCount)
  }

  /// The elements as `N×C×H×W`, or as `N×C` where they are not maps.
  func tensor(asMaps: Bool) -> Tensor {
    let maps = asMaps ? [shape.height, shape.width] : []
    return Tensor(
      values.exchangingOuterAxes(shape.channels, imageCount, runLength: planeCount),
      shape: [imageCount, shape.channels] + maps)
  }
}

extension [Double] {
  /// The elements of an array of shape outer × inner × run as inner × outer × run.
  fileprivate func exchangingOuterAxes(_ outer: Int, _ inner: Int, runLength: Int) -> [Double] {
    guard outer > 1, inner > 1 else { return self }
    var result: [Double] = []
    result.reserveCapacity(count)
    for innerIndex in 0..<inner {
      for outerIndex in 0..<outer {
        let start = (outerIndex * inner + innerIndex) * runLength
        result += self[start..<(start + runLength)]
      }
    }
    return result
  }
}
