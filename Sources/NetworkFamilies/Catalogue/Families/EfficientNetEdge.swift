extension NetworkFamily {
  /// EfficientNet-EdgeTPU. The first blocks expand 24 channels, scaled, though they get those of
  /// the first layer.
  static let efficientNetEdge = NetworkFamily(
    firstChannels: .scaled(32), lastChannels: .scaled(1_280), activation: "relu",
    blocks: """
      0 1 er k3 s1 e4 f24 o24 noskip
      1 2 er k3 s2 e8 o32
      2 4 er k3 s2 e8 o48
      3 5 irb k5 s2 e8 o96
      4 4 irb k5 s1 e8 o144
      5 2 irb k5 s2 e8 o192
      """)

  /// MobileNet-EdgeTPU, the first version.
  static let mobileNetEdge = NetworkFamily(
    firstChannels: .scaled(32), lastChannels: .fixed(1_280), activation: "relu",
    blocks: """
      0 1 conv k1 s1 o16
      1 1 er k3 s2 e8 o32
      1 3 er k3 s1 e4 o32
      2 1 er k3 s2 e8 o48
      2 3 er k3 s1 e4 o48
      3 1 irb k3 s2 e8 o96
      3 3 irb k3 s1 e4 o96
      4 1 irb k3 s1 e8 o96 noskip
      4 3 irb k3 s1 e4 o96
      5 1 irb k5 s2 e8 o160
      5 3 irb k5 s1 e4 o160
      6 1 irb k3 s1 e8 o192
      """)
}

extension CatalogueSeries {
  /// timm's own EfficientNet-EdgeTPUs; pruned weights have zeros and the shapes of the others.
  static let timmEfficientNetEdge = CatalogueSeries(
    rules: .timm, family: .efficientNetEdge,
    networks: """
      efficientnet_es 1.0 1.0
        ra_in1k 224 0.875 bicubic imagenet efficientnet_es_ra-f111e99c.pth
      efficientnet_es_pruned 1.0 1.0
        in1k 224 0.875 bicubic imagenet efficientnet_es_pruned75-1b7248cf.pth
      efficientnet_em 1.0 1.1
        ra2_in1k 240 0.882 bicubic imagenet efficientnet_em_ra2-66250f76.pth
      efficientnet_el 1.2 1.4
        ra_in1k 300 0.904 bicubic imagenet efficientnet_el-3b455510.pth
      efficientnet_el_pruned 1.2 1.4
        in1k 300 0.904 bicubic imagenet efficientnet_el_pruned70-ef2a2ccf.pth
      """)

  /// Those that timm took from TensorFlow, with its padding and epsilon.
  static let timmTensorFlowEfficientNetEdge = CatalogueSeries(
    rules: .timmTensorFlow, family: .efficientNetEdge,
    networks: """
      tf_efficientnet_es 1.0 1.0
        in1k 224 0.875 bicubic half tf_efficientnet_es-ca1afbfe.pth
      tf_efficientnet_em 1.0 1.1
        in1k 240 0.882 bicubic half tf_efficientnet_em-e78cfe58.pth
      tf_efficientnet_el 1.2 1.4
        in1k 300 0.904 bicubic half tf_efficientnet_el-5143854e.pth
      """)

  /// timm's MobileNet-EdgeTPU.
  static let timmMobileNetEdge = CatalogueSeries(
    rules: .timm, family: .mobileNetEdge,
    networks: """
      mobilenet_edgetpu_100 1.0 1.0
        - 224 0.9 bicubic imagenet -
      """)
}
