extension NetworkFamily {
  /// The blocks of MobileNetV2 (arXiv 1801.04381, table 2).
  private static let mobileNetV2Blocks = """
    0 1 ds k3 s1 o16
    1 2 irb k3 s2 e6 o24
    2 3 irb k3 s2 e6 o32
    3 4 irb k3 s2 e6 o64
    4 3 irb k3 s1 e6 o96
    5 3 irb k3 s2 e6 o160
    6 1 irb k3 s1 e6 o320
    """

  /// MobileNetV2: narrower ones keep the width of the last layer.
  static let mobileNetV2 = NetworkFamily(
    firstChannels: .scaled(32), lastChannels: .atLeast(1_280), activation: "relu6",
    blocks: mobileNetV2Blocks)

  /// MobileNetV2 made deeper, too: both ends keep their width and their depth.
  static let mobileNetV2Deep = NetworkFamily(
    firstChannels: .fixed(32), lastChannels: .fixed(1_280), activation: "relu6",
    repeats: RepeatScaling(scalesEnds: false),
    blocks: mobileNetV2Blocks)
}

extension CatalogueSeries {
  /// timm's MobileNetV2s, as wide as the number says, in hundredths.
  static let timmMobileNetV2 = CatalogueSeries(
    rules: .timm, family: .mobileNetV2,
    networks: """
      mobilenetv2_035 0.35 1.0
        - 224 0.875 bicubic imagenet -
      mobilenetv2_050 0.5 1.0
        lamb_in1k 224 0.875 bicubic imagenet mobilenetv2_050-3d30d450.pth
      mobilenetv2_075 0.75 1.0
        - 224 0.875 bicubic imagenet -
      mobilenetv2_100 1.0 1.0
        ra_in1k 224 0.875 bicubic imagenet mobilenetv2_100_ra-b33bc2c4.pth
      mobilenetv2_140 1.4 1.0
        ra_in1k 224 0.875 bicubic imagenet mobilenetv2_140_ra-21a4e913.pth
      """)

  /// timm's deeper MobileNetV2s.
  static let timmMobileNetV2Deep = CatalogueSeries(
    rules: .timm, family: .mobileNetV2Deep,
    networks: """
      mobilenetv2_110d 1.1 1.2
        ra_in1k 224 0.875 bicubic imagenet mobilenetv2_110d_ra-77090ade.pth
      mobilenetv2_120d 1.2 1.4
        ra_in1k 224 0.875 bicubic imagenet mobilenetv2_120d_ra-5987e2ed.pth
      """)

  /// torchvision's MobileNetV2.
  static let torchvisionMobileNetV2 = CatalogueSeries(
    rules: .torchvisionMobileNetV2, family: .mobileNetV2,
    networks: """
      mobilenet_v2 1.0 1.0
        IMAGENET1K_V2 224 224/232 bilinear imagenet mobilenet_v2-7ebf99e0.pth
        IMAGENET1K_V1 224 224/256 bilinear imagenet mobilenet_v2-b0353104.pth
      """)
}
