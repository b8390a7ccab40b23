public import TensorData

extension TorchCheckpoint {
  /// A dictionary of named tensors.
  public struct Group: Sendable {
    /// The keys that lead to it, joined by dots; empty for the checkpoint itself.
    public let keyPath: String
    /// The class of the module or other object whose tensors these are; nil for a dictionary.
    public let className: String?
    /// The names of its tensors, in order.
    public let names: [String]
    /// The number of elements along each axis of every tensor; nil for one that cannot be read.
    public let shapes: [[Int]?]
    /// The type of every tensor's elements; nil for one that cannot be read.
    public let elementTypes: [ElementType?]

    /// Which tensor of the tree stands under each name; nil for what only a name shows to be one.
    let tensors: [Int?]
    /// Why tensors are not read whose names say that they are none, by position.
    let refusals: [Int: UnsupportedTensor]
  }

  /// A single value beside the tensors.
  public struct Fact: Hashable, Sendable {
    /// The keys that lead to it, joined by dots.
    public let path: String
    /// A text, a number or a truth value as Python prints it; the class of an object; for what
    /// stands at the top, the kind of container.
    public let value: String
  }
}
