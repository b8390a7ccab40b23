public import BinaryInput
import Glibc

extension GraphTail {
  /// What the graph's output has to be for an image's logits, row-major.
  ///
  /// Written apart from the interpreter's operators, which it is compared with.
  public func values(of logits: [Double]) -> [Double] {
    operations.reduce(logits) { $1.values(of: $0) }
  }

  /// By how much an output may differ from what it should be, as a part of that.
  private static let tolerance = 1e-10

  /// Makes sure that an output of the graph is what its operations make of the logits.
  ///
  /// - Parameters:
  ///   - answers: The output, row-major.
  ///   - logits: The logits of all images.
  ///   - imageCount: How many those are.
  /// - Throws: `onnx.lifting`.
  public func requireAgreement(
    of answers: [Double], logits: [Double], imageCount: Int
  ) throws(ReadError) {
    let what = operations.map(\.description).joined(separator: ", then ")
    let classCount = logits.count / max(imageCount, 1)
    let expected = (0..<imageCount).flatMap { image in
      values(of: Array(logits[(image * classCount)..<((image + 1) * classCount)]))
    }
    // A NaN is near to nothing.
    let misfit = zip(answers, expected).first {
      !(abs($0 - $1) <= GraphTail.tolerance * max(abs($1), .leastNormalMagnitude) || $0 == $1)
    }
    guard answers.count == expected.count, misfit == nil else {
      throw ReadError(
        .onnxLifting,
        "an output of the graph is not what it makes of the logits of each image"
          + (what.isEmpty ? "" : " by \(what)"), path: ["output '\(output)'"],
        expected: misfit.map { "\($0.1)" } ?? "\(expected.count) numbers",
        found: misfit.map { "\($0.0)" } ?? "\(answers.count)",
        advice: "check the axis of what follows the classifier, or export the network without it")
    }
  }
}

extension GraphTail.Operation {
  fileprivate func values(of values: [Double]) -> [Double] {
    switch self {
    case .softmax:
      let powers = shifted(values).map { exp($0) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    case .logSoftmax:
      let differences = shifted(values)
      let logarithm = log(differences.map { exp($0) }.reduce(0, +))
      return differences.map { $0 - logarithm }
    case .sigmoid: return values.map { exp(-log1p(exp(-$0))) }
    case .greatest: return values.max().map { [$0] } ?? []
    case .argMax(let takesLast):
      guard let greatest = values.max(),
        let place = takesLast
          ? values.lastIndex(of: greatest) : values.firstIndex(of: greatest)
      else { return [] }
      return [Double(place)]
    case .top(let count, let isLargest):
      return ranking(values, isLargest).prefix(max(count, 0)).map { values[$0] }
    case .topPlaces(let count, let isLargest):
      return ranking(values, isLargest).prefix(max(count, 0)).map { Double($0) }
    }
  }

  /// The differences to the greatest value.
  private func shifted(_ values: [Double]) -> [Double] {
    let greatest = values.max() ?? 0
    return values.map { $0 - greatest }
  }

  /// The places of values in order; of equal ones the first comes first.
  private func ranking(_ values: [Double], _ isLargest: Bool) -> [Int] {
    values.indices.map { (isLargest ? -values[$0] : values[$0], $0) }.sorted { $0 < $1 }.map(\.1)
  }
}
