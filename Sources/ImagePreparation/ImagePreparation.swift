public import BinaryInput
public import NetworkProgram

/// How a picture becomes the input of a network: resized, cropped in the middle, and each channel
/// shifted and scaled, as Pillow, torchvision and timm do it.
public struct ImagePreparation: Hashable, Sendable {
  /// How large a picture is made before it is cropped.
  public let resizing: Resizing
  /// What is kept of the middle of a resized picture, in pixels; where it is smaller, black surrounds it.
  public let crop: Resolution
  /// How a picture is resized.
  public let interpolation: Interpolation
  /// What is subtracted from red, green and blue in 0…1; three numbers.
  public let mean: [Double]
  /// What the differences are divided by; three numbers.
  public let standardDeviation: [Double]

  /// The largest side that a picture may be resized to.
  public static let largestEdge = 1 << 16

  /// States all steps.
  ///
  /// - Parameters:
  ///   - resizing: How large a picture is made before it is cropped.
  ///   - crop: What is kept of its middle.
  ///   - interpolation: How it is resized.
  ///   - mean: What is subtracted from red, green and blue in 0…1.
  ///   - standardDeviation: What the differences are divided by.
  /// - Throws: `preparation.steps` for an edge outside 1…``largestEdge``, or for other than three finite
  ///   numbers, positive ones to divide by.
  public init(
    resizing: Resizing, crop: Resolution, interpolation: Interpolation, mean: [Double],
    standardDeviation: [Double]
  ) throws(ReadError) {
    let edges = 1...ImagePreparation.largestEdge
    for edge in resizing.edges where !edges.contains(edge) {
      throw ReadError(
        .preparationSteps, "pictures cannot be resized to such an edge",
        expected: "1 to \(ImagePreparation.largestEdge) pixels", found: "\(edge)")
    }
    guard mean.count == 3, mean.allSatisfy({ Float($0).isFinite }) else {
      throw ReadError(
        .preparationSteps, "the mean is none of red, green and blue",
        expected: "three finite numbers", found: "\(mean)")
    }
    guard standardDeviation.count == 3,
      standardDeviation.allSatisfy({ Float($0) > 0 && Float($0).isFinite })
    else {
      throw ReadError(
        .preparationSteps, "the standard deviation is none of red, green and blue",
        expected: "three positive, finite numbers", found: "\(standardDeviation)")
    }
    self.resizing = resizing
    self.crop = crop
    self.interpolation = interpolation
    self.mean = mean
    self.standardDeviation = standardDeviation
  }
}

extension ImagePreparation {
  /// What the helper of PyTorch Hub does for GPUNet: 256 px bilinear, the middle 224 px, ImageNet's mean
  /// and standard deviation.
  public static let hub: ImagePreparation = {
    let published = Preprocessing.published()
    guard let crop = Resolution(square: 224),
      let hub = try? ImagePreparation(
        resizing: .shorterEdge(256), crop: crop, interpolation: .bilinear, mean: published.mean,
        standardDeviation: published.standardDeviation)
    else { preconditionFailure("a preparation with three numbers each") }
    return hub
  }()

  /// What a network's own evaluation does.
  ///
  /// The picture is resized so that the crop is the part of it that `preprocessing` says, rounded down,
  /// by timm's rule.
  ///
  /// - Parameters:
  ///   - preprocessing: What the network's file or its library says.
  ///   - resolution: The network's input.
  /// - Throws: `preparation.steps` where it says what cannot be done.
  public init(_ preprocessing: Preprocessing, resolution: Resolution) throws(ReadError) {
    guard let interpolation = Interpolation(rawValue: preprocessing.interpolation) else {
      throw ReadError(
        .preparationSteps, "pictures cannot be resized in such a way",
        expected: Interpolation.allCases.map(\.rawValue).joined(separator: ", "),
        found: preprocessing.interpolation)
    }
    func edge(_ side: Int) throws(ReadError) -> Int {
      let edge = (Double(side) / preprocessing.cropFraction).rounded(.down)
      guard edge >= 1, edge <= Double(ImagePreparation.largestEdge) else {
        throw ReadError(
          .preparationSteps, "pictures cannot be resized for such a crop",
          expected: "a part above 0 and up to 1", found: "\(preprocessing.cropFraction)")
      }
      return Int(edge)
    }
    let (height, width) = (try edge(resolution.height), try edge(resolution.width))
    try self.init(
      resizing: height == width
        ? .shorterEdge(height) : .covering(width: width, height: height),
      crop: resolution, interpolation: interpolation, mean: preprocessing.mean,
      standardDeviation: preprocessing.standardDeviation)
  }
}
