import BinaryInput
import NetworkProgram

extension Program {
  /// Refuses steps that cannot follow each other.
  ///
  /// - Throws: `gpw.network` with the first that does not fit.
  func requireFit() throws(ReadError) {
    var shape = input
    var hasMean = false
    for layer in layers {
      let entering = shape
      for (step, operation) in layer.operations.enumerated() {
        func misfit(_ what: String, _ expected: String, _ found: String) -> ReadError {
          // A label may be empty.
          ReadError(
            .gpwNetwork, what,
            path: ["layer \(layer.index + 1)", layer.label.text, "step \(step + 1)"]
              .filter { !$0.isEmpty },
            expected: expected, found: found)
        }
        let before = step > 0 ? layer.operations[step - 1] : nil
        let channels = operation.inputChannels ?? shape.channels
        guard channels == shape.channels else {
          throw misfit(
            "the step takes other channels than it is given", "\(shape.channels)", "\(channels)")
        }
        switch operation {
        case .convolution(let convolution):
          guard layer.index > 0 || step > 0 || convolution.groups == 1 else {
            throw misfit("the first convolution is divided", "one group", "\(convolution.groups)")
          }
        case .activation:
          guard before?.isConvolution ?? false else {
            throw misfit(
              "an activation has nothing to act on", "a convolution before it",
              "\(before?.title ?? "nothing in its layer")")
          }
        case .residual:
          guard layer.index > 0, before?.isConvolution ?? false || before?.isActivation ?? false
          else {
            throw misfit(
              "a residual has nothing to be added to",
              "a convolution or activation before it, in a layer that is not the first",
              "\(before?.title ?? "nothing in its layer")")
          }
          guard shape == entering else {
            throw misfit(
              "the layer cannot add its input to its output", "\(entering)", "\(shape)")
          }
        case .squeezeExcite:
          // A runtime may scale a map where it lies, which must not be what a residual adds.
          guard step > 0 else {
            throw misfit(
              "a squeeze-excite is the first step of its layer", "a step before it", "nothing")
          }
        case .globalAveragePool:
          guard layer.index > 0 || step > 0 else {
            throw misfit("the program does not begin with a convolution", "one", operation.title)
          }
          hasMean = true
        case .linear:
          guard layer.index == layers.count - 1, step == layer.operations.count - 1,
            layer.index > 0 || step > 0
          else {
            throw misfit("a classifier is not the last step", "the end of the program", "a step")
          }
          // Behind a mean, maps have the same size whatever the image's.
          guard hasMean, shape.height == 1, shape.width == 1 else {
            throw misfit(
              "a classifier takes a map", "one element a channel at every size, behind a mean",
              hasMean ? "\(shape)" : "\(shape) without a mean")
          }
        }
        guard let output = operation.outputShape(shape) else {
          throw misfit(
            "the map is smaller than the kernel", "a larger one at \(resolution) px", "\(shape)")
        }
        guard max(output.height, output.width) <= GPWLayout.maximumMapSide else {
          throw misfit(
            "the map is too large", "at most \(GPWLayout.maximumMapSide) rows and columns",
            "\(output)")
        }
        shape = output
      }
    }
    guard case .linear? = layers.last?.operations.last else {
      throw ReadError(
        .gpwNetwork, "the program does not end with a classifier",
        path: ["layer \(layers.count)"], expected: "one as its last step",
        found: layers.last?.operations.last?.title ?? "nothing")
    }
  }
}

extension NetworkProgram.Operation {
  /// The channels that it takes; nil for a step that takes any.
  fileprivate var inputChannels: Int? {
    switch self {
    case .convolution(let convolution): convolution.inputChannels
    case .squeezeExcite(let excite): excite.reduce.inputChannels
    case .linear(let linear): linear.inputFeatures
    case .activation, .residual, .globalAveragePool: nil
    }
  }

  fileprivate var isConvolution: Bool {
    if case .convolution = self { true } else { false }
  }

  fileprivate var isActivation: Bool {
    if case .activation = self { true } else { false }
  }

  fileprivate var title: String {
    switch self {
    case .convolution: "a convolution"
    case .activation: "an activation"
    case .squeezeExcite: "a squeeze-excite"
    case .residual: "a residual"
    case .globalAveragePool: "a mean"
    case .linear: "a classifier"
    }
  }
}
