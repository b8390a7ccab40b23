import TensorData

/// A module beside a network, or beside one that the network is in: tensors whose paths go the same
/// way and one part more than the network's own.
struct Sibling {
  /// The tensors, in the order of the file, with their paths as far as they are not the network's.
  private var tensors: [(path: String, entry: TensorGroup.Entry)] = []
  /// Whether it stands in the state dict that the network is in.
  private let isBeside: Bool

  /// The most tensors of a module that scales something.
  private static let scaleTensorCount = 8
  /// The most channels of an image in front of layers that make the network's input of it.
  private static let imageChannelCount = 16
  /// What norms call their tensors.
  private static let normNames: Set<Substring> = [
    "weight", "bias", "running_mean", "running_var", "num_batches_tracked",
  ]

  init(isBeside: Bool) {
    self.isBeside = isBeside
  }

  mutating func append(_ entry: TensorGroup.Entry, path: String) {
    tensors.append((path, entry))
  }

  /// The tensor that shows where the module may act on what a network computes, and where; nil where
  /// none does.
  ///
  /// - Parameters:
  ///   - classCount: How many numbers the network gives.
  ///   - channelCount: How many channels it takes.
  ///   - widths: How many channels its layers have, which what stands behind one of them takes.
  /// - Returns: The tensor's path and where it may act.
  func connection(
    classCount: Int, channelCount: Int, widths: Set<Int>
  ) -> (path: String, connection: Bystander.Connection)? {
    let words = tensors.first.map { PathWords.words(of: $0.path) } ?? []
    guard !words.contains(where: { PathWords.teacher.contains($0) }) else { return nil }
    if isBeside, tensors.count <= Sibling.scaleTensorCount,
      let scale = tensors.first(where: { isScale($0.path, $0.entry, classCount) })
    {
      return (scale.path, .scale)
    }
    let matrices = tensors.filter { Sibling.isMatrix($0.path, $0.entry) }
    guard let first = matrices.first, let last = matrices.last, let inner = first.entry.shape,
      let outer = last.entry.shape
    else {
      return normed(classCount).map { ($0, .behindLogits(classCount: classCount)) }
        ?? normed(channelCount).map { ($0, .beforeInput(channelCount: channelCount)) }
    }
    if inner[1] == classCount, inner[2...].allSatisfy({ $0 == 1 }) {
      return (first.path, .behindLogits(classCount: classCount))
    }
    let makesInput =
      outer[0] == channelCount && inner[1] <= Sibling.imageChannelCount
      && (inner[1] == channelCount || !widths.contains(inner[1]))
      && (outer.count == 4 || outer == [channelCount, channelCount])
    return makesInput ? (last.path, .beforeInput(channelCount: channelCount)) : nil
  }

  /// The tensor of a norm, or of a sum, of so many numbers, where the module is no more than that.
  private func normed(_ count: Int) -> String? {
    let vectors = tensors.filter { $0.entry.shape?.count == 1 }
    let names = Set(vectors.map { $0.path.split(separator: ".").last ?? "" })
    guard count > 1, vectors.allSatisfy({ $0.entry.shape == [count] }),
      tensors.allSatisfy({ $0.entry.shape?.count ?? 2 <= 1 }),
      names.isSubset(of: Sibling.normNames), names.contains("bias") || names.contains("running_var")
    else { return nil }
    return vectors.first?.path
  }

  /// Whether it multiplies or shifts all logits, or each, or is a matrix of them, by its name.
  private func isScale(
    _ path: String, _ entry: TensorGroup.Entry, _ classCount: Int
  ) -> Bool {
    let last = path.split(separator: ".").last.map(String.init) ?? ""
    let count = entry.shape?.reduce(1, *)
    return [1, classCount, classCount * classCount].contains(count)
      && entry.elementType?.isFloatingPoint ?? false
      && !PathWords.areTrainings(PathWords.words(of: path))
      && (PathWords.scales.contains(PathWords.words(of: last))
        || PathWords.words(of: path).contains { PathWords.calibration.contains($0) })
  }

  /// Whether it is a layer's matrix or kernel, kept as a whole or in parts.
  static func isMatrix(_ path: String, _ entry: TensorGroup.Entry) -> Bool {
    let last = path.split(separator: ".").last ?? ""
    guard let shape = entry.shape, (2...4).contains(shape.count) else { return false }
    return last == "weight" || last.hasPrefix("weight_") && !last.hasSuffix("_g") || last == "W"
      || last == "kernel" || path.hasSuffix(".parametrizations.weight.original")
      || path.hasSuffix(".parametrizations.weight.original1")
  }
}
