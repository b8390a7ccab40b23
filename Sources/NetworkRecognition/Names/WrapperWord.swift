/// A module that a tool puts around another one, and that leaves its name in the parameters' names
/// without changing what is computed.
struct WrapperWord: Sendable {
  /// The name, one part of a dotted path.
  let word: String
  /// Who wraps.
  let tool: String

  /// All that are taken out wherever they stand.
  static let all = [
    WrapperWord(word: "module", tool: "data parallel training, AveragedModel"),
    WrapperWord(word: "_orig_mod", tool: "torch.compile"),
    WrapperWord(word: "_fsdp_wrapped_module", tool: "fully sharded training"),
    WrapperWord(word: "_fpw_module", tool: "fully sharded training before PyTorch 2"),
    WrapperWord(word: "_checkpoint_wrapped_module", tool: "activation checkpointing"),
    WrapperWord(word: "_forward_module", tool: "Lightning Fabric"),
    WrapperWord(word: "_original_module", tool: "Lightning Fabric"),
    WrapperWord(word: "_layer", tool: "Opacus"),
    WrapperWord(word: "_ddp_module", tool: "data parallel training"),
    // The two halves of a state dict, as functional code keeps them.
    WrapperWord(word: "params", tool: "torch.func"),
    WrapperWord(word: "parameters", tool: "torch.func"),
    WrapperWord(word: "buffers", tool: "torch.func"),
    WrapperWord(word: "named_parameters", tool: "functional code"),
    WrapperWord(word: "named_buffers", tool: "functional code"),
    WrapperWord(word: "named_parameters_dict", tool: "Composer"),
    WrapperWord(word: "named_buffers_dict", tool: "Composer"),
    WrapperWord(word: "_flat_param_module", tool: "fully sharded training"),
  ]

  private static let words = Set(all.map(\.word))

  /// The parts of a path that no tool put there, and those that one did.
  static func split(_ parts: some Sequence<Substring>) -> (own: [Substring], wrappers: [Substring])
  {
    var own: [Substring] = []
    var wrappers: [Substring] = []
    for part in parts {
      if words.contains(String(part)) { wrappers.append(part) } else { own.append(part) }
    }
    return (own, wrappers)
  }
}
