import NetworkProgram

/// What a line of a series says of weights, or of how a network is used that has none.
struct WeightsLine {
  let tag: String?
  let file: String?
  let preprocessing: Preprocessing
  let resolution: Resolution
  let classCount: Int

  /// Whether weights are published: those of a name alone have a file.
  var isPublished: Bool { tag != nil || file != nil }

  /// Reads `tag side crop interpolation statistics file [classes]`, with `-` for no tag and for no
  /// file; nil where it is something else.
  init?(_ words: [Substring]) {
    guard (6...7).contains(words.count), let side = Int(words[1]),
      let resolution = Resolution(square: side),
      let cropFraction = WeightsLine.fraction(words[2]),
      let statistics = WeightsLine.statistics[String(words[4])],
      let classCount = words.count == 7 ? Int(words[6]) : 1_000
    else { return nil }
    tag = words[0] == "-" ? nil : String(words[0])
    file = words[5] == "-" ? nil : String(words[5])
    self.resolution = resolution
    self.classCount = classCount
    preprocessing = Preprocessing(
      mean: statistics.mean, standardDeviation: statistics.standardDeviation,
      interpolation: String(words[3]), cropFraction: cropFraction)
    guard preprocessing.misfit == nil else { return nil }
  }

  /// A number, or the crop's side over that of the resized image.
  private static func fraction(_ text: Substring) -> Double? {
    let sides = text.split(separator: "/").compactMap { Double($0) }
    switch sides.count {
    case 1: return sides[0]
    case 2: return sides[0] / sides[1]
    default: return nil
    }
  }

  /// The means and standard deviations that pixels in 0…1 are normalized with, by what the tables
  /// call them.
  private static let statistics: [String: (mean: [Double], standardDeviation: [Double])] = [
    "imagenet": ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    // −1…1.
    "half": ([0.5, 0.5, 0.5], [0.5, 0.5, 0.5]),
    // TensorFlow's for quantized networks: bytes less 127, over 128.
    "bytes": (
      [127.0 / 255, 127.0 / 255, 127.0 / 255], [128.0 / 255, 128.0 / 255, 128.0 / 255]
    ),
  ]
}
