extension NetworkFamily {
  /// The blocks of EfficientNet-B0 (arXiv 1905.11946, table 1), which Lite and TinyNet start from,
  /// too.
  static let efficientNetBlocks = """
    0 1 ds k3 s1 o16 se
    1 2 irb k3 s2 e6 o24 se
    2 2 irb k5 s2 e6 o40 se
    3 3 irb k3 s2 e6 o80 se
    4 3 irb k5 s1 e6 o112 se
    5 4 irb k5 s2 e6 o192 se
    6 1 irb k3 s1 e6 o320 se
    """

  /// EfficientNet: everything grows.
  static let efficientNet = NetworkFamily(
    firstChannels: .scaled(32), lastChannels: .scaled(1_280), activation: "swish",
    blocks: efficientNetBlocks)
}

extension CatalogueSeries {
  /// timm's own EfficientNets.
  static let timmEfficientNet = CatalogueSeries(
    rules: .timm, family: .efficientNet,
    networks: """
      efficientnet_b0 1.0 1.0
        ra_in1k 224 0.875 bicubic imagenet efficientnet_b0_ra-3dd342df.pth
        ra4_e3600_r224_in1k 224 0.9 bicubic half -
      efficientnet_b1 1.0 1.1
        ra4_e3600_r240_in1k 240 0.9 bicubic half -
        ft_in1k 224 0.875 bicubic imagenet efficientnet_b1-533bc792.pth
      efficientnet_b2 1.1 1.2
        ra_in1k 256 0.875 bicubic imagenet efficientnet_b2_ra-bcdf34b7.pth
      efficientnet_b3 1.2 1.4
        ra2_in1k 288 0.875 bicubic imagenet efficientnet_b3_ra2-cf984f9c.pth
      efficientnet_b4 1.4 1.8
        ra2_in1k 320 0.875 bicubic imagenet efficientnet_b4_ra2_320-7eb33cd5.pth
      efficientnet_b5 1.6 2.2
        sw_in12k_ft_in1k 448 1.0 bicubic imagenet -
        sw_in12k 416 0.95 bicubic imagenet - 11821
      efficientnet_b6 1.8 2.6
        - 528 0.942 bicubic imagenet -
      efficientnet_b7 2.0 3.1
        - 600 0.949 bicubic imagenet -
      efficientnet_b8 2.2 3.6
        - 672 0.954 bicubic imagenet -
      efficientnet_l2 4.3 5.3
        - 800 0.961 bicubic imagenet -
      """)

  /// Those that timm took from TensorFlow, with its padding and epsilon.
  static let timmTensorFlowEfficientNet = CatalogueSeries(
    rules: .timmTensorFlow, family: .efficientNet,
    networks: """
      tf_efficientnet_b0 1.0 1.0
        ns_jft_in1k 224 0.875 bicubic imagenet tf_efficientnet_b0_ns-c0e6a31c.pth
        ap_in1k 224 0.875 bicubic half tf_efficientnet_b0_ap-f262efe1.pth
        aa_in1k 224 0.875 bicubic imagenet tf_efficientnet_b0_aa-827b6e33.pth
        in1k 224 0.875 bicubic imagenet tf_efficientnet_b0-0af12548.pth
      tf_efficientnet_b1 1.0 1.1
        ns_jft_in1k 240 0.882 bicubic imagenet tf_efficientnet_b1_ns-99dd0c41.pth
        ap_in1k 240 0.882 bicubic half tf_efficientnet_b1_ap-44ef0a3d.pth
        aa_in1k 240 0.882 bicubic imagenet tf_efficientnet_b1_aa-ea7a6ee0.pth
        in1k 240 0.882 bicubic imagenet tf_efficientnet_b1-5c1377c4.pth
      tf_efficientnet_b2 1.1 1.2
        ns_jft_in1k 260 0.89 bicubic imagenet tf_efficientnet_b2_ns-00306e48.pth
        ap_in1k 260 0.89 bicubic half tf_efficientnet_b2_ap-2f8e7636.pth
        aa_in1k 260 0.89 bicubic imagenet tf_efficientnet_b2_aa-60c94f97.pth
        in1k 260 0.89 bicubic imagenet tf_efficientnet_b2-e393ef04.pth
      tf_efficientnet_b3 1.2 1.4
        ns_jft_in1k 300 0.904 bicubic imagenet tf_efficientnet_b3_ns-9d44bf68.pth
        ap_in1k 300 0.904 bicubic half tf_efficientnet_b3_ap-aad25bdd.pth
        aa_in1k 300 0.904 bicubic imagenet tf_efficientnet_b3_aa-84b4657e.pth
        in1k 300 0.904 bicubic imagenet tf_efficientnet_b3-e3bd6955.pth
      tf_efficientnet_b4 1.4 1.8
        ns_jft_in1k 380 0.922 bicubic imagenet tf_efficientnet_b4_ns-d6313a46.pth
        ap_in1k 380 0.922 bicubic half tf_efficientnet_b4_ap-dedb23e6.pth
        aa_in1k 380 0.922 bicubic imagenet tf_efficientnet_b4_aa-818f208c.pth
        in1k 380 0.922 bicubic imagenet tf_efficientnet_b4-74ee3bed.pth
      tf_efficientnet_b5 1.6 2.2
        ns_jft_in1k 456 0.934 bicubic imagenet tf_efficientnet_b5_ns-6f26d0cf.pth
        ap_in1k 456 0.934 bicubic half tf_efficientnet_b5_ap-9e82fae8.pth
        ra_in1k 456 0.934 bicubic imagenet tf_efficientnet_b5_ra-9a3e5369.pth
        aa_in1k 456 0.934 bicubic imagenet tf_efficientnet_b5_aa-99018a74.pth
        in1k 456 0.934 bicubic imagenet tf_efficientnet_b5-c6949ce9.pth
      tf_efficientnet_b6 1.8 2.6
        ns_jft_in1k 528 0.942 bicubic imagenet tf_efficientnet_b6_ns-51548356.pth
        ap_in1k 528 0.942 bicubic half tf_efficientnet_b6_ap-4ffb161f.pth
        aa_in1k 528 0.942 bicubic imagenet tf_efficientnet_b6_aa-80ba17e4.pth
      tf_efficientnet_b7 2.0 3.1
        ns_jft_in1k 600 0.949 bicubic imagenet tf_efficientnet_b7_ns-1dbc32de.pth
        ap_in1k 600 0.949 bicubic half tf_efficientnet_b7_ap-ddb28fec.pth
        ra_in1k 600 0.949 bicubic imagenet tf_efficientnet_b7_ra-6c08e654.pth
        aa_in1k 600 0.949 bicubic imagenet tf_efficientnet_b7_aa-076e3472.pth
      tf_efficientnet_b8 2.2 3.6
        ap_in1k 672 0.954 bicubic half tf_efficientnet_b8_ap-00e169fa.pth
        ra_in1k 672 0.954 bicubic imagenet tf_efficientnet_b8_ra-572d5dd9.pth
      tf_efficientnet_l2 4.3 5.3
        ns_jft_in1k_475 475 0.936 bicubic imagenet tf_efficientnet_l2_ns_475-bebbd00a.pth
        ns_jft_in1k 800 0.96 bicubic imagenet tf_efficientnet_l2_ns-df73bb44.pth
      """)

  /// torchvision's EfficientNets that have PyTorch's epsilon.
  static let torchvisionEfficientNet = CatalogueSeries(
    rules: .torchvisionEfficientNet, family: .efficientNet,
    networks: """
      efficientnet_b0 1.0 1.0
        IMAGENET1K_V1 224 224/256 bicubic imagenet efficientnet_b0_rwightman-7f5810bc.pth
      efficientnet_b1 1.0 1.1
        IMAGENET1K_V2 240 240/255 bilinear imagenet efficientnet_b1-c27df63c.pth
        IMAGENET1K_V1 240 240/256 bicubic imagenet efficientnet_b1_rwightman-bac287d4.pth
      efficientnet_b2 1.1 1.2
        IMAGENET1K_V1 288 288/288 bicubic imagenet efficientnet_b2_rwightman-c35c1473.pth
      efficientnet_b3 1.2 1.4
        IMAGENET1K_V1 300 300/320 bicubic imagenet efficientnet_b3_rwightman-b3899882.pth
      efficientnet_b4 1.4 1.8
        IMAGENET1K_V1 380 380/384 bicubic imagenet efficientnet_b4_rwightman-23ab8bcd.pth
      """)

  /// torchvision's EfficientNets that have TensorFlow's epsilon, but not its padding.
  static let torchvisionLargeEfficientNet = CatalogueSeries(
    rules: .torchvisionEfficientNet.with(epsilon: LibraryRules.tensorFlowEpsilon),
    family: .efficientNet,
    networks: """
      efficientnet_b5 1.6 2.2
        IMAGENET1K_V1 456 456/456 bicubic imagenet efficientnet_b5_lukemelas-1a07897c.pth
      efficientnet_b6 1.8 2.6
        IMAGENET1K_V1 528 528/528 bicubic imagenet efficientnet_b6_lukemelas-24a108a5.pth
      efficientnet_b7 2.0 3.1
        IMAGENET1K_V1 600 600/600 bicubic imagenet efficientnet_b7_lukemelas-c5b4e57e.pth
      """)

  /// Those of efficientnet_pytorch. The weights of adversarial training have no tag there;
  /// `advprop` is the option that loads them.
  static let pytorchEfficientNet = CatalogueSeries(
    rules: .efficientNetPyTorch, family: .efficientNet,
    networks: """
      efficientnet-b0 1.0 1.0
        - 224 1.0 bicubic imagenet efficientnet-b0-355c32eb.pth
        advprop 224 1.0 bicubic half adv-efficientnet-b0-b64d5a18.pth
      efficientnet-b1 1.0 1.1
        - 240 1.0 bicubic imagenet efficientnet-b1-f1951068.pth
        advprop 240 1.0 bicubic half adv-efficientnet-b1-0f3ce85a.pth
      efficientnet-b2 1.1 1.2
        - 260 1.0 bicubic imagenet efficientnet-b2-8bb594d6.pth
        advprop 260 1.0 bicubic half adv-efficientnet-b2-6e9d97e5.pth
      efficientnet-b3 1.2 1.4
        - 300 1.0 bicubic imagenet efficientnet-b3-5fb5a3c3.pth
        advprop 300 1.0 bicubic half adv-efficientnet-b3-cdd7c0f4.pth
      efficientnet-b4 1.4 1.8
        - 380 1.0 bicubic imagenet efficientnet-b4-6ed6700e.pth
        advprop 380 1.0 bicubic half adv-efficientnet-b4-44fb3a87.pth
      efficientnet-b5 1.6 2.2
        - 456 1.0 bicubic imagenet efficientnet-b5-b6417697.pth
        advprop 456 1.0 bicubic half adv-efficientnet-b5-86493f6b.pth
      efficientnet-b6 1.8 2.6
        - 528 1.0 bicubic imagenet efficientnet-b6-c76e70fd.pth
        advprop 528 1.0 bicubic half adv-efficientnet-b6-ac80338e.pth
      efficientnet-b7 2.0 3.1
        - 600 1.0 bicubic imagenet efficientnet-b7-dcc49843.pth
        advprop 600 1.0 bicubic half adv-efficientnet-b7-4652b6dd.pth
      efficientnet-b8 2.2 3.6
        advprop 672 1.0 bicubic half adv-efficientnet-b8-22a8fe65.pth
      efficientnet-l2 4.3 5.3
        - 800 1.0 bicubic imagenet -
      """)
}
