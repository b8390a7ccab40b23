extension NetworkFamily {
  /// TinyNet (arXiv 2010.14819): EfficientNet made smaller; few blocks stay few, as repeats go to
  /// the nearest whole number, halves to even.
  static let tinyNet = NetworkFamily(
    firstChannels: .fixed(32), lastChannels: .atLeast(1_280), activation: "swish",
    repeats: RepeatScaling(rounding: .toNearestOrEven),
    blocks: efficientNetBlocks)
}

extension CatalogueSeries {
  /// timm's TinyNets.
  static let timmTinyNet = CatalogueSeries(
    rules: .timm, family: .tinyNet,
    networks: """
      tinynet_a 1.0 1.2
        in1k 192 0.875 bicubic imagenet tinynet_a.pth
      tinynet_b 0.75 1.1
        in1k 188 0.875 bicubic imagenet tinynet_b.pth
      tinynet_c 0.54 0.85
        in1k 184 0.875 bicubic imagenet tinynet_c.pth
      tinynet_d 0.54 0.695
        in1k 152 0.875 bicubic imagenet tinynet_d.pth
      tinynet_e 0.51 0.6
        in1k 106 0.875 bicubic imagenet tinynet_e.pth
      """)
}
