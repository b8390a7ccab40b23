extension NetworkFamily {
  /// MnasNet-B1 (arXiv 1807.11626), without squeeze-excite.
  static let mnasNet = NetworkFamily(
    firstChannels: .scaled(32), lastChannels: .fixed(1_280), activation: "relu",
    blocks: """
      0 1 ds k3 s1 o16 noskip
      1 3 irb k3 s2 e3 o24
      2 3 irb k5 s2 e3 o40
      3 3 irb k5 s2 e6 o80
      4 2 irb k3 s1 e6 o96
      5 4 irb k5 s2 e6 o192
      6 1 irb k3 s1 e6 o320 noskip
      """)

  /// MnasNet-Small.
  static let mnasNetSmall = NetworkFamily(
    firstChannels: .scaled(8), lastChannels: .fixed(1_280), activation: "relu",
    blocks: """
      0 1 ds k3 s1 o8
      1 1 irb k3 s2 e3 o16
      2 2 irb k3 s2 e6 o16
      3 4 irb k5 s2 e6 o32 se
      4 3 irb k3 s1 e6 o32 se
      5 3 irb k5 s2 e6 o88 se
      6 1 irb k3 s1 e6 o144
      """)

  /// MnasNet-A1 (figure 7), with squeeze-excite.
  static let squeezeExciteMnasNet = NetworkFamily(
    firstChannels: .scaled(32), lastChannels: .fixed(1_280), activation: "relu",
    blocks: """
      0 1 ds k3 s1 o16 noskip
      1 2 irb k3 s2 e6 o24
      2 3 irb k5 s2 e3 o40 se
      3 4 irb k3 s2 e6 o80
      4 2 irb k3 s1 e6 o112 se
      5 3 irb k5 s2 e6 o160 se
      6 1 irb k3 s1 e6 o320
      """)

  /// Single-Path NAS for a telephone (arXiv 1904.02877).
  static let singlePathNAS = NetworkFamily(
    firstChannels: .scaled(32), lastChannels: .fixed(1_280), activation: "relu",
    blocks: """
      0 1 ds k3 s1 o16 noskip
      1 3 irb k3 s2 e3 o24
      2 1 irb k5 s2 e6 o40
      2 3 irb k3 s1 e3 o40
      3 1 irb k5 s2 e6 o80
      3 3 irb k3 s1 e3 o80
      4 1 irb k5 s1 e6 o96
      4 3 irb k5 s1 e3 o96
      5 4 irb k5 s2 e6 o192
      6 1 irb k3 s1 e6 o320 noskip
      """)
}

extension CatalogueSeries {
  /// timm's MnasNet-B1s.
  static let timmMnasNet = CatalogueSeries(
    rules: .timm, family: .mnasNet,
    networks: """
      mnasnet_050 0.5 1.0
        - 224 0.875 bicubic imagenet -
      mnasnet_075 0.75 1.0
        - 224 0.875 bicubic imagenet -
      mnasnet_100 1.0 1.0
        rmsp_in1k 224 0.875 bicubic imagenet mnasnet_b1-74cb7081.pth
      mnasnet_140 1.4 1.0
        - 224 0.875 bicubic imagenet -
      """)

  /// torchvision's MnasNet-B1s.
  static let torchvisionMnasNet = CatalogueSeries(
    rules: .torchvisionMnasNet, family: .mnasNet,
    networks: """
      mnasnet0_5 0.5 1.0
        IMAGENET1K_V1 224 224/256 bilinear imagenet mnasnet0.5_top1_67.823-3ffadce67e.pth
      mnasnet0_75 0.75 1.0
        IMAGENET1K_V1 224 224/232 bilinear imagenet mnasnet0_75-7090bc5f.pth
      mnasnet1_0 1.0 1.0
        IMAGENET1K_V1 224 224/256 bilinear imagenet mnasnet1.0_top1_73.512-f206786ef8.pth
      mnasnet1_3 1.3 1.0
        IMAGENET1K_V1 224 224/232 bilinear imagenet mnasnet1_3-a4c69d6f.pth
      """)

  /// timm's MnasNet-Small.
  static let timmMnasNetSmall = CatalogueSeries(
    rules: .timm, family: .mnasNetSmall,
    networks: """
      mnasnet_small 1.0 1.0
        lamb_in1k 224 0.875 bicubic imagenet mnasnet_small_lamb-aff75073.pth
      """)

  /// timm's MnasNet-A1s.
  static let timmSEMnasNet = CatalogueSeries(
    rules: .timm, family: .squeezeExciteMnasNet,
    networks: """
      semnasnet_050 0.5 1.0
        - 224 0.875 bicubic imagenet -
      semnasnet_075 0.75 1.0
        rmsp_in1k 224 0.875 bicubic imagenet semnasnet_075-18710866.pth
      semnasnet_100 1.0 1.0
        rmsp_in1k 224 0.875 bicubic imagenet mnasnet_a1-d9418771.pth
      semnasnet_140 1.4 1.0
        - 224 0.875 bicubic imagenet -
      """)

  /// timm's Single-Path NAS.
  static let timmSinglePathNAS = CatalogueSeries(
    rules: .timm, family: .singlePathNAS,
    networks: """
      spnasnet_100 1.0 1.0
        rmsp_in1k 224 0.875 bilinear imagenet spnasnet_100-048bc3f4.pth
      """)
}
