import BinaryInput

/// What becomes of the graph's input on its way to the first layer: a number for each channel that
/// it is multiplied by and one that is added, the channels in another order, the axes in another
/// order.
///
/// Which axis has the channels is known at the end only, where the network begins.
struct FrontTrace: Hashable {
  /// What is done with a channel; the results are `scale · input + shift`.
  struct Channel: Hashable {
    /// The input's channel; nil where all have the same numbers and stay in order.
    var source: Int?
    var scale: Double
    var shift: Double
  }

  /// The type that the input has.
  let inputType: ONNXDataType?
  /// The extents of the input, as far as they are stated.
  let extents: [Int?]
  /// The type that the value has.
  private(set) var type: ONNXDataType?
  /// For each axis of the value the one of the input; nil for one that was added.
  private(set) var axes: [Int?]
  /// The input's axis along which channels were told apart.
  private(set) var channelAxis: Int?
  private(set) var channels = [Channel(source: nil, scale: 1, shift: 0)]

  /// The most places along an axis that are told apart.
  static let maximumChannelCount = 4096

  /// The input as it is given.
  init(of input: ONNXValue) {
    inputType = input.dataType
    type = input.dataType
    // Where nothing is stated, images have the usual axes.
    let shape = input.shape ?? [.unknown, .unknown, .unknown, .unknown]
    extents = shape.map { if case .count(let count) = $0 { count } else { nil } }
    axes = Array(shape.indices)
  }

  /// What cannot be part of the way, as a phrase about what would be.
  struct Misfit: Error {
    let expected: String

    init(_ expected: String) {
      self.expected = expected
    }
  }

  /// Whether the value has floating-point numbers; nothing is computed with others.
  func requireNumbers() throws(Misfit) {
    guard type?.isFloatingPoint ?? true else {
      throw Misfit("a cast to floating-point numbers before any arithmetic")
    }
  }

  mutating func cast(to type: ONNXDataType?) throws(Misfit) {
    guard let type, type.isFloatingPoint || type.isInteger,
      type.isFloatingPoint || !(self.type?.isFloatingPoint ?? true)
    else { throw Misfit("a cast to floating-point numbers") }
    self.type = type
  }

  mutating func transpose(_ order: [Int]?) throws(Misfit) {
    let order = order ?? axes.indices.reversed()
    guard order.sorted() == Array(axes.indices) else { throw Misfit("an order of the axes") }
    axes = order.map { axes[$0] }
  }

  /// Adds axes of one element.
  mutating func insert(_ places: [Int]) throws(Misfit) {
    let rank = axes.count + places.count
    let wanted = Set(places.map { $0 < 0 ? $0 &+ rank : $0 })
    guard rank <= 8, wanted.count == places.count, wanted.allSatisfy({ (0..<rank).contains($0) })
    else { throw Misfit("axes of one element") }
    var rest = axes[...]
    // A channel that was taken out comes back where an axis is put in.
    let missing = axes.contains(channelAxis) ? nil : channelAxis
    axes = (0..<rank).map { place in
      wanted.contains(place) ? (wanted.count == 1 ? missing : nil) : rest.removeFirst()
    }
  }

  /// Combines every element with a constant that is repeated to its shape.
  mutating func combine(
    shape: [Int], _ numbers: [Double], _ change: (inout Channel, Double) -> Void
  ) throws(Misfit) {
    try requireNumbers()
    guard shape.count <= 8, numbers.count == shape.reduce(1, *), !numbers.isEmpty else {
      throw Misfit("a number for all, or one for each channel")
    }
    if shape.count > axes.count {
      axes = [Int?](repeating: nil, count: shape.count - axes.count) + axes
    }
    guard numbers.count > 1 else {
      for index in channels.indices { change(&channels[index], numbers[0]) }
      return
    }
    let places = shape.indices.filter { shape[$0] > 1 }
    guard places.count == 1, let place = places.first else {
      throw Misfit("a number for all, or one for each channel")
    }
    try tellApart(place + axes.count - shape.count, numbers.count)
    for (index, number) in numbers.enumerated() { change(&channels[index], number) }
  }

  /// Takes places along an axis, in an order; the axis may be taken out with the one that is taken.
  mutating func select(
    _ place: Int, removesAxis: Bool = false, _ choose: (_ count: Int) -> [Int]?
  ) throws(Misfit) {
    let place = place < 0 ? place &+ axes.count : place
    guard axes.indices.contains(place), let axis = axes[place] else {
      throw Misfit("an axis of the graph's input")
    }
    // Pictures have three channels, where no more is said.
    let count = axis == channelAxis ? channels.count : extents[axis] ?? 3
    guard let chosen = choose(count), !chosen.isEmpty,
      chosen.allSatisfy({ (0..<count).contains($0) })
    else { throw Misfit("channels of the graph's input") }
    if chosen == Array(0..<count), !removesAxis { return }
    try tellApart(place, count)
    channels = chosen.map { channels[$0] }
    if removesAxis {
      guard channels.count == 1 else { throw Misfit("one channel") }
      axes.remove(at: place)
    }
  }

  /// Gives every place along an axis numbers of its own.
  private mutating func tellApart(_ place: Int, _ count: Int) throws(Misfit) {
    guard axes.indices.contains(place), let axis = axes[place], channelAxis ?? axis == axis,
      count <= FrontTrace.maximumChannelCount
    else { throw Misfit("one axis with the channels") }
    if channelAxis == nil {
      guard extents[axis] ?? count == count else { throw Misfit("a number for each channel") }
      channelAxis = axis
      let all = channels[0]
      channels = (0..<count).map { Channel(source: $0, scale: all.scale, shift: all.shift) }
    }
    guard channels.count == count else { throw Misfit("a number for each channel") }
  }

  /// Channels of one input put behind each other.
  init(joining parts: [FrontTrace], along place: Int) throws(Misfit) {
    guard var result = parts.first else { throw Misfit("channels of the graph's input") }
    let place = place < 0 ? place &+ result.axes.count : place
    guard result.axes.indices.contains(place), let axis = result.axes[place],
      parts.allSatisfy({
        $0.channelAxis == axis && $0.axes == result.axes && $0.type == result.type
      })
    else { throw Misfit("channels of the graph's input") }
    result.channels = parts.flatMap(\.channels)
    guard result.channels.count <= FrontTrace.maximumChannelCount else {
      throw Misfit("channels of the graph's input")
    }
    self = result
  }
}

extension FrontTrace {
  /// Makes sure that the value is a map, `N×C×H×W`, as the first layer takes it.
  ///
  /// - Throws: `onnx.lifting`.
  func requireMap() throws(ReadError) {
    let given = axes.compactMap(\.self).sorted()
    guard axes.count == 4, given == Array(extents.indices), axes[1] != nil, axes[2] != nil,
      axes[3] != nil, channelAxis == nil || channelAxis == axes[1],
      channels.allSatisfy({ $0.scale > 0 && $0.scale.isFinite && $0.shift.isFinite }),
      type?.isFloatingPoint ?? true
    else {
      throw ReadError(
        .onnxLifting, "the graph does not begin with a map of an image",
        expected: "numbers by batch, channel, height and width, each channel scaled by a positive "
          + "number and shifted")
    }
  }

  /// Makes sure that the channels are those of the network.
  ///
  /// - Throws: `onnx.lifting`.
  func requireFit(channelCount: Int?) throws(ReadError) {
    guard let channelCount, channelAxis != nil else { return }
    guard Set(channels.compactMap(\.source)) == Set(0..<channelCount),
      channels.count == channelCount
    else {
      throw ReadError(
        .onnxLifting, "the channels of the graph's input are not those of its first layer",
        expected: "each of \(channelCount) once",
        found: "\(channels.prefix(10).compactMap(\.source))")
    }
  }
}
