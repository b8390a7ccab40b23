import BinaryInput
import ImagePreparation
import NetworkProgram
import PictureFiles
import TestSupport
import Testing

@Suite struct `The steps of a preparation` {
  /// What timm computes from the side of the crop and its part of the picture.
  @Test(arguments: [
    (224, 0.875, 256), (224, 1.0, 224), (288, 0.95, 303), (320, 0.875, 365), (456, 0.934, 488),
    (240, 0.882, 272), (300, 0.904, 331), (380, 0.922, 412), (1, 1.0, 1),
  ]) func `follow a network's preprocessing`(side: Int, fraction: Double, edge: Int) throws {
    let preprocessing = Preprocessing.published(cropFraction: fraction)
    let resolution = try #require(Resolution(square: side))
    let preparation = try ImagePreparation(preprocessing, resolution: resolution)
    #expect(preparation.resizing == .shorterEdge(edge))
    #expect(preparation.crop == resolution)
    #expect(preparation.interpolation == .bicubic)
    #expect(preparation.mean == preprocessing.mean)
    #expect(preparation.standardDeviation == preprocessing.standardDeviation)
    #expect(preparation.elementCount == 3 * side * side)
  }

  @Test func `cover an input that is no square`() throws {
    let preparation = try ImagePreparation(
      .published(cropFraction: 0.9), resolution: #require(Resolution(height: 100, width: 200)))
    #expect(preparation.resizing == .covering(width: 222, height: 111))
    // As timm's ResizeKeepRatio((111, 222)) says.
    for (width, height, expected) in [
      (400, 300, (222, 166)), (1_000, 100, (1_110, 111)), (222, 111, (222, 111)),
      (37, 59, (222, 354)),
    ] {
      let picture = try black(width: width, height: height)
      let extent = try preparation.resizedExtent(of: picture)
      #expect(extent == expected, "\(width)×\(height)")
    }
  }

  @Test func `of the hub are 256 and 224 pixels, bilinear`() {
    #expect(ImagePreparation.hub.resizing == .shorterEdge(256))
    #expect(ImagePreparation.hub.crop == Resolution(square: 224))
    #expect(ImagePreparation.hub.interpolation == .bilinear)
  }

  @Test func `are refused where nobody can do them`() throws {
    let crop = try #require(Resolution(square: 8))
    for (edge, mean, deviation) in [
      (0, [0, 0, 0], [1, 1, 1]), (-1, [0, 0, 0], [1, 1, 1]), (1 << 20, [0, 0, 0], [1, 1, 1]),
      (8, [0, 0], [1, 1, 1]), (8, [0, 0, .nan], [1, 1, 1]), (8, [0, 0, 1e300], [1, 1, 1]),
      (8, [0, 0, 0], [1]), (8, [0, 0, 0], [1, 1, 0]), (8, [0, 0, 0], [1, 1, -1]),
      (8, [0, 0, 0], [1, 1, .infinity]), (8, [0, 0, 0], [1, 1, 1e-300]),
    ] as [(Int, [Double], [Double])] {
      let error = #expect(throws: ReadError.self) {
        try ImagePreparation(
          resizing: .shorterEdge(edge), crop: crop, interpolation: .box, mean: mean,
          standardDeviation: deviation)
      }
      #expect(error?.code == .preparationSteps)
    }
    for fraction in [0, 1e-300, -1, .nan, .infinity] {
      let error = #expect(throws: ReadError.self) {
        try ImagePreparation(.published(cropFraction: fraction), resolution: crop)
      }
      #expect(error?.code == .preparationSteps)
    }
    var preprocessing = Preprocessing.published()
    preprocessing.interpolation = "area"
    let error = #expect(throws: ReadError.self) {
      try ImagePreparation(preprocessing, resolution: crop)
    }
    #expect(error?.code == .preparationSteps)
  }

  @Test func `leave a picture of the right extent as it is`() throws {
    let picture = try Picture(Fixture.bytes("pictures/color-8.png"), name: "x")
    for interpolation in Interpolation.allCases {
      for resizing in [Resizing.none, .shorterEdge(picture.height)] {
        let preparation = try ImagePreparation(
          resizing: resizing,
          crop: #require(Resolution(height: picture.height, width: picture.width)),
          interpolation: interpolation, mean: [0, 0, 0], standardDeviation: [1, 1, 1])
        #expect(try preparation.croppedPicture(picture).pixels == picture.pixels)
      }
    }
  }

  @Test func `do not take a picture that is too long and thin`() throws {
    let picture = try black(width: 1 << 17, height: 1)
    let error = #expect(throws: ReadError.self) {
      try ImagePreparation.hub.croppedPicture(picture)
    }
    #expect(error?.code == .preparationExtent)
    #expect(throws: Never.self) {
      try ImagePreparation.hub.croppedPicture(black(width: 1 << 16, height: 1))
    }
  }

  private func black(width: Int, height: Int) throws -> Picture {
    let memory = Bytes(copying: [UInt8](repeating: 0, count: width * height))
    return try Picture(width: width, height: height, layout: .grey, copying: memory.span)
  }
}
