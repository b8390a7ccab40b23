import CGPUNetKernels
import Glibc
import GPUNetRuntime
import TestSupport
import Testing

/// The kernels of one instruction set, as C has them.
@safe private struct KernelTable {
  let table: UnsafePointer<gpk_kernels>

  /// Those with the name that ``KernelSet`` gives them.
  init(named name: String) throws {
    let tables = unsafe (0..<gpk_kernels_count()).map { unsafe gpk_kernels_at($0)! }
    unsafe table = unsafe try #require(
      tables.first { unsafe String(cString: $0.pointee.name) == name })
  }
}

/// Numbers in −1…1.
private func noise(_ count: Int, _ generator: inout SeededGenerator) -> [Float] {
  (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
}

/// What an activation is, in 64 bits.
private func activated(_ x: Double, _ activation: gpk_activation) -> Double {
  switch activation {
  case gpk_activation_relu: max(0, x)
  case gpk_activation_swish: x / (1 + exp(-x))
  case gpk_activation_sigmoid: 1 / (1 + exp(-x))
  case gpk_activation_relu6: min(max(0, x), 6)
  default: x
  }
}

private let activations = [
  gpk_activation_none, gpk_activation_relu, gpk_activation_swish, gpk_activation_sigmoid,
  gpk_activation_relu6,
]

/// 2⁻²⁴.
private let roundoff = Double(Float.ulpOfOne) / 2

/// How far a sum with an activation may be from its value in 64 bits: a rounding of the sum of all
/// terms' sizes for every addition, times the activation's slope, which is below 1.1, and the four
/// units of the activation itself.
private func errorBound(additions: Int, _ sizes: Double, _ expected: Double) -> Double {
  (Double(additions) + 1) * roundoff * sizes * 1.1 + 4 * roundoff * abs(expected)
}

@Suite struct `The kernels` {
  static let sets = KernelSet.all.filter(\.isSupported)

  @Test func `are there for every processor`() {
    #expect(KernelSet.all.last?.name == "scalar")
    #expect(Self.sets.contains { $0.name == "scalar" })
    #expect(Set(KernelSet.all.map(\.name)).count == KernelSet.all.count)
  }

  /// One call of `conv` and the facts that vary.
  struct Convolution: CustomTestStringConvertible {
    var pixels = 5
    var blocks = 2
    var wholeSegments = 2
    var partialSegments = 1
    var partialLength = 5
    var stride = 16
    var hasBias = true
    var hasResidual = false
    var accumulates = false
    var activation = gpk_activation_relu

    var testDescription: String {
      "\(pixels) pixels × \(blocks) blocks, \(wholeSegments)·16 + \(partialSegments)·"
        + "\(partialLength) inputs, stride \(stride)"
        + "\(hasBias ? ", bias" : "")\(hasResidual ? ", residual" : "")"
        + "\(accumulates ? ", accumulates" : ""), activation \(activation.rawValue)"
    }

    /// Sizes around the register tiles of every kernel, then every combination of what is applied
    /// at the end.
    static let cases: [Convolution] = {
      var cases: [Convolution] = []
      for pixels in [1, 2, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 17, 27, 29, 31] {
        for blocks in 1...5 {
          cases.append(Convolution(pixels: pixels, blocks: blocks))
        }
      }
      for stride in [16, 32, 2, 48, 3] {
        for (whole, partial, length) in [
          (0, 0, 1), (0, 1, 1), (0, 9, 3), (1, 0, 0), (3, 0, 0), (4, 2, 15),
        ] {
          for pixels in [1, 14, 19] {
            cases.append(
              Convolution(
                pixels: pixels, blocks: 3, wholeSegments: whole, partialSegments: partial,
                partialLength: length, stride: stride))
          }
        }
      }
      for activation in activations {
        for bits in 0..<8 {
          cases.append(
            Convolution(
              pixels: 16, blocks: 3, hasBias: bits & 1 != 0, hasResidual: bits & 2 != 0,
              accumulates: bits & 4 != 0, activation: activation))
        }
      }
      return cases
    }()
  }

  @Test(arguments: sets.map(\.name))
  func `convolve as the definition says, and touch nothing else`(name: String) throws {
    let kernels = try KernelTable(named: name)
    for (index, test) in Convolution.cases.enumerated() {
      var generator = SeededGenerator(seed: UInt64(index))
      let segmentCount = test.wholeSegments + test.partialSegments
      let inputCount = test.wholeSegments * 16 + test.partialSegments * test.partialLength
      // Segments lie anywhere, not in order, and may overlap pixels of others.
      let offsets = (0..<segmentCount).map { ($0 * 7 + 3) % max(segmentCount, 1) * 21 }
      let lengths = (0..<segmentCount).map { $0 < test.wholeSegments ? 16 : test.partialLength }
      let end = zip(offsets, lengths).map(+).max() ?? 1
      let input = GuardedFloats(noise((test.pixels - 1) * test.stride + end, &generator))
      let weights = GuardedFloats(noise(test.blocks * inputCount * 16, &generator))
      let bias = GuardedFloats(noise(test.blocks * 16, &generator))
      let blockStride = test.pixels * 16 + 5
      let outputCount = (test.blocks - 1) * blockStride + test.pixels * 16
      let residual = GuardedFloats(noise(outputCount, &generator))
      let output = GuardedFloats(count: outputCount)
      let before = noise(outputCount, &generator)
      if test.accumulates { output.values = before }

      unsafe offsets.withUnsafeBufferPointer { offsets in
        var arguments = unsafe gpk_f32_conv()
        unsafe arguments.input = unsafe UnsafePointer(input.start)
        unsafe arguments.input_pixel_stride = test.stride
        unsafe arguments.segment_offsets = offsets.baseAddress
        unsafe arguments.whole_segment_count = test.wholeSegments
        unsafe arguments.partial_segment_count = test.partialSegments
        unsafe arguments.partial_length = test.partialLength
        unsafe arguments.weights = unsafe UnsafePointer(weights.start)
        unsafe arguments.weight_block_stride = inputCount * 16
        unsafe arguments.bias = unsafe test.hasBias ? UnsafePointer(bias.start) : nil
        unsafe arguments.residual = unsafe test.hasResidual ? UnsafePointer(residual.start) : nil
        unsafe arguments.output = unsafe output.start
        unsafe arguments.output_pixel_stride = 16
        unsafe arguments.output_block_stride = blockStride
        unsafe arguments.pixel_count = test.pixels
        unsafe arguments.block_count = test.blocks
        unsafe arguments.accumulates = test.accumulates
        unsafe arguments.activation = test.activation
        unsafe kernels.table.pointee.conv(&arguments)
      }

      let (x, w, b) = (input.values, weights.values, bias.values)
      let (r, y) = (residual.values, output.values)
      var written = Set<Int>()
      for block in 0..<test.blocks {
        for pixel in 0..<test.pixels {
          for lane in 0..<16 {
            let place = block * blockStride + pixel * 16 + lane
            written.insert(place)
            var sum = 0.0
            if test.accumulates {
              sum = Double(before[place])
            } else if test.hasBias {
              sum = Double(b[block * 16 + lane])
            }
            var scale = abs(sum)
            var row = block * inputCount
            for (offset, length) in zip(offsets, lengths) {
              for element in 0..<length {
                let product =
                  Double(x[pixel * test.stride + offset + element]) * Double(w[row * 16 + lane])
                sum += product
                scale += abs(product)
                row += 1
              }
            }
            if test.hasResidual {
              sum += Double(r[place])
              scale += abs(Double(r[place]))
            }
            let expected = activated(sum, test.activation)
            let bound = errorBound(additions: inputCount + 2, scale, expected)
            #expect(
              abs(Double(y[place]) - expected) <= bound,
              "\(test.testDescription) at \(block), \(pixel), \(lane)")
          }
        }
      }
      if !test.accumulates {
        #expect(
          (0..<outputCount).allSatisfy { written.contains($0) || output.isUntouched($0) },
          "\(test.testDescription)")
      }
      #expect(output.isIntact && input.isIntact && weights.isIntact)
    }
  }

  @Test(arguments: sets.map(\.name))
  func `give an element the same bits in every tile`(name: String) throws {
    let kernels = try KernelTable(named: name)
    var generator = SeededGenerator(seed: 5)
    let (inputCount, blocks, most) = (48, 5, 33)
    let input = noise(most * 16 * 3, &generator)
    let weights = noise(blocks * inputCount * 16, &generator)
    let offsets = [0, most * 16, most * 32]
    func run(pixels: Range<Int>, blocks: Range<Int>) -> [Float] {
      var output = [Float](repeating: 0, count: blocks.count * pixels.count * 16)
      unsafe input.withUnsafeBufferPointer { input in
        unsafe weights.withUnsafeBufferPointer { weights in
          unsafe offsets.withUnsafeBufferPointer { offsets in
            unsafe output.withUnsafeMutableBufferPointer { output in
              var arguments = unsafe gpk_f32_conv()
              unsafe arguments.input = unsafe input.baseAddress! + pixels.lowerBound * 16
              unsafe arguments.input_pixel_stride = 16
              unsafe arguments.segment_offsets = offsets.baseAddress
              unsafe arguments.whole_segment_count = 3
              unsafe arguments.weights =
                unsafe weights.baseAddress! + blocks.lowerBound * inputCount * 16
              unsafe arguments.weight_block_stride = inputCount * 16
              unsafe arguments.output = output.baseAddress
              unsafe arguments.output_pixel_stride = 16
              unsafe arguments.output_block_stride = pixels.count * 16
              unsafe arguments.pixel_count = pixels.count
              unsafe arguments.block_count = blocks.count
              unsafe arguments.activation = gpk_activation_swish
              unsafe kernels.table.pointee.conv(&arguments)
            }
          }
        }
      }
      return output
    }
    let all = run(pixels: 0..<most, blocks: 0..<blocks)
    for pixels in [0..<1, 3..<17, 10..<33, 32..<33] {
      for range in [0..<1, 1..<3, 2..<5, 1..<5] {
        let part = run(pixels: pixels, blocks: range)
        for (index, block) in range.enumerated() {
          let first = (block * most + pixels.lowerBound) * 16
          #expect(
            Array(part[(index * pixels.count * 16)..<((index + 1) * pixels.count * 16)])
              == Array(all[first..<(first + pixels.count * 16)]))
        }
      }
    }
  }

  /// An activation of some numbers, by a convolution with one input and a weight of 1.
  private func apply(
    _ activation: gpk_activation, to values: [Float], _ kernels: KernelTable
  ) -> [Float] {
    let weights = [Float](repeating: 1, count: 16)
    var output = [Float](repeating: 0, count: values.count * 16)
    unsafe values.withUnsafeBufferPointer { values in
      unsafe weights.withUnsafeBufferPointer { weights in
        unsafe [0].withUnsafeBufferPointer { offsets in
          unsafe output.withUnsafeMutableBufferPointer { output in
            var arguments = unsafe gpk_f32_conv()
            unsafe arguments.input = values.baseAddress
            unsafe arguments.input_pixel_stride = 1
            unsafe arguments.segment_offsets = offsets.baseAddress
            unsafe arguments.partial_segment_count = 1
            unsafe arguments.partial_length = 1
            unsafe arguments.weights = weights.baseAddress
            unsafe arguments.weight_block_stride = 16
            unsafe arguments.output = output.baseAddress
            unsafe arguments.output_pixel_stride = 16
            unsafe arguments.pixel_count = values.count
            unsafe arguments.block_count = 1
            unsafe arguments.activation = activation
            unsafe kernels.table.pointee.conv(&arguments)
          }
        }
      }
    }
    return (0..<values.count).map { index in
      let lanes = output[(index * 16)..<(index * 16 + 16)]
      #expect(lanes.allSatisfy { $0.bitPattern == lanes.first!.bitPattern })
      return lanes.first!
    }
  }

  @Test(arguments: sets.map(\.name))
  func `compute sigmoid and swish to four units of roundoff`(name: String) throws {
    let kernels = try KernelTable(named: name)
    // Every exponent, and densely where the functions bend.
    var inputs = (0..<254).flatMap { exponent in
      (0..<64).flatMap { step -> [Float] in
        let x = Float(bitPattern: UInt32(exponent) << 23 | UInt32(step) << 17 | 0x1235)
        return [x, -x]
      }
    }
    inputs += (-90_000...90_000).map { Float($0) / 1_000 }
    for activation in [gpk_activation_swish, gpk_activation_sigmoid] {
      let outputs = apply(activation, to: inputs, kernels)
      var worst = 0.0
      for (x, y) in zip(inputs, outputs) {
        let expected = activated(Double(x), activation)
        let error = abs(Double(y) - expected)
        // Where exp(−x) overflows, the result is 0.
        guard abs(expected) > 0x1p-120 else {
          #expect(error <= 0x1p-120, "\(x)")
          continue
        }
        worst = max(worst, error / abs(expected) / roundoff)
      }
      #expect(worst <= 4, "activation \(activation.rawValue): \(worst) units of roundoff")
    }
  }

  @Test(arguments: sets.map(\.name))
  func `keep infinities and what is no number`(name: String) throws {
    let kernels = try KernelTable(named: name)
    let inputs: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, 5.5, 6, 6.5]
    #expect(activations.allSatisfy { apply($0, to: inputs, kernels)[0].isNaN })
    #expect(apply(gpk_activation_none, to: inputs, kernels)[1...2] == [.infinity, -.infinity])
    #expect(apply(gpk_activation_relu, to: inputs, kernels)[1...4] == [.infinity, 0, 0, 0])
    #expect(apply(gpk_activation_relu6, to: inputs, kernels)[1...] == [6, 0, 0, 0, 5.5, 6, 6])
    let swish = apply(gpk_activation_swish, to: inputs, kernels)
    #expect(swish[1] == .infinity)
    // −∞ times 0, as the definition has it.
    #expect(swish[2].isNaN)
    #expect(swish[3...4] == [0, 0])
    #expect(apply(gpk_activation_sigmoid, to: inputs, kernels)[1...4] == [1, 0, 0.5, 0.5])
  }

  @Test(arguments: sets.map(\.name))
  func `convolve channels on their own as the definition says`(name: String) throws {
    let kernels = try KernelTable(named: name)
    var seed: UInt64 = 0
    for (kernel, stride) in [
      (3, 1), (3, 2), (5, 1), (5, 2), (7, 1), (7, 2), (1, 1), (4, 1), (4, 3), (9, 2),
    ] {
      for count in [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 31] {
        for activation in activations where activation == gpk_activation_relu || count == 13 {
          seed += 1
          var generator = SeededGenerator(seed: seed)
          let rowCount = ((count - 1) * stride + kernel) * 16
          let rows = (0..<kernel).map { _ in GuardedFloats(noise(rowCount, &generator)) }
          let weights = GuardedFloats(noise(kernel * kernel * 16, &generator))
          let bias = GuardedFloats(noise(16, &generator))
          let output = GuardedFloats(count: count * 16)
          let pointers = unsafe rows.map { unsafe Optional(UnsafePointer($0.start)) }
          unsafe pointers.withUnsafeBufferPointer { pointers in
            var arguments = unsafe gpk_f32_depthwise(
              rows: pointers.baseAddress, weights: weights.start, bias: bias.start,
              output: output.start, count: count, kernel_size: kernel, stride: stride,
              activation: activation)
            unsafe kernels.table.pointee.depthwise(&arguments)
          }
          let (x, w, b, y) = (
            rows.map(\.values), weights.values, bias.values, output.values
          )
          for place in 0..<(count * 16) {
            let (position, lane) = (place / 16, place % 16)
            var sum = Double(b[lane])
            var scale = abs(sum)
            for row in 0..<kernel {
              for column in 0..<kernel {
                let product =
                  Double(x[row][(position * stride + column) * 16 + lane])
                  * Double(w[(row * kernel + column) * 16 + lane])
                sum += product
                scale += abs(product)
              }
            }
            let expected = activated(sum, activation)
            let bound = errorBound(additions: kernel * kernel, scale, expected)
            #expect(
              abs(Double(y[place]) - expected) <= bound,
              "\(kernel)×\(kernel) stride \(stride), \(count) outputs, at \(place)")
          }
          #expect(output.isIntact && rows.allSatisfy(\.isIntact))
        }
      }
    }
  }

  @Test(arguments: sets.map(\.name))
  func `transform tiles for Winograd as the portable ones do`(name: String) throws {
    let kernels = try KernelTable(named: name)
    let portable = try KernelTable(named: "scalar")
    var seed: UInt64 = 100
    // The last four: rows below and columns to the right that the output has more than pads like
    // those above and to the left would give.
    for (height, width, top, left, step, below, beside) in [
      (1, 1, -1, -1, 1, 0, 0), (4, 4, -1, -1, 1, 0, 0), (5, 7, -1, -1, 1, 0, 0),
      (9, 12, 0, 0, 1, 0, 0), (13, 8, -2, -3, 1, 0, 0), (16, 17, -1, -1, 1, 0, 0),
      (5, 5, -2, -2, 2, 0, 0), (23, 30, -2, -1, 2, 0, 0), (25, 24, -1, 0, 2, 0, 0),
      (1, 2, 0, 0, 1, 2, 2), (6, 9, -2, 0, 1, -2, 2), (8, 8, -1, -1, 2, 1, 1),
      (7, 3, 0, -3, 2, 3, 0),
    ] {
      seed += 1
      var generator = SeededGenerator(seed: seed)
      let outHeight = max((height - 2 * top) / step - 2 + below, 1)
      let outWidth = max((width - 2 * left) / step - 2 + beside, 1)
      let columns = (outWidth + 3) / 4
      let tiles = (outHeight + 3) / 4 * columns
      let input = GuardedFloats(noise(height * width * 16, &generator))
      for first in Set([0, tiles / 2]) {
        let count = tiles - first
        let stride = count * 16 + 3
        func transformed(_ set: KernelTable) -> [Float] {
          let output = GuardedFloats(count: 35 * stride + count * 16)
          var arguments = unsafe gpk_f32_winograd_input(
            input: input.start, height: height, width: width, step: step, top: top, left: left,
            tile_columns: columns, first_tile: first, tile_count: count,
            transformed: output.start, element_stride: stride)
          unsafe set.table.pointee.winograd_input(&arguments)
          #expect(output.isIntact)
          return output.values
        }
        let (found, expected) = (transformed(kernels), transformed(portable))
        for (x, y) in zip(found, expected) {
          // 36 products of factors whose rows sum to at most 4.5² in size.
          #expect(abs(x - y) <= 36 * 20.25 * Float(roundoff) || x.isNaN && y.isNaN)
        }

        let products = GuardedFloats(noise(35 * stride + count * 16, &generator))
        let bias = GuardedFloats(noise(16, &generator))
        let residual = GuardedFloats(noise(outHeight * outWidth * 16, &generator))
        for (activation, adds) in [
          (gpk_activation_none, true), (gpk_activation_relu, false), (gpk_activation_swish, true),
          (gpk_activation_relu6, true),
        ] {
          func outputs(_ set: KernelTable) -> [Float] {
            let output = GuardedFloats(count: outHeight * outWidth * 16)
            var arguments = unsafe gpk_f32_winograd_output(
              transformed: products.start, element_stride: stride, bias: bias.start,
              residual: adds ? UnsafePointer(residual.start) : nil, output: output.start,
              height: outHeight, width: outWidth, tile_columns: columns, first_tile: first,
              tile_count: count, activation: activation)
            unsafe set.table.pointee.winograd_output(&arguments)
            #expect(output.isIntact)
            return output.values
          }
          for (x, y) in zip(outputs(kernels), outputs(portable)) {
            // Rows sum to at most 6.7 in size; the slope of swish is below 1.1.
            #expect(abs(x - y) <= 40 * 45 * 1.1 * Float(roundoff) || x.isNaN && y.isNaN)
          }
        }
      }
    }
  }

  @Test(arguments: sets.map(\.name))
  func `average and scale as the definition says`(name: String) throws {
    let kernels = try KernelTable(named: name)
    for count in [1, 2, 7, 8, 9, 15, 16, 17, 49, 400, 8_836] {
      var generator = SeededGenerator(seed: UInt64(count))
      let input = GuardedFloats(noise(count * 16, &generator))
      let factors = GuardedFloats(noise(16, &generator))
      let means = GuardedFloats(count: 16)
      let scaled = GuardedFloats(count: count * 16)
      var mean = unsafe gpk_f32_mean(
        input: input.start, count: count, scale: 1 / Float(count), output: means.start)
      unsafe kernels.table.pointee.mean(&mean)
      var scale = unsafe gpk_f32_scale(
        input: input.start, factors: factors.start, count: count, output: scaled.start)
      unsafe kernels.table.pointee.scale(&scale)
      let (x, f, y) = (input.values, factors.values, scaled.values)
      for lane in 0..<16 {
        let values = (0..<count).map { Double(x[$0 * 16 + lane]) }
        let expected = values.reduce(0, +) / Double(count)
        let size = values.reduce(0) { $0 + abs($1) } / Double(count)
        // Eight sums of an eighth each, and three roundings more than additions.
        let bound = (Double(count) / 8 + 12) * roundoff * size
        #expect(abs(Double(means.values[lane]) - expected) <= bound)
        #expect((0..<count).allSatisfy { y[$0 * 16 + lane] == x[$0 * 16 + lane] * f[lane] })
      }
      #expect(means.isIntact && scaled.isIntact)
    }
  }
}
