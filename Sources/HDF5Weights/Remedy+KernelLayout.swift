public import BinaryInput

extension Remedy {
  /// Whoever knows how kernels are laid out says it.
  public static let stateKernelLayout = Remedy(
    "state-kernel-layout", "say whether kernels are H×W×I×O or O×I×H×W")
}
