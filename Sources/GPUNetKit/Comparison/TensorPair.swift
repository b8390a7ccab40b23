public import BinaryInput
public import ModelFiles
public import TensorMeasures

/// A tensor of one file and the one of the other file that it is held against.
public struct TensorPair: Sendable {
  /// What comparing them shows.
  public enum Outcome: Sendable {
    /// Type, shape and bits are the same.
    case same
    /// Type and bits are the same, under another shape.
    case reshaped
    /// The shapes differ, and so do the elements.
    case otherShape
    /// The shapes are the same; types, values or both differ.
    case numbers(TensorDifference)
    /// The shapes are the same, and one side is complex.
    case otherKind
    /// One side cannot be read, or neither.
    case unreadable(ReadError)
  }

  /// The first file's.
  public let left: NamedTensors.Entry
  /// The second file's.
  public let right: NamedTensors.Entry
  /// What comparing them shows.
  public let outcome: Outcome

  /// Whether nothing but the name may differ.
  public var isSame: Bool {
    if case .same = outcome { true } else { false }
  }
}
