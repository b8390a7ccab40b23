/// How large a picture is made before it is cropped.
public enum Resizing: Hashable, Sendable {
  /// As it is.
  case none
  /// So that its shorter side has so many pixels, as torchvision's `Resize(edge)` does.
  case shorterEdge(Int)
  /// So that it just covers an extent, as timm resizes pictures for networks that are not square.
  case covering(width: Int, height: Int)
}

extension Resizing {
  /// The numbers of pixels that it states.
  var edges: [Int] {
    switch self {
    case .none: []
    case .shorterEdge(let edge): [edge]
    case .covering(let width, let height): [width, height]
    }
  }

  /// The extent of a resized picture.
  ///
  /// - Precondition: All extents are positive.
  func extent(ofWidth width: Int, height: Int) -> (width: Double, height: Double) {
    let (width, height) = (Double(width), Double(height))
    switch self {
    case .none: return (width, height)
    case .shorterEdge(let edge):
      // Rounded towards zero; the product is exact.
      let longer = (Double(edge) * max(width, height) / min(width, height)).rounded(.towardZero)
      return width <= height ? (Double(edge), longer) : (longer, Double(edge))
    case .covering(let coveredWidth, let coveredHeight):
      let ratio = min(height / Double(coveredHeight), width / Double(coveredWidth))
      return (
        (width / ratio).rounded(.toNearestOrEven), (height / ratio).rounded(.toNearestOrEven)
      )
    }
  }
}
