/// Which pixel along one axis of a picture is nearest to each of a resized one, as Pillow steps through
/// them: its places are sums, whose rounding shows in some pixels.
struct NearestPixels {
  let indices: [Int]

  /// Finds the pixels that some pixels of the result are nearest to.
  ///
  /// - Parameters:
  ///   - range: The pixels of the result, which lie in `0..<resizedCount`.
  ///   - resizedCount: The number of pixels of the whole result.
  ///   - count: The number of pixels of the picture.
  /// - Complexity: O(*n*) in the end of `range`.
  init(_ range: Range<Int>, of resizedCount: Int, from count: Int) {
    let step = Double(count) / Double(resizedCount)
    var place = step * 0.5
    var indices: [Int] = []
    for index in 0..<range.upperBound {
      if index >= range.lowerBound { indices.append(min(Int(place), count - 1)) }
      place += step
    }
    self.indices = indices
  }
}
