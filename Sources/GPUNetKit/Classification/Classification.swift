import Glibc

/// One class that a network sees in a picture.
public struct Classification: Hashable, Sendable {
  /// The index of the class.
  public let index: Int
  /// What it is called; nil where that is not known.
  public let name: String?
  /// How probable it is among all classes, 0…1.
  public let probability: Float

  /// States all of it.
  public init(index: Int, name: String?, probability: Float) {
    self.index = index
    self.name = name
    self.probability = probability
  }

  /// The name, or the index where there is none.
  public var title: String { name ?? "class \(index)" }

  /// The probability in percent with one decimal place, as the original helper prints it: `94.5%`.
  public var percentage: String {
    // Ten times a number of 24 bits is exact, so that this is the nearest one of all.
    let tenths = Int((Double(100 * probability) * 10).rounded(.toNearestOrEven))
    return "\(tenths / 10).\(tenths % 10)%"
  }
}

extension Classification {
  /// The most probable classes, best first; of equal ones the one with the lower index first.
  ///
  /// - Parameters:
  ///   - logits: What a network answers to one picture.
  ///   - count: How many are wanted.
  ///   - names: The names of all classes; nil where they have none.
  /// - Returns: As many classes as are wanted and there are.
  static func best(of logits: Span<Float>, count: Int, names: [String]?) -> [Classification] {
    var largest = -Float.infinity
    for index in logits.indices { largest = max(largest, logits[index]) }
    var probabilities = [Double](repeating: 0, count: logits.count)
    var sum = 0.0
    for index in logits.indices {
      probabilities[index] = exp(Double(logits[index] - largest))
      sum += probabilities[index]
    }
    let order = probabilities.indices.sorted {
      probabilities[$0] > probabilities[$1]
        || probabilities[$0] == probabilities[$1] && $0 < $1
    }
    return order.prefix(count).map {
      Classification(index: $0, name: names?[$0], probability: Float(probabilities[$0] / sum))
    }
  }
}
