import BinaryInput
import GPUNetIR
import TensorData

/// What flows between the steps of a network: `N×C×H×W` in row-major order, in 64 bits.
struct Activations {
  /// The number of images.
  let imageCount: Int
  /// The shape of one image.
  let shape: FeatureShape
  /// The elements.
  var values: [Double]

  /// The number of elements of one channel of one image.
  var planeCount: Int { shape.height * shape.width }

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
  }

  /// Computes every channel of every image on its own, several at once: `body` gets the image, the
  /// channel, and the plane of H×W zeros to fill.
  init(
    imageCount: Int, shape: FeatureShape,
    computing body: @Sendable (_ image: Int, _ channel: Int, inout MutableSpan<Double>) -> Void
  ) {
    self.imageCount = imageCount
    self.shape = shape
    values = .init(
      chunkCount: imageCount * shape.channels, chunkLength: shape.height * shape.width
    ) { index, plane in
      body(index / shape.channels, index % shape.channels, &plane)
    }
  }

  /// The elements of one channel of one image.
  func planeRange(image: Int, channel: Int) -> Range<Int> {
    let start = (image * shape.channels + channel) * planeCount
    return start..<(start + planeCount)
  }
}
