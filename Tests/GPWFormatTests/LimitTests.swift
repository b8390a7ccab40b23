import BinaryInput
import GPWFormat
import NetworkProgram
import TensorData
import TestSupport
import Testing

/// Programs at a limit of the format, and just beyond it.
private struct Limit: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let limit: Int
  /// How the document says it.
  let documented: String
  let program: @Sendable (Int) -> Program

  static let all = [
    Limit(testDescription: "layers", limit: 1_000, documented: "| layers | 1000 |") { count in
      .sample(Array(repeating: [.globalAveragePool], count: count - 2))
    },
    Limit(testDescription: "steps", limit: 100_000, documented: "| steps | 100 000 |") { count in
      // Four steps stand in the other layers.
      .sample([Array(repeating: .globalAveragePool, count: count - 4)])
    },
    Limit(
      testDescription: "rows of a map", limit: 16_384,
      documented: "| rows, columns of a map | 16 384 |"
    ) { side in
      // 255 rows on each side in sixteen steps, from 8192; the rest in one more.
      .sample(
        [Array(repeating: .pointwise(255), count: 16) + [.pointwise((side - 16_352) / 2)]]
          + (side % 2 == 1 ? [[.pointwise(0, below: 1)]] : []), height: 8_192)
    },
    Limit(testDescription: "channels", limit: 131_072, documented: "| channels | 131 072 |") {
      .sample([[.convolution(1, $0), .convolution($0, 1)]])
    },
    Limit(
      testDescription: "kernel", limit: 31,
      documented: "| kernel, stride, zeros on a side | 31, 8, 255 |"
    ) { .sample([[.convolution(1, 1, kernel: $0)]]) },
    Limit(
      testDescription: "stride", limit: 8,
      documented: "| kernel, stride, zeros on a side | 31, 8, 255 |"
    ) { .sample([[.convolution(1, 1, stride: $0)]]) },
    Limit(
      testDescription: "zeros on a side", limit: 255,
      documented: "| kernel, stride, zeros on a side | 31, 8, 255 |"
    ) { .sample([[.pointwise($0)]]) },
    Limit(testDescription: "classes", limit: 1_000_000, documented: "| classes | 1 000 000 |") {
      .sample([], classes: $0)
    },
  ]
}

extension NetworkProgram.Operation {
  fileprivate static func convolution(
    _ inputs: Int, _ outputs: Int, kernel: Int = 1, stride: Int = 1, padding: Padding = Padding(0)
  ) -> Self {
    .convolution(
      Convolution(
        inputChannels: inputs, outputChannels: outputs, kernelSize: kernel, stride: stride,
        padding: .fixed(padding), groups: 1, hasBias: false, batchNorm: nil))
  }

  /// A 1×1 convolution with rows of zeros around it.
  fileprivate static func pointwise(_ rows: Int, below: Int? = nil) -> Self {
    .convolution(1, 1, padding: Padding(top: rows, left: 0, bottom: below ?? rows, right: 0))
  }
}

extension Program {
  /// A program of one channel with layers between its first and last.
  fileprivate static func sample(
    _ layers: [[NetworkProgram.Operation]], height: Int = 40, classes: Int = 1
  ) -> Program {
    let all: [[NetworkProgram.Operation]] =
      [[.convolution(1, 1)]] + layers
      + [
        [
          .convolution(1, 1), .globalAveragePool,
          .linear(Linear(inputFeatures: 1, outputFeatures: classes)),
        ]
      ]
    let programs = all.enumerated().map { index, operations in
      let count = operations.reduce(0) { count, operation in
        if case .globalAveragePool = operation { count } else { count + 1 }
      }
      return LayerProgram(
        index: index,
        label: LayerLabel(
          text: "", stage: nil, moduleName: "",
          units: (0..<count).map { UnitNames("\(index).\($0)") }),
        operations: operations)
    }
    return Program(
      convention: "", input: FeatureShape(channels: 1, height: height, width: 40),
      layers: programs, form: .folded)
  }

  /// A file of this program; its parameters are zero and take no memory before they are written.
  fileprivate func bytes() throws -> [UInt8] {
    var zeros = StateDict()
    for specification in parameters {
      let tensor = try Tensor(
        elementType: .f16, shape: specification.shape,
        strides: specification.shape.map { _ in 0 }, storage: Bytes(copying: [0, 0]))
      let isNew = zeros.append(tensor, named: specification.name)
      precondition(isNew, "names are unique")
    }
    let model = GPWModel(
      network: try Network(self, parameters: zeros), name: nil, preprocessing: .published(),
      provenance: GPWModel.Provenance(
        sourceName: "", sourceSHA256: "", sourceFormat: "", key: "", toolVersion: "", options: []))
    return try model.bytes()
  }
}

@Suite struct `Every limit of a program` {
  @Test(arguments: Limit.all) private func `is the document's`(limit: Limit) throws {
    let text = String(
      decoding: try MappedFile(path: "\(Fixture.root)/Schemas/gpw-format.md").bytes.array,
      as: UTF8.self)
    #expect(text.contains("\n\(limit.documented)"))
    let largest = try limit.program(limit.limit).bytes()
    #expect(throws: Never.self) { try GPWModel(GPWFile(Bytes(copying: largest))) }
    let beyond = try limit.program(limit.limit + 1).bytes()
    let error = #expect(throws: ReadError.self) { try GPWModel(GPWFile(Bytes(copying: beyond))) }
    #expect(error?.code == .gpwNetwork)
  }

  @Test func `keeps the numbers of elements countable`() throws {
    // The widest map that a small file can ask for, at the largest image.
    let program = Limit.all.first { $0.testDescription == "rows of a map" }!.program(16_384)
    let resolution = try #require(Resolution(square: Resolution.maximum))
    let summaries = try program.summaries(at: resolution)
    #expect(summaries.map(\.largestMapElementCount).max()! < 1 << 32)
  }
}
