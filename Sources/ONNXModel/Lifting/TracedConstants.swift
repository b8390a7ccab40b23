import BinaryInput
import NetworkProgram
import TensorData

/// A convolution with the constants that it was found with.
struct TracedConvolution {
  /// What it computes, without a name, bias and batch norm.
  let facts: Convolution
  /// `O×I/groups×K×K`.
  let weight: Tensor
  /// `O`.
  var bias: Tensor?
  /// The batch norm after it.
  var norm: TracedNorm?
}

extension TracedConvolution {
  /// Whether there is a bias, and only of zeros: how an exporter spells out that there is none.
  var hasZeroBias: Bool {
    get throws(ReadError) { try bias?.doubles().allSatisfy { $0 == 0 } ?? false }
  }
}

/// The constants of a batch norm, `C` each.
struct TracedNorm {
  let scale: Tensor
  let shift: Tensor
  let mean: Tensor
  let variance: Tensor
  let epsilon: Float
}

/// A matrix product with the constants that it was found with.
struct TracedLinear {
  /// `K×C`.
  let weight: Tensor
  /// `K`.
  var bias: Tensor?

  var outputCount: Int { weight.shape[0] }
}
