extension NetworkCatalogue {
  /// What timm calls networks today, by what it called them before weights had tags; both as names
  /// are compared.
  static let namesToday: [String: String] = {
    let table = """
      efficientnet_b2a efficientnet_b2
      efficientnet_b3a efficientnet_b3
      mnasnet_a1 semnasnet_100
      mnasnet_b1 mnasnet_100
      tf_efficientnet_b0_ap tf_efficientnet_b0.ap_in1k
      tf_efficientnet_b1_ap tf_efficientnet_b1.ap_in1k
      tf_efficientnet_b2_ap tf_efficientnet_b2.ap_in1k
      tf_efficientnet_b3_ap tf_efficientnet_b3.ap_in1k
      tf_efficientnet_b4_ap tf_efficientnet_b4.ap_in1k
      tf_efficientnet_b5_ap tf_efficientnet_b5.ap_in1k
      tf_efficientnet_b6_ap tf_efficientnet_b6.ap_in1k
      tf_efficientnet_b7_ap tf_efficientnet_b7.ap_in1k
      tf_efficientnet_b8_ap tf_efficientnet_b8.ap_in1k
      tf_efficientnet_b0_ns tf_efficientnet_b0.ns_jft_in1k
      tf_efficientnet_b1_ns tf_efficientnet_b1.ns_jft_in1k
      tf_efficientnet_b2_ns tf_efficientnet_b2.ns_jft_in1k
      tf_efficientnet_b3_ns tf_efficientnet_b3.ns_jft_in1k
      tf_efficientnet_b4_ns tf_efficientnet_b4.ns_jft_in1k
      tf_efficientnet_b5_ns tf_efficientnet_b5.ns_jft_in1k
      tf_efficientnet_b6_ns tf_efficientnet_b6.ns_jft_in1k
      tf_efficientnet_b7_ns tf_efficientnet_b7.ns_jft_in1k
      """
    var names: [String: String] = [:]
    for line in table.split(separator: "\n") {
      let words = line.split(separator: " ")
      names[String(words[0])] = String(words[1])
    }
    return names
  }()
}
