import NetworkProgram
import TensorData

/// How the images of a map lie in the arena: in blocks of 16 channels.
///
/// A vector for each image (a map of one pixel) is laid out as if the images were pixels, so that
/// a matrix product treats a batch as it treats a map.
struct MapLayout: Sendable {
  /// The channels of a block.
  static let blockWidth = BlockedLayout.width

  /// The number of images.
  let imageCount: Int
  /// The shape of one image.
  let shape: FeatureShape
  /// From one image to the next, in elements.
  let imageStride: Int
  /// From one block of channels to the next, in elements.
  let blockStride: Int

  init(_ shape: FeatureShape, imageCount: Int) {
    self.shape = shape
    self.imageCount = imageCount
    let planeCount = shape.height * shape.width
    if planeCount == 1 {
      blockStride = imageCount * MapLayout.blockWidth
      imageStride = MapLayout.blockWidth
    } else {
      blockStride = MapLayout.spread(planeCount * MapLayout.blockWidth)
      imageStride = MapLayout.blockCount(shape.channels) * blockStride
    }
  }

  /// The number of blocks of one image.
  var blockCount: Int { MapLayout.blockCount(shape.channels) }
  /// The number of pixels of one image.
  var planeCount: Int { shape.height * shape.width }
  /// The number of elements of all images.
  var elementCount: Int { isVector ? blockCount * blockStride : imageCount * imageStride }

  /// Whether the images are the pixels of one map.
  var isVector: Bool { planeCount == 1 }

  static func blockCount(_ channels: Int) -> Int { (channels + blockWidth - 1) / blockWidth }

  /// A stride that does not lead to the same cache sets over and over.
  static func spread(_ stride: Int) -> Int {
    let pageElementCount = 1024
    return stride % pageElementCount == 0 ? stride + blockWidth : stride
  }
}
