/// Numbers that tools keep beside the parameters and that no inference reads: what is known to be
/// inert, with the tool that it comes from.
struct Bookkeeping: Sendable {
  /// How much a kind of bookkeeping can be; what is more is no bookkeeping, whatever its name.
  enum Extent: Sendable {
    /// One number.
    case number
    /// Numbers along one axis: one for each channel, a histogram.
    case vector
    /// Anything.
    case any
  }

  /// What ends the name: one part of a dotted path or several, of which `*` stands for any one.
  let suffix: [String]
  /// How much it can be.
  let extent: Extent
  /// Why it can be left out.
  let reason: String
  /// Whether it is known only inside a network's layers; beside them the name may mean another thing.
  var isOfLayers = false

  /// The entry for a tensor; nil for one that may matter.
  ///
  /// - Parameters:
  ///   - name: The name, a dotted path.
  ///   - shape: The shape, where that is known.
  /// - Returns: The first that its name and shape allow.
  static func entry(for name: some StringProtocol, shape: [Int]?) -> Bookkeeping? {
    let parts = name.split(separator: ".")
    guard let last = parts.last else { return nil }
    let exact = byLastPart[String(last)] ?? []
    return (exact + anyLast).first { entry in
      parts.count >= entry.suffix.count
        && zip(parts.suffix(entry.suffix.count), entry.suffix).allSatisfy {
          $1 == "*" || $0 == $1
        } && entry.allows(shape)
    }
  }

  private func allows(_ shape: [Int]?) -> Bool {
    let long = shape?.count { $0 != 1 } ?? 0
    return switch extent {
    case .number: long == 0
    case .vector: long <= 1
    case .any: true
    }
  }

  private static let byLastPart = Dictionary(
    grouping: all.filter { $0.suffix.last != "*" }, by: { $0.suffix.last! })
  private static let anyLast = all.filter { $0.suffix.last == "*" }

  /// All that is known.
  static let all: [Bookkeeping] =
    entries(
      ["n_averaged", "num_averaged"], .number,
      "counts the weights in an average (torch.optim.swa_utils)")
    + entries(
      [
        "num_updates", "updates", "steps", "step", "initted", "decay", "ema_decay", "n_updates",
        "optimization_step", "num_batches",
      ], .number, "a counter or setting of a moving average")
    + entries(["total_ops", "total_params"], .number, "counts operations (thop's profiler)")
    + entries(
      ["__flops__", "__params__", "__macs__"], .number, "counts operations (ptflops)")
    + entries(["num_batches_tracked"], .number, "counts batches, which inference does not need")
    + entries(
      ["_amax"], .vector,
      "a range of a quantizer (NVIDIA's pytorch-quantization and ModelOpt)")
    + entries(
      [
        "activation_post_process.*", "activation_post_process.*.*", "weight_fake_quant.*",
        "weight_fake_quant.*.*",
      ], .vector, "a range of an observer or fake quantizer (torch.ao.quantization)")
    + entries(
      [
        "fake_quant_enabled", "observer_enabled", "min_val", "max_val", "min_vals", "max_vals",
        "histogram",
      ], .vector, "a range of an observer or fake quantizer (torch.ao.quantization)",
      isOfLayers: true)
    + entries(
      ["_extra_state", "extra_state"], .any, "extra state of a module, which holds no weights")
    + entries(
      ["device_indicator", "dummy_param", "_dummy", "_device_param"], .number, "tells a device")
    + entries(["class_weights", "class_weight"], .vector, "weighs the classes in a loss")
    + entries(["label_smoothing"], .number, "smooths the labels of a loss")
    + entries(["_float_tensor"], .number, "tells a type (fairseq)")

  private static func entries(
    _ suffixes: [String], _ extent: Extent, _ reason: String, isOfLayers: Bool = false
  ) -> [Bookkeeping] {
    suffixes.map { suffix in
      let parts = suffix.split(separator: ".").map(String.init)
      let name = parts.first { $0 != "*" } ?? suffix
      return Bookkeeping(
        suffix: parts, extent: extent, reason: "'\(name)' \(reason)", isOfLayers: isOfLayers)
    }
  }
}
