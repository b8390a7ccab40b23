/// How pixels become a network's input.
public struct Preprocessing: Hashable, Sendable {
  /// What is subtracted from red, green and blue in 0…1.
  public var mean: [Double]
  /// What the differences are divided by.
  public var standardDeviation: [Double]
  /// How images are resized: `bicubic` or `bilinear`.
  public var interpolation: String
  /// The crop's side as a part of the resized image's shorter side.
  public var cropFraction: Double

  /// Creates a description.
  public init(
    mean: [Double], standardDeviation: [Double], interpolation: String, cropFraction: Double
  ) {
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.interpolation = interpolation
    self.cropFraction = cropFraction
  }

  /// What the published evaluation does: ImageNet's statistics and a bicubic resize.
  public static func published(cropFraction: Double = 1) -> Preprocessing {
    Preprocessing(
      mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225],
      interpolation: "bicubic", cropFraction: cropFraction)
  }
}
