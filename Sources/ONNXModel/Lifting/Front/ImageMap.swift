/// Images made of other images by scaling and shifting each channel, and by putting channels and axes
/// in another order.
struct ImageMap {
  /// What the axes of the images are that these are made of.
  let axes: [GraphFront.Axis]
  /// How many channels those have.
  let inputChannelCount: Int
  /// For each channel the one that it is made of.
  let channelOrder: [Int]
  /// What each channel is multiplied by.
  let scale: [Double]
  /// What is added then.
  let shift: [Double]

  /// Why elements that are single elements of another value, scaled and shifted, are no such images.
  struct Misfit: Error {
    let found: String
  }

  /// Finds the order of channels and axes.
  ///
  /// - Parameters:
  ///   - elements: What each element of the images is made of.
  ///   - shape: The shape of the images, `N×C×H×W`.
  ///   - inputShape: The shape of what they are made of; the batch may be missing.
  /// - Throws: A ``Misfit`` where the images are something else.
  init(_ elements: ElementMap, shape: [Int], inputShape: [Int]) throws(Misfit) {
    let area = shape[2] * shape[3]
    var channels = [(scale: Double, shift: Double)?](repeating: nil, count: shape[1])
    for (index, (scale, shift)) in zip(elements.scale, elements.shift).enumerated() {
      let channel = index / area % shape[1]
      guard let first = channels[channel] else {
        channels[channel] = (scale, shift)
        continue
      }
      let size = abs(first.scale) + abs(first.shift)
      guard abs(scale - first.scale) <= 1e-9 * size, abs(shift - first.shift) <= 1e-9 * size else {
        throw Misfit(found: "a number of its own for each pixel, as a mean image has")
      }
    }
    let numbers = channels.compactMap(\.self)
    guard numbers.allSatisfy({ $0.scale > 0 && $0.scale.isFinite && $0.shift.isFinite }) else {
      throw Misfit(found: "factors that are not positive: \(numbers.map(\.scale).prefix(8))")
    }
    scale = numbers.map(\.scale)
    shift = numbers.map(\.shift)
    let places = Places(sources: elements.sources, shape: shape, inputShape: inputShape)
    for axes in ImageMap.arrangements where axes.count == inputShape.count {
      guard let order = places.channelOrder(axes) else { continue }
      self.axes = axes
      channelOrder = order
      inputChannelCount = axes.firstIndex(of: .channels).map { inputShape[$0] } ?? 0
      return
    }
    throw Misfit(found: places.description)
  }

  /// The orders that the axes of an image may have, those of a network first.
  private static let arrangements: [[GraphFront.Axis]] = {
    func orders(_ rest: [GraphFront.Axis]) -> [[GraphFront.Axis]] {
      rest.isEmpty
        ? [[]]
        : rest.indices.flatMap { index in
          var others = rest
          let first = others.remove(at: index)
          return orders(others).map { [first] + $0 }
        }
    }
    return orders(GraphFront.Axis.network) + orders([.channels, .height, .width])
  }()

  /// Where the elements of an image come from.
  private struct Places {
    let sources: [Int]
    let shape: [Int]
    let inputShape: [Int]

    /// The channels in order, if the axes of the input are these; nil where they are not.
    func channelOrder(_ axes: [GraphFront.Axis]) -> [Int]? {
      let strides = shape.rowMajorStrides
      let inputStrides = inputShape.rowMajorStrides
      var order = [Int?](repeating: nil, count: shape[1])
      for (inputAxis, axis) in axes.enumerated() {
        let place = GraphFront.Axis.network.firstIndex(of: axis) ?? 0
        if axis != .channels, inputShape[inputAxis] != shape[place] { return nil }
        let (stride, extent) = (strides[place], shape[place])
        let (inputStride, inputExtent) = (inputStrides[inputAxis], inputShape[inputAxis])
        for (element, source) in sources.enumerated() {
          let index = element / stride % extent
          let found = source / inputStride % inputExtent
          if axis != .channels {
            guard found == index else { return nil }
          } else if let known = order[index] {
            guard found == known else { return nil }
          } else {
            order[index] = found
          }
        }
      }
      if !axes.contains(.batch), shape[0] != 1 { return nil }
      let channels = order.compactMap(\.self)
      return channels.count == shape[1] ? channels : nil
    }

    /// What became of the images, for messages.
    var description: String {
      let strides = shape.rowMajorStrides
      let inputStrides = inputShape.rowMajorStrides
      for (axis, name) in [(2, "rows"), (3, "columns")] where shape[axis] > 1 {
        // The input's axis along which a step in this direction leads.
        let distance = sources[strides[axis]] - sources[0]
        if inputStrides.contains(-distance), inputShape.contains(shape[axis]) {
          return "\(name) in the opposite order"
        }
      }
      return "images \(inputShape) become \(shape), not each pixel once and in place"
    }
  }
}
