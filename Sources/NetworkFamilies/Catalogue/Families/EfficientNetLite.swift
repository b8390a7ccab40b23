extension NetworkFamily {
  /// EfficientNet-Lite: without squeeze-excite; both ends keep their width and their depth.
  static let efficientNetLite = NetworkFamily(
    firstChannels: .fixed(32), lastChannels: .fixed(1_280), activation: "relu6",
    squeezeExcite: false, repeats: RepeatScaling(scalesEnds: false),
    blocks: efficientNetBlocks)
}

extension CatalogueSeries {
  /// timm's own EfficientNet-Lites.
  static let timmEfficientNetLite = CatalogueSeries(
    rules: .timm, family: .efficientNetLite,
    networks: """
      efficientnet_lite0 1.0 1.0
        ra_in1k 224 0.875 bicubic imagenet efficientnet_lite0_ra-37913777.pth
      efficientnet_lite1 1.0 1.1
        - 240 0.882 bicubic imagenet -
      efficientnet_lite2 1.1 1.2
        - 260 0.89 bicubic imagenet -
      efficientnet_lite3 1.2 1.4
        - 300 0.904 bicubic imagenet -
      efficientnet_lite4 1.4 1.8
        - 380 0.922 bicubic imagenet -
      """)

  /// Those that timm took from TensorFlow, with its padding and epsilon.
  static let timmTensorFlowEfficientNetLite = CatalogueSeries(
    rules: .timmTensorFlow, family: .efficientNetLite,
    networks: """
      tf_efficientnet_lite0 1.0 1.0
        in1k 224 0.875 bicubic half tf_efficientnet_lite0-0aa007d2.pth
      tf_efficientnet_lite1 1.0 1.1
        in1k 240 0.882 bicubic half tf_efficientnet_lite1-bde8b488.pth
      tf_efficientnet_lite2 1.1 1.2
        in1k 260 0.89 bicubic half tf_efficientnet_lite2-dcccb7df.pth
      tf_efficientnet_lite3 1.2 1.4
        in1k 300 0.904 bilinear half tf_efficientnet_lite3-b733e338.pth
      tf_efficientnet_lite4 1.4 1.8
        in1k 380 0.92 bilinear half tf_efficientnet_lite4-741542c3.pth
      """)

  /// Those of efficientnet_lite_pytorch, the largest two for smaller images than timm's. Images are
  /// prepared as TensorFlow prepares them for these networks, not as the package's example does.
  static let pytorchEfficientNetLite = CatalogueSeries(
    rules: .efficientNetLitePyTorch, family: .efficientNetLite,
    networks: """
      efficientnet-lite0 1.0 1.0
        - 224 224/256 bicubic bytes efficientnet-lite0-57934424.pth
      efficientnet-lite1 1.0 1.1
        - 240 240/272 bicubic bytes -
      efficientnet-lite2 1.1 1.2
        - 260 260/292 bicubic bytes -
      efficientnet-lite3 1.2 1.4
        - 280 280/312 bicubic bytes -
      efficientnet-lite4 1.4 1.8
        - 300 300/332 bicubic bytes -
      """)
}
