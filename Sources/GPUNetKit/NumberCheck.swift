public import BinaryInput
import NetworkProgram
import GPUNetValidation

/// Whether the numbers of a network are ones that it can have been trained to.
struct NumberCheck {
  /// What is wrong with them.
  let findings: [NumberFinding]

  /// Looks at every parameter.
  ///
  /// - Throws: `io.memory`.
  init(_ network: Network) throws(ReadError) {
    findings = try network.numberFindings()
  }

  /// Whether some parameter is no finite number.
  var isNonfinite: Bool { findings.contains(where: \.isNonfinite) }

  /// Makes sure that all are numbers, or that this was said not to matter.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - isOfGraph: Whether the parameters are constants of a graph, which its nodes may unpack.
  ///   - allowsNonfinite: Whether NaN and infinities may be.
  /// - Throws: A ``Rejection`` with `network.numbers` that names every parameter.
  func require(path: String, isOfGraph: Bool, allowsNonfinite: Bool = false) throws {
    let refused = findings.filter { !(allowsNonfinite && $0.isNonfinite) }
    guard let first = refused.first else { return }
    let cause =
      first.isNonfinite
      ? "usually training diverged, or values overflowed in half precision"
        + (isOfGraph
          ? ", or the scale of packed weights is none: export it again"
          : ": take an earlier checkpoint")
      : "usually the file is damaged or was edited: take another checkpoint"
    throw Rejection(
      ReadError(
        .networkNumbers, "parameters hold numbers that no trained network has", path: [path],
        expected: "finite numbers, and variances of 0 or more", found: "\(first)", advice: cause,
        remedy: first.isNonfinite ? .allowNonfinite : nil),
      reasons: refused.map(\.description))
  }
}

extension ErrorCode {
  /// Parameters hold NaNs, infinities, or negative variances.
  public static let networkNumbers = ErrorCode("network.numbers", .negative)
}

extension Remedy {
  /// Numbers that are none may be converted, without a proof.
  public static let allowNonfinite = Remedy(
    "allow-nonfinite", "ask for it to be converted all the same")
}
