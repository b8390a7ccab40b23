public import NetworkProgram

/// A published network, with what its authors use it with.
public struct PublishedNetwork: Sendable {
  /// The name that it is known by: `GPUNet-0`, `timm/tf_efficientnet_b0`, with the tag of its weights
  /// where these are known: `timm/tf_efficientnet_b0.ns_jft_in1k`.
  public let name: String
  /// Another name for it: of a GPUNet the latency it was searched for, under which its weights are
  /// published.
  public let publishedAs: String
  /// The layers, the resolution and the number of classes.
  public let architecture: Architecture
  /// How its authors prepare images; of weights that are not known, how it is usual.
  public let preprocessing: Preprocessing
  /// The weights, where they are known.
  public let weights: PublishedWeights?

  /// The seven GPUNets (arXiv 2205.00841), in the order of the paper's tables.
  public static let gpunets: [PublishedNetwork] = [
    .gpunet0, .gpunet1, .gpunet2, .gpunetP0, .gpunetP1, .gpunetD1, .gpunetD2,
  ]

  /// All other networks, as libraries build them.
  public static let ofLibraries: [PublishedNetwork] = NetworkCatalogue.entries.map {
    PublishedNetwork(CatalogueMatch(entry: $0, weights: .unnamed))
  }

  /// The networks that a name can mean, in any case: one, or those of several libraries that call theirs
  /// the same.
  public static func named(_ name: String) -> [PublishedNetwork] {
    let folded = name.lowercased()
    let own = gpunets.filter {
      $0.name.lowercased() == folded || $0.publishedAs.lowercased() == folded
    }
    return own.isEmpty ? NetworkCatalogue.matches(for: name).map { PublishedNetwork($0) } : own
  }

  /// The network that is called `name`; nil where none is, or where several are that compute something
  /// else or call their parameters otherwise.
  public init?(named name: String) {
    let matches = PublishedNetwork.named(name)
    guard matches.count == 1 else { return nil }
    self = matches[0]
  }

  /// Takes a network of a library.
  public init(_ match: CatalogueMatch) {
    name = match.qualifiedName
    publishedAs = match.entry.name
    preprocessing = match.preprocessing
    weights = match.published
    architecture = match.entry.architecture.with(
      resolution: match.resolution, classCount: match.classCount)
  }

  /// Whether both compute the same with the same weights, whatever these are called and how many classes
  /// there are.
  public func computesTheSame(as other: PublishedNetwork) -> Bool {
    architecture.with(classCount: 1).firstDifference(
      from: other.architecture.with(classCount: 1)) == nil
  }

  /// Reads a table of lines `stage layer`, where `-` stands for no stage.
  private init(
    _ name: String, publishedAs: String, resolution: Int, cropFraction: Double, layers: String
  ) {
    self.name = name
    self.publishedAs = publishedAs
    preprocessing = .published(cropFraction: cropFraction)
    weights = nil
    do {
      let entries = try layers.split(separator: "\n").map { line in
        let words = line.split(separator: " ")
        return Architecture.Entry(try Layer(parsing: String(words[1])), stage: Int(words[0]))
      }
      architecture = try Architecture(
        entries: entries, resolution: Resolution(square: resolution)!, classCount: 1_000)
    } catch {
      preconditionFailure("the table of \(name) is wrong: \(error)")
    }
  }
}

extension PublishedNetwork {
  /// GPUNet-0, published as 0.65ms.
  public static let gpunet0 = PublishedNetwork(
    "GPUNet-0", publishedAs: "0.65ms", resolution: 320, cropFraction: 1.0,
    layers: """
      - prologue_i3_o32_s2_swish
      1 conv_k3_i32_o32_s1_relu
      1 conv_k3_i32_o32_s1_relu
      2 er_k3_e5_i32_o32_s2_relu_se_False
      2 er_k3_e5_i32_o32_s1_relu_se_False
      3 er_k3_e5_i32_o64_s2_relu_se_False
      3 er_k3_e5_i64_o64_s1_relu_se_False
      3 er_k3_e5_i64_o64_s1_relu_se_False
      4 irb_k3_e5_i64_o256_s2_swish_se_False
      4 irb_k3_e5_i256_o256_s1_swish_se_False
      4 irb_k3_e5_i256_o256_s1_swish_se_False
      6 irb_k3_e5_i256_o704_s2_relu_se_True
      6 irb_k3_e5_i704_o704_s1_relu_se_True
      - epilogue_i704_o1280_s1_relu
      """)

  /// GPUNet-1, published as 0.85ms.
  public static let gpunet1 = PublishedNetwork(
    "GPUNet-1", publishedAs: "0.85ms", resolution: 288, cropFraction: 1.0,
    layers: """
      - prologue_i3_o24_s2_swish
      1 conv_k3_i24_o24_s1_relu
      2 er_k3_e4_i24_o64_s2_swish_se_False
      2 er_k3_e4_i64_o64_s1_swish_se_False
      3 er_k3_e4_i64_o96_s2_swish_se_False
      3 er_k3_e4_i96_o96_s1_swish_se_False
      4 irb_k3_e2_i96_o160_s2_swish_se_True
      5 irb_k3_e5_i160_o288_s1_relu_se_False
      5 irb_k3_e5_i288_o288_s1_relu_se_False
      5 irb_k3_e5_i288_o288_s1_relu_se_False
      5 irb_k3_e5_i288_o288_s1_relu_se_False
      6 irb_k3_e4_i288_o448_s2_relu_se_True
      6 irb_k3_e4_i448_o448_s1_relu_se_True
      6 irb_k3_e4_i448_o448_s1_relu_se_True
      6 irb_k3_e4_i448_o448_s1_relu_se_True
      - epilogue_i448_o1280_s1_relu
      """)

  /// GPUNet-2, published as 1.75ms.
  public static let gpunet2 = PublishedNetwork(
    "GPUNet-2", publishedAs: "1.75ms", resolution: 384, cropFraction: 1.0,
    layers: """
      - prologue_i3_o32_s2_swish
      1 conv_k3_i32_o32_s1_relu
      1 conv_k3_i32_o32_s1_relu
      1 conv_k3_i32_o32_s1_relu
      2 er_k5_e6_i32_o32_s2_swish_se_True
      3 er_k3_e3_i32_o112_s2_swish_se_False
      3 er_k3_e3_i112_o112_s1_swish_se_False
      3 er_k3_e3_i112_o112_s1_swish_se_False
      4 irb_k3_e6_i112_o144_s2_swish_se_False
      4 irb_k3_e6_i144_o144_s1_swish_se_False
      4 irb_k3_e6_i144_o144_s1_swish_se_False
      4 irb_k3_e6_i144_o144_s1_swish_se_False
      4 irb_k3_e6_i144_o144_s1_swish_se_False
      4 irb_k3_e6_i144_o144_s1_swish_se_False
      5 irb_k5_e3_i144_o160_s1_relu_se_False
      5 irb_k5_e3_i160_o160_s1_relu_se_False
      5 irb_k5_e3_i160_o160_s1_relu_se_False
      5 irb_k5_e3_i160_o160_s1_relu_se_False
      6 irb_k3_e3_i160_o224_s2_swish_se_True
      6 irb_k3_e3_i224_o224_s1_swish_se_True
      6 irb_k3_e3_i224_o224_s1_swish_se_True
      6 irb_k3_e3_i224_o224_s1_swish_se_True
      6 irb_k3_e3_i224_o224_s1_swish_se_True
      6 irb_k3_e3_i224_o224_s1_swish_se_True
      6 irb_k3_e3_i224_o224_s1_swish_se_True
      6 irb_k3_e3_i224_o224_s1_swish_se_True
      7 irb_k5_e2_i224_o832_s1_relu_se_False
      7 irb_k5_e2_i832_o832_s1_relu_se_False
      7 irb_k5_e2_i832_o832_s1_relu_se_False
      7 irb_k5_e2_i832_o832_s1_relu_se_False
      7 irb_k5_e2_i832_o832_s1_relu_se_False
      7 irb_k5_e2_i832_o832_s1_relu_se_False
      7 irb_k5_e2_i832_o832_s1_relu_se_False
      - epilogue_i832_o1280_s1_relu
      """)

  /// GPUNet-P0, published as 0.5ms-D.
  public static let gpunetP0 = PublishedNetwork(
    "GPUNet-P0", publishedAs: "0.5ms-D", resolution: 224, cropFraction: 0.875,
    layers: """
      - prologue_i3_o32_s2_relu
      1 conv_k3_i32_o32_s1_relu
      1 conv_k3_i32_o32_s1_relu
      2 conv_k3_i32_o64_s2_relu
      3 irb_k3_e8_i64_o96_s2_relu_se_False
      3 irb_k3_e7.67_i96_o96_s1_relu_se_False
      3 irb_k3_e7.67_i96_o96_s1_relu_se_False
      4 irb_k3_e7.67_i96_o256_s2_relu_se_False
      4 irb_k5_e4.25_i256_o256_s1_relu_se_False
      4 irb_k3_e4.75_i256_o256_s1_relu_se_False
      5 irb_k3_e8_i256_o704_s2_relu_se_False
      5 irb_k5_e3.82_i704_o704_s1_relu_se_False
      5 irb_k3_e3.36_i704_o704_s1_relu_se_False
      5 irb_k3_e2.55_i704_o704_s1_relu_se_False
      6 irb_k3_e5.73_i704_o704_s2_relu_se_False
      - epilogue_i704_o1984_s1_relu
      """)

  /// GPUNet-P1, published as 0.8ms-D.
  public static let gpunetP1 = PublishedNetwork(
    "GPUNet-P1", publishedAs: "0.8ms-D", resolution: 224, cropFraction: 0.875,
    layers: """
      - prologue_i3_o32_s2_relu
      1 conv_k3_i32_o32_s1_relu
      1 conv_k3_i32_o32_s1_relu
      2 conv_k5_i32_o64_s2_relu
      2 irb_k3_e8_i64_o64_s1_relu_se_False
      2 irb_k3_e8_i64_o64_s1_relu_se_False
      3 irb_k5_e8_i64_o96_s2_relu_se_False
      3 irb_k5_e8_i96_o96_s1_relu_se_False
      4 irb_k5_e8_i96_o256_s2_relu_se_False
      4 irb_k5_e7.5_i256_o256_s1_relu_se_False
      4 irb_k3_e7.88_i256_o256_s1_relu_se_False
      5 irb_k5_e7.88_i256_o704_s2_relu_se_False
      5 irb_k5_e8_i704_o704_s1_relu_se_False
      5 irb_k3_e7.41_i704_o704_s1_relu_se_False
      5 irb_k5_e8_i704_o704_s1_relu_se_False
      6 irb_k5_e7.95_i704_o704_s2_relu_se_False
      - epilogue_i704_o1984_s1_relu
      """)

  /// GPUNet-D1, published as 1.25ms-D.
  public static let gpunetD1 = PublishedNetwork(
    "GPUNet-D1", publishedAs: "1.25ms-D", resolution: 456, cropFraction: 1.0,
    layers: """
      0 prologued_i3_o33_s2_relu
      0 irbd_k3_e1_g1_i33_o33_s1_relu
      1 irbd_k3_e3_g1_i33_o44_s2_relu
      1 irbd_k5_e4_g1_i44_o44_s1_relu
      1 irbd_k3_e3_g1_i44_o44_s1_relu
      2 irbd_k5_e4_g1_i44_o67_s2_relu
      2 irbd_k5_e4_g1_i67_o67_s1_relu
      2 irbd_k3_e6_g1_i67_o67_s1_relu
      2 irbd_k5_e3_g1_i67_o67_s1_relu
      3 irbd_k7_e6_g1_i67_o134_s2_relu
      3 irbd_k5_e6_g1_i134_o134_s1_relu
      3 irbd_k3_e3_g1_i134_o134_s1_relu
      3 irbd_k5_e4_g1_i134_o134_s1_relu
      3 irbd_k3_e6_g1_i134_o190_s1_relu
      3 irbd_k5_e6_g1_i190_o190_s1_relu
      3 irbd_k7_e6_g1_i190_o190_s1_relu
      3 irbd_k3_e4_g1_i190_o190_s1_relu
      4 irbd_k3_e6_g1_i190_o268_s2_relu
      4 irbd_k3_e6_g1_i268_o268_s1_relu
      4 irbd_k5_e6_g1_i268_o268_s1_relu
      4 irbd_k3_e3_g1_i268_o268_s1_relu
      4 irbd_k3_e3_g1_i268_o268_s1_relu
      4 irbd_k3_e3_g1_i268_o268_s1_relu
      - epilogued_i268_m1152_o1984_s1_relu
      """)

  /// GPUNet-D2, published as 2.25ms-D.
  public static let gpunetD2 = PublishedNetwork(
    "GPUNet-D2", publishedAs: "2.25ms-D", resolution: 528, cropFraction: 1.0,
    layers: """
      0 prologuelarged_i3_o48_s2_relu
      0 irbd_k3_e1_g1_i48_o48_s1_relu
      1 irbd_k3_e3_g1_i48_o64_s2_relu
      1 irbd_k5_e4_g1_i64_o64_s1_relu
      1 irbd_k3_e3_g1_i64_o64_s1_relu
      2 irbd_k5_e4_g1_i64_o96_s2_relu
      2 irbd_k5_e4_g1_i96_o96_s1_relu
      2 irbd_k3_e6_g1_i96_o96_s1_relu
      2 irbd_k5_e3_g1_i96_o96_s1_relu
      3 irbd_k7_e6_g1_i96_o192_s2_relu
      3 irbd_k5_e6_g1_i192_o192_s1_relu
      3 irbd_k3_e3_g1_i192_o192_s1_relu
      3 irbd_k5_e4_g1_i192_o192_s1_relu
      3 irbd_k5_e4_g1_i192_o192_s1_relu
      3 irbd_k3_e6_g1_i192_o272_s1_relu
      3 irbd_k5_e6_g1_i272_o272_s1_relu
      3 irbd_k7_e6_g1_i272_o272_s1_relu
      3 irbd_k5_e6_g1_i272_o272_s1_relu
      3 irbd_k3_e4_g1_i272_o272_s1_relu
      4 irbd_k3_e6_g1_i272_o384_s2_relu
      4 irbd_k3_e6_g1_i384_o384_s1_relu
      4 irbd_k5_e6_g1_i384_o384_s1_relu
      4 irbd_k3_e3_g1_i384_o384_s1_relu
      4 irbd_k3_e3_g1_i384_o384_s1_relu
      4 irbd_k3_e3_g1_i384_o384_s1_relu
      4 irbd_k3_e3_g1_i384_o384_s1_relu
      - epilogued_i384_m1152_o1984_s1_relu
      """)
}
