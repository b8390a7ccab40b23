/// How one axis of a picture is resized.
enum AxisResizing {
  /// Not at all: these pixels are taken as they are.
  case same(Range<Int>)
  /// Each pixel of the result is one of the picture's.
  case nearest(NearestPixels)
  /// Each pixel of the result is a sum.
  case sums(ResamplingWeights)

  /// Chooses what is to be done for some pixels of a result of `resizedCount` pixels.
  init(
    _ range: Range<Int>, of resizedCount: Int, from count: Int, _ interpolation: Interpolation
  ) {
    self =
      if resizedCount == count {
        .same(range)
      } else if interpolation == .nearest {
        .nearest(NearestPixels(range, of: resizedCount, from: count))
      } else {
        .sums(ResamplingWeights(range, of: resizedCount, from: count, interpolation))
      }
  }

  var count: Int {
    switch self {
    case .same(let range): range.count
    case .nearest(let pixels): pixels.indices.count
    case .sums(let weights): weights.firsts.count
    }
  }
}
