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
  /// The longest text, in bytes, that may be a name or a value of interest; a longer one is left
  /// where it is.
  static let textByteCount = nameByteCount
  /// The longest value of a member of an enumeration, in bytes.
  static let wordByteCount = 64
  /// The largest number of dictionaries of tensors.
  static let groupCount = 10_000
  /// The largest number of tensors in all of them, each counted wherever it stands.
  static let groupTensorCount = 1_000_000
  /// How many facts are kept, and the longest path and value of one, in bytes.
  static let factCount = 10_000
  static let factByteCount = 256
  /// How many elements of a list are looked at for facts.
  static let factElementCount = 16
  /// The largest number of steps in the search for tensors.
  static let searchStepCount = 4_000_000
  /// The largest number of bytes of all paths to tensors together.
  static let pathByteCount = 64 << 20
}
