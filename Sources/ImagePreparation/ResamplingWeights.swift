internal import CPictureKernels

/// The weights by which pixels along one axis of a picture are summed for those of a resized one, as
/// Pillow computes them: in 64 bits, then rounded to multiples of 2⁻²².
struct ResamplingWeights {
  /// The first pixel that is summed, for each pixel of the result.
  let firsts: [UInt32]
  /// So many groups of four weights for each pixel of the result; the last ones may be zero.
  let groups: [gpi_weights]
  /// The number of groups for one pixel.
  let groupCount: Int
  /// How many pixels are summed, for each pixel of the result: those of them that have weights.
  let counts: [Int]

  /// Computes the weights of some pixels of the result.
  ///
  /// - Parameters:
  ///   - range: The pixels of the result, which lie in `0..<resizedCount`.
  ///   - resizedCount: The number of pixels of the whole result.
  ///   - count: The number of pixels of the picture.
  ///   - interpolation: The filter.
  init(_ range: Range<Int>, of resizedCount: Int, from count: Int, _ interpolation: Interpolation) {
    let scale = Double(count) / Double(resizedCount)
    let filterScale = max(scale, 1)
    let support = interpolation.support * filterScale
    let inverse = 1 / filterScale
    let windows = range.map { index in
      let center = (Double(index) + 0.5) * scale
      let first = max(Int(center - support + 0.5), 0)
      return (center: center, pixels: first..<max(min(Int(center + support + 0.5), count), first))
    }
    let largestCount = windows.map(\.pixels.count).max() ?? 0
    let groupCount = max((largestCount + 3) / 4, 1)
    var groups = [gpi_weights](repeating: gpi_weights(), count: groupCount * range.count)
    var firsts: [UInt32] = []
    for (index, window) in windows.enumerated() {
      let (center, pixels) = window
      var weights = pixels.map {
        interpolation.weight(at: (Double($0) - center + 0.5) * inverse)
      }
      let sum = weights.reduce(0, +)
      if sum != 0 { weights = weights.map { $0 / sum } }
      // No group begins behind the last pixel, so that what is read in vain is bounded.
      let first = min(pixels.lowerBound, max(count - 4 * groupCount + 3, 0))
      for (weight, place) in zip(weights, (pixels.lowerBound - first)...) {
        groups[index * groupCount + place / 4].set(weight, at: place % 4)
      }
      firsts.append(UInt32(first))
    }
    self.firsts = firsts
    counts = windows.indices.map { windows[$0].pixels.upperBound - Int(firsts[$0]) }
    self.groups = groups
    self.groupCount = groupCount
  }
}

extension gpi_weights {
  /// Rounds a weight to a multiple of 2⁻²² and sets it in its two parts.
  fileprivate mutating func set(_ weight: Double, at place: Int) {
    let scaled = weight * Double(1 << 22)
    let rounded = Int((scaled < 0 ? scaled - 0.5 : scaled + 0.5).rounded(.towardZero))
    // A filter's weights are a few times 2²² at most; the upper part has room for 16 times as much.
    let upper = Int16(clamping: rounded >> 11)
    let lower = Int16(rounded & 2_047)
    switch place {
    case 0: (self.upper.0, self.lower.0) = (upper, lower)
    case 1: (self.upper.1, self.lower.1) = (upper, lower)
    case 2: (self.upper.2, self.lower.2) = (upper, lower)
    default: (self.upper.3, self.lower.3) = (upper, lower)
    }
  }
}
