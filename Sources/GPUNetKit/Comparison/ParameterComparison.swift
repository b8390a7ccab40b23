import BinaryInput
import NetworkProgram
import TensorData
public import TensorMeasures

/// How the parameters of two networks with one architecture differ, by the names that the published
/// code has, whatever the files call them; norms that are folded on one side are folded on the other,
/// too.
public struct ParameterComparison: Sendable {
  /// A tensor that still differs.
  public struct Differing: Hashable, Sendable {
    /// The name of the parameter, as the published code has it.
    public let name: String
    /// How far the two are apart; not at all where only their types differ.
    public let difference: TensorDifference
  }

  /// The number of parameters.
  public let count: Int
  /// Whether norms were folded on one side for the comparison.
  public let foldsNorms: Bool
  /// Those that differ, in the order of the network.
  public let differing: [Differing]

  /// Compares; nil where a network does not fit its architecture, or has other parameters.
  ///
  /// - Throws: What reading throws, where the system failed.
  init?(_ left: IdentifiedNetwork, _ right: IdentifiedNetwork) throws {
    var (left, right) = (left, right)
    // A graph does not say what the published code calls its layers.
    if right.source.lifted != nil {
      right.architecture = left.architecture
    } else if left.source.lifted != nil {
      left.architecture = right.architecture
    }
    foldsNorms = left.source.form != right.source.form
    guard let one = try ParameterComparison.network(left, isFolded: foldsNorms),
      let other = try ParameterComparison.network(right, isFolded: foldsNorms),
      one.parameters.names == other.parameters.names
    else { return nil }
    var differing: [Differing] = []
    for (name, tensor) in one.parameters {
      guard let counterpart = other.parameters[name], tensor.shape == counterpart.shape,
        let difference = try TensorDifference(from: tensor, to: counterpart)
      else { return nil }
      if !difference.isNone || tensor.elementType != counterpart.elementType {
        differing.append(Differing(name: name, difference: difference))
      }
    }
    count = one.parameters.count
    self.differing = differing
  }

  private static func network(
    _ network: IdentifiedNetwork, isFolded: Bool
  ) throws -> Network? {
    do {
      let whole = try network.network(allowsUnused: true)
      return isFolded && whole.form == .separate ? try whole.folded() : whole
    } catch let error as ReadError where error.code.kind == .inputOutput {
      throw error
    } catch {
      return nil
    }
  }
}
