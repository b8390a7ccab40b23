import BinaryInput
import GPUNetKit
import ImagePreparation
import NetworkProgram
import PictureFiles
import TestSupport
import Testing

@Suite struct `Folders named after classes` {
  private static let names = ["tabby, tabby cat", "tiger cat", "crane, bird", "crane, machine"]

  @Test(arguments: [
    (["tabby", "Tiger_Cat"], ["tabby": 0, "Tiger_Cat": 1]),
    (["tabby cat", "bird"], ["tabby cat": 0, "bird": 2]),
    (["crane, machine", "0"], ["crane, machine": 3, "0": 0]),
    // As many as classes stand for them in the order of their names.
    (["n03", "n01", "n02", "n04"], ["n01": 0, "n02": 1, "n03": 2, "n04": 3]),
  ])
  func `are told by names, indices or order`(folders: [String], expected: [String: Int]) throws {
    let found = try ClassFolders(folders, names: Self.names, classCount: 4)
    #expect(found.classes == expected)
  }

  @Test(arguments: [["dog"], ["crane", "tabby"], ["4"], ["-1"]])
  func `are refused where they are for no class, or for several`(folders: [String]) {
    let error = #expect(throws: ReadError.self) {
      try ClassFolders(folders, names: Self.names, classCount: 4)
    }
    #expect(error?.code == .foldersClass)
  }
}

@Suite struct `A classifier` {
  @Test func `gives the same answers on any number of threads`() throws {
    let model = Fixture.path("gpw/blocked.gpw")
    let classifier = try Classifier(contentsOf: model)
    #expect(!classifier.isConverted)
    let pictures = try ["a-png.jpg", "adobe-rgb.jpg", "animated.gif"].map {
      try Picture(opening: Fixture.path("pictures/\($0)"))
    }
    let alone = try pictures.map { try classifier.classify($0, top: 3) }
    for threadCount in [1, 2, 5] {
      let together = try classifier.classify(pictures, top: 3, threadCount: threadCount)
      #expect(together == alone)
      for picture in pictures {
        #expect(
          try classifier.logits(of: picture, threadCount: threadCount)
            == classifier.logits(of: picture))
      }
    }
  }

  @Test func `names ImageNet's classes where there are as many`() {
    #expect(ImageNetClasses.names.count == 1_000)
    #expect(ImageNetClasses.names[281] == "tabby, tabby cat")
    #expect(ImageNetClasses.names[999] == "toilet tissue, toilet paper, bathroom tissue")
  }

  @Test func `percentages are rounded as Python rounds them`() {
    for (probability, text) in [
      (Float(0.945), "94.5%"), (1, "100.0%"), (0, "0.0%"), (0.0005, "0.1%"), (0.00125, "0.1%"),
      (0.00375, "0.4%"), (0.99951, "100.0%"),
    ] {
      #expect(
        Classification(index: 0, name: nil, probability: probability).percentage == text,
        "\(probability)")
    }
  }
}
