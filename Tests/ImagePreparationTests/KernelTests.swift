import CPictureKernels
import TestSupport
import Testing

/// Weights whose sum is at most twice 2²², some negative, as filters have them.
private func weights(_ count: Int, _ generator: inout SeededGenerator) -> [gpi_weights] {
  (0..<count).map { _ in
    var group = gpi_weights()
    let values = (0..<4).map { _ in
      Int32.random(in: -(1 << 20)...(1 << 22), using: &generator) / Int32(max(count, 1) * 2)
    }
    group.upper = (
      Int16(values[0] >> 11), Int16(values[1] >> 11), Int16(values[2] >> 11), Int16(values[3] >> 11)
    )
    group.lower = (
      Int16(values[0] & 2_047), Int16(values[1] & 2_047), Int16(values[2] & 2_047),
      Int16(values[3] & 2_047)
    )
    return group
  }
}

/// The sum that a kernel is to form, in 64 bits.
private func sum(_ bytes: [UInt8], _ weights: ArraySlice<gpi_weights>) -> UInt8 {
  var sum = 1 << 21
  let factors = weights.flatMap { group in
    [
      (group.upper.0, group.lower.0), (group.upper.1, group.lower.1),
      (group.upper.2, group.lower.2), (group.upper.3, group.lower.3),
    ]
  }
  for (byte, factor) in zip(bytes, factors) {
    sum += Int(byte) * (2_048 * Int(factor.0) + Int(factor.1))
  }
  return UInt8(clamping: sum >> 22)
}

@Suite struct `A kernel that resizes` {
  @Test(arguments: [1, 2, 3, 7]) func `sums pixels of a row in every form`(groupCount: Int) {
    var generator = SeededGenerator(seed: UInt64(groupCount))
    let width = 4 * groupCount + 9
    let bytes = (0..<(3 * width + Int(GPI_ROW_SLACK))).map { _ in
      UInt8.random(in: 0...255, using: &generator)
    }
    for count in [1, 2, 5, 10] {
      let firsts = (0..<count).map { UInt32($0 % 10) }
      let weights = weights(count * groupCount, &generator)
      let expected = firsts.indices.flatMap { x in
        (0..<3).map { channel in
          sum(
            (0..<(4 * groupCount)).map { bytes[3 * (Int(firsts[x]) + $0) + channel] },
            weights[(x * groupCount)..<((x + 1) * groupCount)])
        }
      }
      var output = [UInt8](repeating: 1, count: 3 * count + 1)
      unsafe gpi_resample_row_portable(bytes, &output, count, firsts, weights, groupCount)
      #expect(output.dropLast() == expected[...])
      guard gpi_is_accelerated() else { continue }
      output = [UInt8](repeating: 1, count: 3 * count + 1)
      unsafe gpi_resample_row_accelerated(bytes, &output, count, firsts, weights, groupCount)
      #expect(output.dropLast() == expected[...])
    }
  }

  @Test(arguments: [1, 2, 5]) func `sums rows in every form`(groupCount: Int) {
    var generator = SeededGenerator(seed: UInt64(100 + groupCount))
    for byteCount in [16, 32, 80] {
      let bytes = (0..<(4 * groupCount * byteCount)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      let weights = weights(groupCount, &generator)
      let expected = (0..<byteCount).map { column in
        sum((0..<(4 * groupCount)).map { bytes[$0 * byteCount + column] }, weights[...])
      }
      unsafe bytes.withUnsafeBufferPointer { bytes in
        let rows = unsafe (0..<(4 * groupCount)).map { row -> UnsafePointer<UInt8>? in
          unsafe bytes.baseAddress! + row * byteCount
        }
        var output = [UInt8](repeating: 1, count: byteCount)
        unsafe gpi_resample_rows_portable(rows, &output, byteCount, weights, groupCount)
        #expect(output == expected)
        guard gpi_is_accelerated() else { return }
        output = [UInt8](repeating: 1, count: byteCount)
        unsafe gpi_resample_rows_accelerated(rows, &output, byteCount, weights, groupCount)
        #expect(output == expected)
      }
    }
  }

  @Test func `keeps sums in the range of bytes`() {
    var low = gpi_weights()
    low.upper.0 = -1_000
    var high = gpi_weights()
    high.upper.0 = 4_000
    let bytes = [UInt8](repeating: 255, count: 12 + Int(GPI_ROW_SLACK))
    for (weights, expected) in [(low, UInt8(0)), (high, 255)] {
      var output = [UInt8](repeating: 1, count: 4)
      unsafe gpi_resample_row_portable(bytes, &output, 1, [0], [weights], 1)
      #expect(output.dropLast() == [expected, expected, expected])
      guard gpi_is_accelerated() else { continue }
      output = [UInt8](repeating: 1, count: 4)
      unsafe gpi_resample_row_accelerated(bytes, &output, 1, [0], [weights], 1)
      #expect(output.dropLast() == [expected, expected, expected])
    }
  }
}
