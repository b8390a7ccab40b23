import BinaryInput
import GPUNetIR

extension Architecture {
  /// Refuses layers that do not follow from each other: other channels than the layer before
  /// gives, or, at the network's resolution, a map that is smaller than a kernel or another than
  /// the one that a block adds to it.
  ///
  /// - Throws: `gpw.network`.
  func requireFit() throws(ReadError) {
    var shape = FeatureShape(
      channels: entries[0].layer.inputChannels, height: resolution.height, width: resolution.width)
    for program in programs(.folded) {
      let layer = program.layer
      guard layer.inputChannels == shape.channels else {
        throw ReadError(
          .gpwNetwork, "the layer takes other channels than it is given",
          path: [GPWKey.layers, layer.description], expected: "i\(shape.channels)",
          found: "i\(layer.inputChannels)")
      }
      guard var output = program.outputShape(shape) else {
        throw ReadError(
          .gpwNetwork, "the map is smaller than the kernel",
          path: [GPWKey.layers, layer.description],
          expected: "a larger one at \(resolution) px", found: "\(shape)")
      }
      guard !layer.hasResidual || output == shape else {
        throw ReadError(
          .gpwNetwork, "the block cannot add its input to its output",
          path: [GPWKey.layers, layer.description], expected: "\(shape)", found: "\(output)")
      }
      // The classifier's outputs are no channels.
      output.channels = layer.outputChannels
      shape = output
    }
  }
}
