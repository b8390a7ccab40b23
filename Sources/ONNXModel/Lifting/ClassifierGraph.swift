public import NetworkProgram

/// A graph as a classifier of images: where in it a network begins and ends, and what stands around
/// the network.
public struct ClassifierGraph: Sendable {
  /// A file whose graph computes the same and gives the logits first, and then all that is made of
  /// them; without functions, branches, and what only training asks for.
  public let file: ONNXFile
  /// What is done with the input before the network; nil where it is the network's own.
  public let front: GraphFront?
  /// The only size of images that the graph takes; nil where it takes others.
  public let onlyResolution: Resolution?
  /// The name of the logits among the outputs of ``file``.
  public let logitsName: String
  /// What is made of the logits, in the order of the graph's outputs.
  public let tails: [GraphTail]

  init(_ trace: GraphTrace) {
    front = trace.front
    tails = trace.tails
    onlyResolution =
      trace.front?.fixesSize == true
      ? Resolution(input: trace.flat.graph.freeInputs[0], axes: trace.front?.axes) : nil
    let name = trace.steps[trace.output].valueName
    logitsName = name
    var file = trace.flat
    let others = trace.tails.map(\.output).filter { $0 != name }
    file.graph = file.graph.restricted(to: ([name] + others).map { ONNXValue($0) })
    self.file = file
  }
}
