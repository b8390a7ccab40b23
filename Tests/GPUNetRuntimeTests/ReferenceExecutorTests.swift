import BinaryInput
import NetworkFamilies
import NetworkProgram
import GPUNetRuntime
import TensorData
import TestSupport
import Testing

@Suite struct `The reference executor` {
  static func input(_ shape: [Int], seed: UInt64 = 3) -> Tensor {
    var generator = SeededGenerator(seed: seed)
    return Tensor(
      (0..<shape.reduce(1, *)).map { _ in Double.random(in: -2...2, using: &generator) },
      shape: shape)
  }

  @Test func `gives each image of a batch the answer it gets alone`() throws {
    for texts in [samplePlainTexts, sampleDistilledTexts] {
      let executor = ReferenceExecutor(try Architecture.sample(texts).sampleNetwork())
      let batch = Self.input([3, 3, 37, 29])
      let together = try executor.run(batch)
      #expect(together.shape == [3, 5])
      let values = try batch.doubles()
      for image in 0..<3 {
        let count = 3 * 37 * 29
        let alone = try executor.run(
          Tensor(Array(values[(image * count)..<((image + 1) * count)]), shape: [1, 3, 37, 29]))
        #expect(
          try alone.doubles() == Array(together.doubles()[(image * 5)..<((image + 1) * 5)]))
      }
    }
  }

  @Test func `gives the same bits every time`() throws {
    let executor = ReferenceExecutor(try Architecture.sample().sampleNetwork())
    let input = Self.input([2, 3, 40, 40])
    let first = try executor.run(input).contiguousBytes()
    for _ in 0..<5 { #expect(try executor.run(input).contiguousBytes() == first) }
  }

  @Test func `hands out every layer and stops when told`() throws {
    let network = try Architecture.sample().sampleNetwork()
    let executor = ReferenceExecutor(network)
    let summaries = try network.program.summaries()
    let input = Self.input([2, 3, 40, 40])
    var outputs: [Tensor] = []
    let last = try executor.run(input) { (index, output) throws(ReadError) -> Bool in
      #expect(index == outputs.count)
      let shape = summaries[index].output
      let expected = [2, shape.channels, shape.height, shape.width]
      #expect(output.shape == (index == summaries.count - 1 ? [2, 5] : expected))
      outputs.append(output)
      return true
    }
    #expect(outputs.count == network.program.layers.count)
    #expect(try outputs.last?.contiguousBytes() == last.contiguousBytes())

    var count = 0
    let third = try executor.run(input) { (index, _) throws(ReadError) -> Bool in
      count += 1
      return index < 2
    }
    #expect(count == 3)
    #expect(try third.contiguousBytes() == outputs[2].contiguousBytes())
    let alone = try executor.runLayer(3, on: outputs[2])
    #expect(try alone.contiguousBytes() == outputs[3].contiguousBytes())
  }

  @Test func `refuses inputs that do not fit`() throws {
    let executor = ReferenceExecutor(try Architecture.sample().sampleNetwork())
    for shape in [
      [3, 40, 40], [1, 4, 40, 40], [0, 3, 40, 40], [1, 3, 0, 40], [1, 3, 40, 9_000],
    ] {
      #expect { try executor.run(Self.input(shape)) } throws: {
        ($0 as? ReadError)?.code == .networkInput
      }
    }
    #expect { try executor.run(Tensor([Int64(1)], shape: [1, 1, 1, 1])) } throws: {
      ($0 as? ReadError)?.code == .networkInput
    }
    #expect { try executor.run(Self.input([1, 3, 4, 4])) } throws: {
      ($0 as? ReadError)?.code == .architectureResolution
    }
    #expect { try executor.runLayer(1, on: Self.input([1, 3, 8, 8])) } throws: {
      ($0 as? ReadError)?.code == .networkInput
    }
  }

  @Test func `refuses an input whose maps would not fit`() throws {
    let executor = ReferenceExecutor(try Architecture.sample().sampleNetwork())
    // One zero, seen as a thousand images of 8192×1024: the first maps alone take 50 GB.
    let input = try Tensor(
      elementType: .f32, shape: [1_000, 3, 8_192, 1_024], strides: [0, 0, 0, 0],
      storage: Bytes(copying: [0, 0, 0, 0]))
    let error = #expect(throws: ReadError.self) { try executor.run(input) }
    #expect(error?.code == .networkInput)
    #expect(error?.path == ["head: 2"])
  }

  @Test func `notices altered facts`() throws {
    let network = try Architecture.sample().sampleNetwork()
    let executor = ReferenceExecutor(network)
    let input = Self.input([1, 3, 40, 40])
    let answer = try executor.run(input).doubles()
    let name = "network.stage: 3 layer5.conv_dw.weight"
    var weight = try network.parameters[name]!.doubles()
    weight[7] += 0.5
    let alterations: [Alteration] = [
      .steps(layer: 2) { operation in
        operation.mappingConvolutions {
          if $0.kernelSize == 3 {
            $0.padding = .fixed(Padding(top: 0, left: 0, bottom: 1, right: 1))
          }
        }
      },
      .steps(layer: 0) { $0.mappingConvolutions { $0.batchNorm?.epsilon = 1e-1 } },
      .steps(layer: 1) { $0 == .activation(.relu) ? .activation(.swish) : $0 },
      .parameter(
        network.slot(named: name),
        Tensor(rounding: weight, to: .f32, shape: network.parameters[name]!.shape)),
    ]
    for alteration in alterations {
      let altered = try executor.replacing(network.altered(by: [alteration]))
      #expect(try altered.run(input).doubles() != answer)
    }
    #expect(try executor.replacing(network.altered(by: [])).run(input).doubles() == answer)
    #expect {
      try network.altered(by: [
        .parameter(ParameterSlot(layer: 0, unit: 9, role: .normWeight), input)
      ])
    } throws: {
      ($0 as? ReadError)?.code == .networkParameter
    }
  }

  @Test func `keeps what is no number`() throws {
    let executor = ReferenceExecutor(try Architecture.sample().sampleNetwork())
    var values = try Self.input([1, 3, 40, 40]).doubles()
    values[800] = .nan
    let output = try executor.run(Tensor(values, shape: [1, 3, 40, 40])).doubles()
    #expect(output.allSatisfy { $0.isNaN })
  }
}
