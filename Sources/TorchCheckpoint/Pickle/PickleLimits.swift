/// How much a pickle may ask for; honest checkpoints stay far below each.
enum PickleLimits {
  /// The largest number of instructions; a training checkpoint of a hundred thousand tensors has
  /// about a quarter of it.
  static let operationCount = 20_000_000
  /// The largest number of values.
  static let nodeCount = 4_000_000
  /// The largest number of values on the stack; Python writes containers in parts of a thousand.
  static let stackCount = 1_000_000
  /// The deepest nesting of values; real files stay below 20.
  static let depth = 512
  /// The longest module or attribute name, in bytes.
  static let globalByteCount = 1_024
  /// The longest name of a tensor, and the longest path to a state dict, in bytes.
  static let nameByteCount = 4_096
  /// The largest number of steps in the search for tensors.
  static let searchStepCount = 4_000_000
  /// The largest number of bytes of all paths to tensors together.
  static let pathByteCount = 64 << 20
}
