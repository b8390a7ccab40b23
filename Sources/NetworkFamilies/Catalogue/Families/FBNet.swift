extension NetworkFamily {
  /// FBNet-C (arXiv 1812.03443).
  static let fbNetC = NetworkFamily(
    firstChannels: .scaled(16), lastChannels: .fixed(1_984), activation: "relu",
    blocks: """
      0 1 irb k3 s1 e1 o16
      1 1 irb k3 s2 e6 o24
      1 2 irb k3 s1 e1 o24
      2 1 irb k5 s2 e6 o32
      2 1 irb k5 s1 e3 o32
      2 1 irb k5 s1 e6 o32
      2 1 irb k3 s1 e6 o32
      3 1 irb k5 s2 e6 o64
      3 1 irb k5 s1 e3 o64
      3 2 irb k5 s1 e6 o64
      4 3 irb k5 s1 e6 o112
      4 1 irb k5 s1 e3 o112
      5 4 irb k5 s2 e6 o184
      6 1 irb k3 s1 e6 o352
      """)
}

extension CatalogueSeries {
  /// timm's FBNet-C. Its epsilon is that of the published weights, for which timm builds it so;
  /// built without them, to be trained anew, it has 1e-5.
  static let timmFBNetC = CatalogueSeries(
    rules: .timm.with(epsilon: LibraryRules.tensorFlowEpsilon), family: .fbNetC,
    networks: """
      fbnetc_100 1.0 1.0
        rmsp_in1k 224 0.875 bilinear imagenet fbnetc_100-c345b898.pth
      """)
}
