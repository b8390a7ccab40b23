public import NetworkProgram

/// Trained weights that somebody published for a network of the catalogue.
public struct PublishedWeights: Hashable, Sendable {
  /// What the publisher calls them beside the network's name: `ns_jft_in1k`, `IMAGENET1K_V1`; nil
  /// where the network's name alone means them.
  public let tag: String?
  /// The name of the published file; nil where they are kept under the tag alone.
  public let file: String?
  /// The first digits of the file's SHA-256, eight or more in lower case, as the file's name has
  /// them; nil where it has none.
  public let digest: String?
  /// The licence that the publisher states for them; nil where none is stated.
  public let licence: String?
  /// How images are prepared for them.
  public let preprocessing: Preprocessing
  /// The size of the images.
  public let resolution: Resolution
  /// The number of classes.
  public let classCount: Int

  init(_ line: WeightsLine, licence: String?) {
    tag = line.tag
    file = line.file
    digest = line.file.flatMap(PublishedWeights.digest(inNameOf:))
    self.licence = licence
    preprocessing = line.preprocessing
    resolution = line.resolution
    classCount = line.classCount
  }

  /// Torch Hub's rule: the name of a file ends in a hyphen and the beginning of its SHA-256.
  private static func digest(inNameOf file: String) -> String? {
    guard let stem = file.split(separator: ".").dropLast().last,
      let digits = stem.split(separator: "-").dropFirst().last,
      digits.count >= 8, digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase })
    else { return nil }
    return String(digits)
  }
}
