import NetworkFamilies
import BinaryInput
public import ImagePreparation
public import NetworkProgram

/// How pictures are to be prepared, where that is not what a network's file says.
public struct PreparationChoice: Hashable, Sendable {
  /// Where the steps come from that nothing else states.
  public enum Preset: String, CaseIterable, Sendable {
    /// From the network: what its file says, or what its published evaluation does.
    case published
    /// From the helper that PyTorch Hub's users copy: 256 px bilinear, the middle 224 px.
    case hub
  }

  /// Where the steps come from.
  public var preset = Preset.published
  /// The shorter edge of a resized picture, in pixels; nil for the preset's.
  public var resizedEdge: Int?
  /// What is kept of its middle, in pixels, which is what the network is given; nil for the preset's.
  public var crop: Resolution?
  /// How pictures are resized; nil for the preset's way.
  public var interpolation: Interpolation?
  /// What is subtracted from red, green and blue in 0…1; nil for the preset's.
  public var mean: [Double]?
  /// What the differences are divided by; nil for the preset's.
  public var standardDeviation: [Double]?

  /// Takes the network's own.
  public init() {}

  /// Whether the network's own preparation is asked for, unchanged.
  public var isPublished: Bool { self == PreparationChoice() }

  /// The steps for a network.
  ///
  /// - Throws: `preparation.steps` where they cannot be done.
  func preparation(for identified: IdentifiedNetwork) throws(ReadError) -> ImagePreparation {
    let own =
      switch preset {
      case .hub: ImagePreparation.hub
      case .published:
        try ImagePreparation(
          identified.preprocessing, resolution: identified.architecture.resolution)
      }
    return try ImagePreparation(
      resizing: resizedEdge.map { .shorterEdge($0) } ?? own.resizing, crop: crop ?? own.crop,
      interpolation: interpolation ?? own.interpolation, mean: mean ?? own.mean,
      standardDeviation: standardDeviation ?? own.standardDeviation)
  }
}
