import BinaryInput
import NetworkFamilies
import NetworkProgram
import Testing

@Suite struct `Layer strings` {
  static let canonical = [
    "prologue_i3_o32_s2_swish", "prologue_i3_o24_s2_relu", "conv_k3_i32_o32_s1_relu",
    "er_k3_e5_i32_o32_s2_relu_se_False", "er_k5_e7.67_i32_o32_s1_swish_se_True",
    "irb_k3_e5_i256_o704_s2_relu_se_True", "irb_k7_e4.0_i64_o64_s1_swish_se_False",
    "irb_k3_e0.5_i64_o64_s1_swish_se_False", "epilogue_i704_o1280_s1_relu",
    "prologued_i3_o33_s2_relu", "prologuelarged_i3_o48_s2_relu",
    "irbd_k3_e3_g1_i33_o44_s2_relu", "irbd_k5_e6_g2_i48_o48_s1_relu",
    "erd_k3_e3_g1_i33_o44_s2_relu", "epilogued_i268_m1152_o1984_s1_relu",
    "ds_k3_i32_o16_s1_relu6", "ds_k5_i32_o16_s2_swish_se_True", "ds_k3_i16_o16_s1_swish_se_4",
    "ds_k3_i16_o16_s1_relu_noskip", "ds_k3_i16_o16_s1_swish_se_True_noskip",
    "conv_k3_i24_o24_s1_swish_skip", "er_k3_e4_i24_o24_s1_relu_se_False_noskip",
    "irb_k5_m61_i35_o35_s1_swish_se_10", "irb_k3_m62_i12_o12_s1_swish_se_True",
    "irb_k3_e6_i16_o24_s2_relu6_se_False", "prologue_i3_o32_s2_relu6",
  ]

  @Test(arguments: canonical) func `print as they were read`(text: String) throws {
    #expect(try Layer(parsing: text).description == text)
  }

  @Test func `of the published networks print as they were read`() throws {
    for published in PublishedNetwork.gpunets {
      for layer in published.architecture.layers {
        #expect(try Layer(parsing: layer.description) == layer)
      }
    }
  }

  @Test(arguments: [
    "", "conv", "conv_", "stem_k3_i32_o32_s1_relu", "conv_k3_i32_o32_s1", "conv_k3_i32_o32_s1_",
    "conv_k3_i32_o32_s1_gelu", "conv_k3_i32_o32_s1_relu_",
    "conv_k3_i32_o32_s1_relu_se_True",
    "conv_k03_i32_o32_s1_relu", "conv_k+3_i32_o32_s1_relu", "conv_i32_k3_o32_s1_relu",
    "convk3_i32_o32_s1_relu", "Conv_k3_i32_o32_s1_relu", "conv_k3_i32_o32_s1_relu ",
    "conv_k3.0_i32_o32_s1_relu", "conv_k99999999999999999999_i32_o32_s1_relu",
    "irb_k3_e5.50_i256_o704_s2_relu_se_True", "irb_k3_e5._i256_o704_s2_relu_se_True",
    "irb_k3_e0_i256_o704_s2_relu_se_True", "irb_k3_e-1_i256_o704_s2_relu_se_True",
    "irb_k3_enan_i256_o704_s2_relu_se_True", "irb_k3_einf_i256_o704_s2_relu_se_True",
    "irb_k3_e1e1_i256_o704_s2_relu_se_True", "irb_k3_e5_i256_o704_s2_relu_se_true",
    "ds_k3_i32_o16_s1_relu6_se_False", "ds_k3_i32_o16_s1_relu6_se_0x4",
    "ds_k3_i32_o16_s1_relu6_skipp", "conv_k3_i24_o24_s1_swish_skip_skip",
    "conv_k3_i24_o24_s1_skip_swish", "irb_k3_m62_e6_i12_o12_s1_swish_se_True",
    "irb_k3_e5_i256_o704_s2_relu_se_", "irb_k3_e65_i256_o704_s2_relu_se_True",
  ])
  func `in another spelling are refused`(text: String) {
    #expect { try Layer(parsing: text) } throws: { ($0 as? ReadError)?.code == .layerGrammar }
  }

  @Test(arguments: [
    "conv_k0_i32_o32_s1_relu", "conv_k3_i0_o32_s1_relu", "conv_k3_i32_o-1_s1_relu",
    "conv_k3_i32_o32_s0_relu", "conv_k3_i32_o32_s9_relu", "conv_k33_i32_o32_s1_relu",
    "conv_k3_i99999_o32_s1_relu", "prologue_i3_o32_s1_swish", "epilogue_i704_o1280_s2_relu",
    "irbd_k3_e3_g2_i33_o44_s2_relu", "irbd_k3_e3_g0_i33_o44_s2_relu",
    "irbd_k3_e2.51_g1_i33_o44_s2_relu", "irbd_k3_e3_g1_i33_o44_s2_swish",
    "er_k3_e64_i16384_o32_s2_relu_se_False", "irb_k3_e8_i1_o1_s1_relu_se_True",
    "conv_k3_i24_o32_s1_swish_skip", "conv_k3_i24_o24_s2_swish_skip",
    "conv_k3_i24_o24_s1_swish_noskip", "ds_k3_i16_o16_s1_relu_skip",
    "er_k3_e4_i24_o32_s1_relu_se_False_noskip", "irb_k5_m0_i35_o35_s1_swish_se_10",
    "irb_k5_m61_i35_o35_s1_swish_se_0", "irb_k5_m999999_i35_o35_s1_swish_se_1",
    "er_k1_e1e-05_i1_o1_s1_relu_se_True", "er_k1_e5e-324_i1_o1_s1_relu_se_True",
  ])
  func `with impossible fields are refused`(text: String) {
    #expect { try Layer(parsing: text) } throws: { ($0 as? ReadError)?.code == .layerField }
  }

  @Test(arguments: [
    // Widths as the original code computes them: to a multiple of 8, not below nine tenths.
    ("irb_k3_e5_i256_o704_s2_relu_se_True", 1280, 64),
    ("irb_k5_e2.5_i6_o6_s1_relu_se_True", 16, 2),
    ("er_k3_e3_i5_o6_s2_swish_se_False", 16, 0),
    ("er_k3_e1_i4_o6_s2_swish_se_True", 8, 2),
    ("er_k3_e2_i14_o6_s2_swish_se_True", 32, 4),
    ("er_k3_e1.36_i14_o6_s2_swish_se_True", 24, 4),
    ("irbd_k3_e3_g1_i33_o44_s2_relu", 99, 0),
    ("irbd_k3_e2.5_g1_i4_o44_s2_relu", 10, 0),
    ("epilogued_i268_m1152_o1984_s1_relu", 1152, 0),
    ("ds_k3_i32_o16_s1_swish_se_True", 32, 8), ("ds_k3_i32_o16_s1_swish", 32, 0),
    ("ds_k3_i32_o16_s1_swish_se_6", 32, 6), ("irb_k5_m61_i35_o35_s1_swish_se_10", 61, 10),
    ("irb_k3_m62_i12_o12_s1_swish_se_True", 62, 3),
  ])
  func `say the widths inside a block`(text: String, middle: Int, squeeze: Int) throws {
    let layer = try Layer(parsing: text)
    #expect(layer.middleChannels == middle)
    #expect(layer.squeezeChannels == squeeze)
  }

  @Test(arguments: [
    ("prologued_i3_o33_s2_relu", "Prologue"),
    ("prologuelarged_i3_o48_s2_relu", "PrologueLarge"),
    ("irbd_k3_e3_g1_i33_o44_s2_relu", "k3_e3_g1_i33_o44_s2"),
    ("erd_k3_e3_g1_i33_o44_s2_relu", "k3_e3_g1_i33_o44_s2"),
    ("epilogued_i268_m1152_o1984_s1_relu", "Epilogue"),
    ("conv_k3_i32_o32_s1_relu", "conv_k3_i32_o32_s1_relu"),
  ])
  func `of the distilled family have a published form`(text: String, published: String) throws {
    #expect(try Layer(parsing: text).publishedText == published)
  }

  @Test func `have a residual where stride and channels allow it`() throws {
    let cases = [
      ("irb_k3_e5_i32_o32_s1_relu_se_False", true), ("irb_k3_e5_i32_o32_s2_relu_se_False", false),
      ("er_k3_e5_i32_o40_s1_relu_se_False", false), ("er_k3_e5_i32_o32_s1_relu_se_False", true),
      ("conv_k3_i32_o32_s1_relu", false), ("irbd_k3_e3_g1_i33_o33_s1_relu", true),
      ("ds_k3_i16_o16_s1_relu", true), ("ds_k3_i16_o24_s1_relu", false),
      ("ds_k3_i16_o16_s1_relu_noskip", false), ("conv_k3_i24_o24_s1_swish_skip", true),
      ("er_k3_e4_i24_o24_s1_relu_se_False_noskip", false),
      ("erd_k3_e3_g1_i33_o33_s1_relu", true), ("epilogue_i32_o32_s1_relu", false),
    ]
    for (text, expected) in cases {
      #expect(try Layer(parsing: text).hasResidual == expected, "\(text)")
    }
  }
}
