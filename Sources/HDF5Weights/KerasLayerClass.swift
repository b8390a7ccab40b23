/// What a layer of Keras does with its kernels, by its class.
enum KerasLayerClass {
  case convolution(axisCount: Int)
  case transposedConvolution(axisCount: Int)
  case depthwise(axisCount: Int)
  case separable(axisCount: Int)
  case dense
  /// Its arrays are no kernels.
  case other

  /// The class of that name, or nil for one whose kernels nobody here knows.
  init?(named name: String) {
    guard let known = KerasLayerClass.table[name] else { return nil }
    self = known
  }

  /// The class that a group of a Keras 3 file is named after: `depthwise_conv2d_1`.
  init?(groupNamed name: String) {
    let words = name.split(separator: "_", omittingEmptySubsequences: false)
    let isNumbered =
      words.count > 1 && words.last.map { !$0.isEmpty && $0.allSatisfy(\.isNumber) } ?? false
    let base = (isNumbered ? words.dropLast() : words[...]).joined(separator: "_")
    guard
      let known = KerasLayerClass.table.first(where: { KerasLayerClass.snakeCase($0.key) == base })
    else { return nil }
    self = known.value
  }

  private static let table: [String: KerasLayerClass] = [
    "Conv1D": .convolution(axisCount: 1), "Conv2D": .convolution(axisCount: 2),
    "Conv3D": .convolution(axisCount: 3),
    "Conv1DTranspose": .transposedConvolution(axisCount: 1),
    "Conv2DTranspose": .transposedConvolution(axisCount: 2),
    "Conv3DTranspose": .transposedConvolution(axisCount: 3),
    "DepthwiseConv1D": .depthwise(axisCount: 1), "DepthwiseConv2D": .depthwise(axisCount: 2),
    "SeparableConv1D": .separable(axisCount: 1), "SeparableConv2D": .separable(axisCount: 2),
    "Dense": .dense, "Embedding": .other, "BatchNormalization": .other,
    "LayerNormalization": .other, "GroupNormalization": .other, "Normalization": .other,
    "PReLU": .other,
    // What these keep has an order of its own, which PyTorch has nothing for.
    "LSTM": .other, "GRU": .other, "SimpleRNN": .other, "LSTMCell": .other, "GRUCell": .other,
    "SimpleRNNCell": .other, "RNN": .other, "Bidirectional": .other, "EinsumDense": .other,
    "MultiHeadAttention": .other,
  ]

  /// As Keras names groups: `DepthwiseConv2D` is `depthwise_conv2d`.
  private static func snakeCase(_ name: String) -> String {
    let letters = Array(name)
    var result = ""
    for (index, letter) in letters.enumerated() {
      // A word begins where a capital stands before a small letter, or behind one.
      if letter.isUppercase, index > 0 {
        let next = index + 1 < letters.count && letters[index + 1].isLowercase
        let previous = letters[index - 1].isLowercase
        if previous || next { result += "_" }
      }
      result += letter.lowercased()
    }
    return result
  }

  /// The order of the kernel of that name, or of the first array (`0`) and the second (`1`).
  ///
  /// - Parameters:
  ///   - name: `kernel`, `depthwise_kernel`, `pointwise_kernel`, or a number.
  ///   - rank: The number of axes; one that does not belong to the class makes the order unknown.
  /// - Returns: The order, kept for arrays that are no kernels.
  func order(of name: String, rank: Int) -> KernelOrder {
    switch self {
    case .convolution(let count), .transposedConvolution(let count):
      guard ["kernel", "0"].contains(name) else { return .kept }
      return rank == count + 2 ? .spaceFirst : .unknown
    case .depthwise(let count):
      guard ["kernel", "depthwise_kernel", "0"].contains(name) else { return .kept }
      return rank == count + 2 ? .depthwise : .unknown
    case .separable(let count):
      switch name {
      case "depthwise_kernel", "0": return rank == count + 2 ? .depthwise : .unknown
      case "pointwise_kernel", "1": return rank == count + 2 ? .spaceFirst : .unknown
      default: return .kept
      }
    case .dense:
      guard ["kernel", "0"].contains(name) else { return .kept }
      return rank == 2 ? .spaceFirst : .unknown
    case .other: return .kept
    }
  }
}
