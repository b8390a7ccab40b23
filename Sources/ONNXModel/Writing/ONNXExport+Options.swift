public import GPUNetIR
public import TensorData

extension ONNXExport {
  /// How a network is written.
  public struct Options: Hashable, Sendable {
    /// The version of the standard's operators that the nodes mean: one of ``opsets``.
    public var opset = 17
    /// Where the batch norms of the written graph are.
    public var form: NormalizationForm
    /// The type of the weights and of what is computed; nil for the source's own, which becomes
    /// ``ElementType/f32`` where it is mixed or one that convolutions do not have.
    ///
    /// Input and output of the graph are of 32 bits whatever this is.
    public var elementType: ElementType?
    /// Whether images of any height and width can be given, and not only of the architecture's.
    public var hasDynamicSize = false
    /// The name of the file beside the model's that the weights are written to; nil where they are
    /// inside the model's file.
    public var externalDataName: String?

    /// The versions of the operators that can be written.
    public static let opsets = 10...21

    /// Creates options for weights inside the file, for the architecture's resolution.
    public init(form: NormalizationForm) {
      self.form = form
    }

    /// The version of the format that came with these operators.
    var irVersion: Int {
      switch opset {
      case ...10: 5
      case 11: 6
      case 12...14: 7
      case 15...18: 8
      case 19...20: 9
      default: 10
      }
    }
  }
}
