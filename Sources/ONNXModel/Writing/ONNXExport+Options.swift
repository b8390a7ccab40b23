public import NetworkProgram
public import TensorData

extension ONNXExport {
  /// How a network is written.
  public struct Options: Hashable, Sendable {
    /// The version of the standard's operators that the nodes mean: one of ``opsets``.
    public var opset = Options.defaultOpset
    /// Where the batch norms of the written graph are.
    public var form: NormalizationForm
    /// The type of the weights and of what is computed; nil for the source's own, which becomes
    /// ``ElementType/f32`` where it is mixed or one that convolutions do not have.
    ///
    /// Input and output of the graph are of 32 bits whatever this is.
    public var elementType: ElementType?
    /// Whether images of any height and width can be given, and not only of the architecture's.
    public var hasDynamicSize = false
    /// Where the weights are.
    public var weights = WeightPlace.inside

    /// Where the weights of an ONNX file are.
    public enum WeightPlace: Hashable, Sendable {
      /// In the model's file, which has at most 2 GiB.
      case inside
      /// In a file of this name beside the model's.
      case beside(fileName: String)
      /// In the model's file, or where it would be too large, in a file of this name beside it.
      case insideUnlessTooLarge(fileName: String)
    }

    /// The version that is written where nobody asks for another.
    public static let defaultOpset = 17

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
