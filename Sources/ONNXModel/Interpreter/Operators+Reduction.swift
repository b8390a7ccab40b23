import BinaryInput
import Glibc

extension Operators {
  /// An operator that makes one element of all along some axes.
  static func reduce(
    _ name: String, axesInputSince: Int,
    start: Double, _ numbers: @escaping @Sendable (Double, Double) -> Double,
    integerStart: @escaping @Sendable (Bool) -> Int64,
    _ integers: @escaping @Sendable (Int64, Int64, Bool) -> Int64, isMean: Bool = false
  ) -> Function {
    return { (call) throws(ReadError) in
      let value = try call.input(0)
      let rank = value.shape.count
      let given =
        call.opset >= axesInputSince ? try call.integers(1) : try call.node.integers("axes")
      let keepsAxes = try call.node.integer("keepdims") ?? 1 != 0
      var axes = try call.axes(given ?? [], rank: rank)
      if axes.isEmpty {
        if try call.node.integer("noop_with_empty_axes") ?? 0 != 0 { return [value] }
        axes = Array(0..<rank)
      }
      let reduced = Set(axes)
      let kept = value.shape.enumerated().map { reduced.contains($0.offset) ? 1 : $0.element }
      let shape =
        keepsAxes ? kept : kept.enumerated().filter { !reduced.contains($0.offset) }.map(\.element)
      let count = try call.reserve(kept)
      let strides = kept.rowMajorStrides.enumerated().map {
        reduced.contains($0.offset) ? 0 : $0.element
      }
      let step = strides.last ?? 0
      let divisor = axes.map { value.shape[$0] }.product
      switch value.elements {
      case .numbers(let values):
        var results = [Double](repeating: start, count: count)
        forEachRow(of: value.shape, strides: strides) { start, other, count in
          for index in 0..<count {
            results[other + index * step] = numbers(
              results[other + index * step], values[start + index])
          }
        }
        if isMean { results = results.map { $0 / Double(divisor) } }
        return [InterpreterValue(value.type, shape, .numbers(results))]
      case .integers(let values):
        let isWide = value.type == .uint64
        var results = [Int64](repeating: integerStart(isWide), count: count)
        forEachRow(of: value.shape, strides: strides) { start, other, count in
          for index in 0..<count {
            results[other + index * step] = integers(
              results[other + index * step], values[start + index], isWide)
          }
        }
        if isMean { results = results.map { quotient($0, Int64(divisor), isWide) } }
        return [InterpreterValue(value.type, shape, .integers(results))]
      case .strings: throw call.wrongType(0, "numbers")
      }
    }
  }

  static func softmax(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let values = try call.numbers(0)
    let rank = value.shape.count
    let count = try call.reserve(value.shape)
    let given = try call.node.integer("axis") ?? (call.opset < 13 ? 1 : -1)
    let outer: Int
    let length: Int
    let inner: Int
    if call.opset < 13 {
      // The axes before this one are rows of a matrix, and all others its columns; it may be the
      // end.
      guard given >= -rank, given <= rank else {
        throw call.error(.runAttribute, "no such axis", found: "\(given)")
      }
      let axis = given < 0 ? given + rank : given
      outer = value.shape[..<axis].reduce(1, *)
      length = value.shape[axis...].reduce(1, *)
      inner = 1
    } else {
      let axis = try call.axis(given, rank: max(rank, 1))
      outer = value.shape[..<axis].reduce(1, *)
      length = rank == 0 ? 1 : value.shape[axis]
      inner = rank == 0 ? 1 : value.shape[(axis + 1)...].reduce(1, *)
    }
    var results = [Double](repeating: 0, count: count)
    guard count > 0 else { return [value] }
    for row in 0..<outer {
      for column in 0..<inner {
        let first = row * length * inner + column
        var maximum = -Double.infinity
        for index in 0..<length { maximum = max(maximum, values[first + index * inner]) }
        var sum = 0.0
        for index in 0..<length {
          let power = exp(values[first + index * inner] - maximum)
          results[first + index * inner] = power
          sum += power
        }
        for index in 0..<length { results[first + index * inner] /= sum }
      }
    }
    return [InterpreterValue(value.type, value.shape, .numbers(results))]
  }

  /// The mean or the maximum over all axes after the second.
  static func globalPool(isMean: Bool) -> Function {
    return { (call) throws(ReadError) in
      let value = try call.input(0)
      let values = try call.numbers(0)
      guard value.shape.count >= 3 else {
        throw call.error(
          .runShape, "too few axes", expected: "at least 3", found: "\(value.shape)")
      }
      let area = value.shape[2...].reduce(1, *)
      let shape = value.shape.enumerated().map { $0.offset < 2 ? $0.element : 1 }
      let count = try call.reserve(shape)
      var results: [Double] = []
      for plane in 0..<count {
        var result = isMean ? 0 : -Double.infinity
        for index in 0..<area {
          let element = values[plane * area + index]
          result = isMean ? result + element : greatest(result, element)
        }
        results.append(isMean ? result / Double(area) : result)
      }
      return [InterpreterValue(value.type, shape, .numbers(results))]
    }
  }

  static func batchNormalization(_ call: OperatorCall) throws(ReadError) -> [InterpreterValue] {
    let value = try call.input(0)
    let values = try call.numbers(0)
    let scale = try call.numbers(1)
    let bias = try call.numbers(2)
    let mean = try call.numbers(3)
    let variance = try call.numbers(4)
    let epsilon = Double(try call.node.float("epsilon") ?? 1e-5)
    let spatial = try call.node.integer("spatial") ?? 1
    let isSpatial = call.opset >= 9 || spatial != 0
    guard !value.shape.isEmpty else { throw call.error(.runShape, "too few axes", found: "none") }
    let channels = value.shape.count > 1 ? value.shape[1] : 1
    let area = value.shape.dropFirst(2).reduce(1, *)
    let parameterCount = isSpatial ? channels : channels * area
    for parameters in [scale, bias, mean, variance] where parameters.count != parameterCount {
      throw call.error(
        .runShape, "the parameters do not fit the channels", expected: "\(parameterCount)",
        found: "\(parameters.count)")
    }
    let count = try call.reserve(value.shape)
    var results = [Double](repeating: 0, count: count)
    let factors = zip(scale, variance).map { $0 / ($1 + epsilon).squareRoot() }
    for index in 0..<count {
      let parameter = isSpatial ? index / area % channels : index % parameterCount
      results[index] = (values[index] - mean[parameter]) * factors[parameter] + bias[parameter]
    }
    return [InterpreterValue(value.type, value.shape, .numbers(results))]
  }
}
