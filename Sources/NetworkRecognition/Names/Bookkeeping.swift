/// Numbers that tools keep beside the parameters and that no inference reads: what is known to be
/// inert, with the tool that it comes from.
struct Bookkeeping: Sendable {
  /// What ends the name: one part of a dotted path or several, of which `*` stands for any one.
  let suffix: [String]
  /// Why it can be left out.
  let reason: String

  private init(_ suffix: String, _ reason: String) {
    self.suffix = suffix.split(separator: ".").map(String.init)
    self.reason = reason
  }

  /// The entry that a name ends with; nil for a name that may matter.
  static func entry(for name: some StringProtocol) -> Bookkeeping? {
    let parts = name.split(separator: ".")
    guard let last = parts.last else { return nil }
    let exact = byLastPart[String(last)] ?? []
    return (exact + anyLast).first { entry in
      parts.count >= entry.suffix.count
        && zip(parts.suffix(entry.suffix.count), entry.suffix).allSatisfy {
          $1 == "*" || $0 == $1
        }
    }
  }

  private static let byLastPart = Dictionary(
    grouping: all.filter { $0.suffix.last != "*" }, by: { $0.suffix.last! })
  private static let anyLast = all.filter { $0.suffix.last == "*" }

  /// All that is known.
  static let all: [Bookkeeping] =
    entries(
      ["n_averaged", "num_averaged", "averages"],
      "counts the weights in an average (torch.optim.swa_utils)")
    + entries(
      ["num_updates", "updates", "steps", "step", "initted", "decay", "ema_decay", "n_updates"],
      "a counter or setting of a moving average")
    + entries(
      ["total_ops", "total_params"], "counts operations (thop's profiler)")
    + entries(
      ["__flops__", "__params__", "__macs__"], "counts operations (ptflops)")
    + entries(["num_batches_tracked"], "counts batches, which inference does not need")
    + entries(
      ["_amax", "_pre_quant_scale", "_scale_after_dequant"],
      "a range of a quantizer (NVIDIA's pytorch-quantization and ModelOpt)")
    + entries(
      [
        "activation_post_process.*", "weight_fake_quant.*", "activation_post_process.*.*",
        "weight_fake_quant.*.*", "fake_quant_enabled", "observer_enabled", "min_val", "max_val",
        "min_vals", "max_vals", "histogram",
      ],
      "a range of an observer (torch.ao.quantization)")
    + entries(
      ["_extra_state", "extra_state"], "extra state of a module, which holds no weights")
    + entries(["device_indicator", "dummy_param", "_dummy", "_device_param"], "tells a device")
    + entries(["_float_tensor"], "tells a type (fairseq)")

  private static func entries(_ suffixes: [String], _ reason: String) -> [Bookkeeping] {
    suffixes.map { Bookkeeping($0, reason) }
  }
}
