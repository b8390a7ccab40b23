import BinaryInput
import Dispatch
import Synchronization

/// Where a window that slides over three axes stands; missing axes have one element.
private struct Windows {
  var input: [Int]
  var kernel: [Int]
  var strides: [Int]
  var dilations: [Int]
  var before: [Int]
  var after: [Int]
  var output: [Int]
  let rank: Int

  /// A window that slides along the `spatial` axes of a node's first input.
  init(_ call: OperatorCall, spatial: [Int], kernel: [Int]) throws(ReadError) {
    let rank = spatial.count
    guard (1...3).contains(rank) else {
      throw call.error(
        .runShape, "windows slide along 1 to 3 axes", expected: "3 to 5 axes",
        found: "\(rank + 2)")
    }
    func list(_ name: String, _ standard: Int, _ count: Int, _ range: ClosedRange<Int>)
      throws(ReadError) -> [Int]
    {
      let values = try call.node.integers(name) ?? [Int](repeating: standard, count: count)
      guard values.count == count, values.allSatisfy({ range.contains($0) }) else {
        throw call.error(
          .runAttribute, "'\(name)' does not fit", expected: "\(count) of \(range)",
          found: "\(values.prefix(10))")
      }
      return values
    }
    let most = 1 << 28
    guard kernel.count == rank, kernel.allSatisfy({ (1...most).contains($0) }),
      spatial.allSatisfy({ $0 <= most })
    else {
      throw call.error(
        .runShape, "the window does not fit the input", found: "\(kernel) and \(spatial)")
    }
    let strides = try list("strides", 1, rank, 1...most)
    let dilations = try list("dilations", 1, rank, 1...most)
    let pads = try list("pads", 0, 2 * rank, 0...most)
    let automatic = try call.node.string("auto_pad") ?? "NOTSET"
    let roundsUp = try call.node.integer("ceil_mode") ?? 0 != 0
    var before: [Int] = []
    var after: [Int] = []
    var output: [Int] = []
    for axis in 0..<rank {
      let extent = (kernel[axis] - 1) * dilations[axis] + 1
      let length = spatial[axis]
      let stride = strides[axis]
      var leading = 0
      var trailing = 0
      var count: Int
      switch automatic {
      case "NOTSET", "":
        leading = pads[axis]
        trailing = pads[axis + rank]
        let free = length + leading + trailing - extent
        guard free >= 0 else {
          throw call.error(
            .runShape, "the window is greater than the input", expected: "at least \(extent)",
            found: "\(length + leading + trailing)")
        }
        count = (roundsUp ? (free + stride - 1) / stride : free / stride) + 1
        // A window that would stand in the padding after the input alone is left out.
        if roundsUp, (count - 1) * stride >= length + leading { count -= 1 }
      case "VALID":
        guard length >= extent else {
          throw call.error(
            .runShape, "the window is greater than the input", expected: "at least \(extent)",
            found: "\(length)")
        }
        count = (length - extent) / stride + 1
      case "SAME_UPPER", "SAME_LOWER":
        count = (length + stride - 1) / stride
        let total = max(0, (count - 1) * stride + extent - length)
        leading = automatic == "SAME_UPPER" ? total / 2 : total - total / 2
        trailing = total - leading
      default:
        throw call.error(.runAttribute, "no such 'auto_pad'", found: automatic)
      }
      before.append(leading)
      after.append(trailing)
      output.append(count)
    }
    let missing = 3 - rank
    let ones = [Int](repeating: 1, count: missing)
    let zeros = [Int](repeating: 0, count: missing)
    self.rank = rank
    self.input = ones + spatial
    self.kernel = ones + kernel
    self.strides = ones + strides
    self.dilations = ones + dilations
    self.before = zeros + before
    self.after = zeros + after
    self.output = ones + output
  }

  /// The output's axes as the operator has them.
  var spatialOutput: [Int] { Array(output.suffix(rank)) }

  /// The outputs along an axis for which a tap of the kernel lies in the input.
  func range(_ axis: Int, tap: Int) -> Range<Int> {
    let shift = tap * dilations[axis] - before[axis]
    // The least o with o · stride + shift ≥ 0, and the least with o · stride + shift ≥ input.
    func least(_ bound: Int) -> Int {
      bound <= 0 ? 0 : min((bound + strides[axis] - 1) / strides[axis], output[axis])
    }
    let low = least(-shift)
    return low..<max(low, least(input[axis] - shift))
  }
}

// MARK: - Convolution

extension Operators {
  static func convolution(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let weight = try call.input(1)
    let values = try call.numbers(0)
    let weights = try call.numbers(1)
    let bias = call.optional(2) == nil ? nil : try call.numbers(2)
    let groups = try call.node.integer("group") ?? 1
    guard value.shape.count >= 3, weight.shape.count == value.shape.count else {
      throw call.error(
        .runShape, "the weights do not fit the input", found: "\(weight.shape) and \(value.shape)")
    }
    let channels = value.shape[1]
    let filters = weight.shape[0]
    guard groups >= 1, channels % groups == 0, filters % groups == 0,
      weight.shape[1] == channels / groups, bias.map({ $0.count == filters }) ?? true
    else {
      throw call.error(
        .runShape, "the weights do not fit the channels and groups",
        found: "\(weight.shape), \(value.shape), \(groups) groups")
    }
    if let stated = try call.node.integers("kernel_shape"), stated != Array(weight.shape[2...]) {
      throw call.error(
        .runAttribute, "'kernel_shape' does not fit the weights", expected: "\(weight.shape)",
        found: "\(stated.prefix(10))")
    }
    let windows = try Windows(
      call, spatial: Array(value.shape[2...]), kernel: Array(weight.shape[2...]))
    let shape = [value.shape[0], filters] + windows.spatialOutput
    try call.requireSteps(
      [value.shape[0], filters, channels / groups] + windows.output + windows.kernel)
    // Once for the parts that the threads make, once for the whole.
    let count = try call.reserve(shape)
    _ = try call.reserve(shape)
    let planes = count == 0 ? 0 : value.shape[0] * filters
    let convolution = Convolution(
      values: values, weights: weights, bias: bias, windows: windows, channels: channels,
      filters: filters, groups: groups)
    let partCount = planes < 2 ? 1 : 2
    let parts = Mutex([[Double]](repeating: [], count: partCount))
    DispatchQueue.concurrentPerform(iterations: partCount) { part in
      let range = planes * part / partCount..<planes * (part + 1) / partCount
      let results = convolution.planes(range)
      parts.withLock { $0[part] = results }
    }
    let results = parts.withLock { Array($0.joined()) }
    return [InterpreterValue(value.type, shape, .numbers(results))]
  }
}

private struct Convolution: Sendable {
  let values: [Double]
  let weights: [Double]
  let bias: [Double]?
  let windows: Windows
  let channels: Int
  let filters: Int
  let groups: Int

  /// The planes of output with these numbers, counted over the batch and the filters.
  func planes(_ range: Range<Int>) -> [Double] {
    let area = windows.output.product
    let inputArea = windows.input.product
    let taps = windows.kernel.product
    let perGroup = channels / groups
    let filtersPerGroup = filters / groups
    let isPointwise =
      taps == 1 && windows.strides == [1, 1, 1] && windows.output == windows.input
    var results = [Double](repeating: 0, count: range.count * area)
    for plane in range {
      let image = plane / filters
      let filter = plane % filters
      let start = (plane - range.lowerBound) * area
      if let bias {
        for index in start..<start + area { results[index] = bias[filter] }
      }
      let firstChannel = image * channels + filter / filtersPerGroup * perGroup
      for channel in 0..<perGroup {
        let source = (firstChannel + channel) * inputArea
        let kernel = (filter * perGroup + channel) * taps
        if isPointwise {
          accumulate(&results, start, source, count: area, step: 1, weights[kernel])
        } else {
          addTaps(&results, start, source, kernel)
        }
      }
    }
    return results
  }

  private func addTaps(_ results: inout [Double], _ start: Int, _ source: Int, _ kernel: Int) {
    let stride = windows.strides[2]
    for d in 0..<windows.kernel[0] {
      for h in 0..<windows.kernel[1] {
        for w in 0..<windows.kernel[2] {
          let weight = weights[
            kernel + (d * windows.kernel[1] + h) * windows.kernel[2] + w]
          let columns = windows.range(2, tap: w)
          if columns.isEmpty { continue }
          for depth in windows.range(0, tap: d) {
            for row in windows.range(1, tap: h) {
              let z = place(0, depth, d)
              let y = place(1, row, h)
              let x = place(2, columns.lowerBound, w)
              accumulate(
                &results,
                start + (depth * windows.output[1] + row) * windows.output[2]
                  + columns.lowerBound,
                source + (z * windows.input[1] + y) * windows.input[2] + x,
                count: columns.count, step: stride, weight)
            }
          }
        }
      }
    }
  }

  private func place(_ axis: Int, _ output: Int, _ tap: Int) -> Int {
    output * windows.strides[axis] + tap * windows.dilations[axis] - windows.before[axis]
  }

  /// Adds a row of the input, times a weight, to a row of the output.
  private func accumulate(
    _ results: inout [Double], _ start: Int, _ source: Int, count: Int, step: Int,
    _ weight: Double
  ) {
    var all = results.mutableSpan
    var row = all._mutatingExtracting(start..<start + count)
    if step == 1 {
      let other = values.span.extracting(source..<source + count)
      for index in 0..<count { row[index] += weight * other[index] }
    } else {
      for index in 0..<count { row[index] += weight * values[source + index * step] }
    }
  }
}

// MARK: - Pooling

extension Operators {
  /// The window of a pooling and the number of planes that it slides over.
  private static func pooling(
    _ call: OperatorCall
  ) throws(ReadError) -> (windows: Windows, planes: Int, shape: [Int]) {
    let value = try call.input(0)
    guard value.shape.count >= 3 else {
      throw call.error(.runShape, "too few axes", expected: "at least 3", found: "\(value.shape)")
    }
    guard let kernel = try call.node.integers("kernel_shape") else {
      throw call.error(.runAttribute, "'kernel_shape' is missing")
    }
    let windows = try Windows(call, spatial: Array(value.shape[2...]), kernel: kernel)
    let planes = value.shape[0] * value.shape[1]
    try call.requireSteps([planes] + windows.output + windows.kernel)
    return (windows, planes, Array(value.shape[..<2]) + windows.spatialOutput)
  }

  /// Calls `body` for every tap of every window of a plane.
  private static func forEachTap(
    _ windows: Windows,
    _ body: (_ output: Int, _ places: (Int, Int, Int), _ isInside: Bool) -> Void
  ) {
    var output = 0
    for depth in 0..<windows.output[0] {
      for row in 0..<windows.output[1] {
        for column in 0..<windows.output[2] {
          for d in 0..<windows.kernel[0] {
            let z = depth * windows.strides[0] + d * windows.dilations[0] - windows.before[0]
            for h in 0..<windows.kernel[1] {
              let y = row * windows.strides[1] + h * windows.dilations[1] - windows.before[1]
              for w in 0..<windows.kernel[2] {
                let x =
                  column * windows.strides[2] + w * windows.dilations[2] - windows.before[2]
                // Rounding up may let a window reach beyond even the padding.
                if z >= windows.input[0] + windows.after[0]
                  || y >= windows.input[1] + windows.after[1]
                  || x >= windows.input[2] + windows.after[2]
                {
                  continue
                }
                let isInside =
                  z >= 0 && y >= 0 && x >= 0 && z < windows.input[0] && y < windows.input[1]
                  && x < windows.input[2]
                body(output, (z, y, x), isInside)
              }
            }
          }
          output += 1
        }
      }
    }
  }

  static func averagePool(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let values = try call.numbers(0)
    let (windows, planes, shape) = try pooling(call)
    let countsPadding = try call.node.integer("count_include_pad") ?? 0 != 0
    let count = try call.reserve(shape)
    let area = windows.output.product
    let inputArea = windows.input.product
    var results = [Double](repeating: 0, count: count)
    guard count > 0 else { return [InterpreterValue(value.type, shape, .numbers(results))] }
    var divisors = [Int](repeating: 0, count: area)
    forEachTap(windows) { output, _, isInside in
      if isInside || countsPadding { divisors[output] += 1 }
    }
    for plane in 0..<planes {
      forEachTap(windows) { output, place, isInside in
        guard isInside else { return }
        let source = (place.0 * windows.input[1] + place.1) * windows.input[2] + place.2
        results[plane * area + output] += values[plane * inputArea + source]
      }
      for output in 0..<area { results[plane * area + output] /= Double(divisors[output]) }
    }
    return [InterpreterValue(value.type, shape, .numbers(results))]
  }

  static func maxPool(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let (windows, planes, shape) = try pooling(call)
    let isColumnMajor = try call.node.integer("storage_order") ?? 0 != 0
    let count = try call.reserve(shape)
    _ = try call.reserve(shape)
    let area = windows.output.product
    let inputArea = windows.input.product
    var indices = [Int64](repeating: -1, count: count)
    func pool<Element: Comparable>(_ values: [Element], _ lowest: Element) -> [Element] {
      var results = [Element](repeating: lowest, count: count)
      guard count > 0 else { return results }
      for plane in 0..<planes {
        forEachTap(windows) { output, place, isInside in
          guard isInside else { return }
          let source = (place.0 * windows.input[1] + place.1) * windows.input[2] + place.2
          let element = values[plane * inputArea + source]
          let target = plane * area + output
          // The first one counts, and nothing replaces a NaN, which is not equal to itself.
          guard
            indices[target] < 0 || element > results[target]
              || (element != element && results[target] == results[target])
          else { return }
          results[target] = element
          let place =
            isColumnMajor
            ? place.0 + windows.input[0] * (place.1 + windows.input[1] * place.2) : source
          indices[target] = Int64(plane * inputArea + place)
        }
      }
      return results
    }
    let elements: InterpreterValue.Elements
    switch value.elements {
    case .numbers(let values): elements = .numbers(pool(values, -.infinity))
    case .integers(let values):
      elements = .integers(pool(values, value.type.integerRange.lowerBound))
    case .strings: throw call.wrongType(0, "numbers")
    }
    return [
      InterpreterValue(value.type, shape, elements),
      InterpreterValue(.int64, shape, .integers(indices)),
    ]
  }
}
