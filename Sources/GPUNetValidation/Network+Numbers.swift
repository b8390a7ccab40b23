public import BinaryInput
public import NetworkProgram
import TensorData

/// A parameter with numbers that no trained network has: NaNs, infinities, or negative variances.
public struct NumberFinding: Hashable, Sendable {
  /// The full name of the parameter.
  public let name: String
  /// How many elements it has.
  public let elementCount: Int
  /// How many of them are NaN.
  public let nanCount: Int
  /// How many are infinite.
  public let infiniteCount: Int
  /// How many are below 0 where they are variances.
  public let negativeVarianceCount: Int
  /// The index along the first axis of the first such element.
  public let firstChannel: Int

  /// Whether some element is no finite number.
  public var isNonfinite: Bool { nanCount + infiniteCount > 0 }
}

extension NumberFinding: CustomStringConvertible {
  /// One line: the parameter, what and how many, and where the first is.
  public var description: String {
    let counts = [
      (nanCount, "NaN (not a number)"), (infiniteCount, "infinite"),
      (negativeVarianceCount, "negative, as no variance can be"),
    ]
    let text = counts.filter { $0.0 > 0 }.map { "\($0.0) \($0.0 == 1 ? "is" : "are") \($0.1)" }
      .joined(separator: ", ")
    return "\(name): of \(elementCount) numbers, \(text), first in channel \(firstChannel)"
  }
}

extension Network {
  /// Every parameter with numbers that no trained network has, in state-dict order.
  ///
  /// - Throws: `io.memory` where a strided tensor cannot be gathered.
  /// - Complexity: O(*n*) in the number of elements.
  public func numberFindings() throws(ReadError) -> [NumberFinding] {
    var findings: [NumberFinding] = []
    for specification in program.parameters {
      guard let tensor = self[specification.slot] else { continue }
      // Few parameters are variances, and few networks have anything to be looked at twice.
      let isVariance = specification.role == .runningVariance
      if !isVariance, try tensor.isFinite() { continue }
      let finding = NumberFinding(
        specification.name, try tensor.doubles(), rowCount: tensor.shape.first ?? 1,
        isVariance: isVariance)
      if let finding { findings.append(finding) }
    }
    return findings
  }
}

extension NumberFinding {
  /// Looks at every element; nil where all are right.
  fileprivate init?(_ name: String, _ values: [Double], rowCount: Int, isVariance: Bool) {
    func isWrong(_ value: Double) -> Bool { !value.isFinite || isVariance && value < 0 }
    guard let first = values.firstIndex(where: isWrong) else { return nil }
    self.name = name
    elementCount = values.count
    nanCount = values.count(where: \.isNaN)
    infiniteCount = values.count(where: \.isInfinite)
    negativeVarianceCount = isVariance ? values.count { $0 < 0 && $0.isFinite } : 0
    firstChannel = first / max(values.count / max(rowCount, 1), 1)
  }
}
