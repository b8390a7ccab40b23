import BinaryInput
import GPWFormat
import ModelFiles
import NetworkFamilies
import NetworkProgram
import TestSupport
import Testing

/// A change to what a program is labelled with, or to the program alone.
private struct Relabelling: Sendable, CustomTestStringConvertible {
  let testDescription: String
  /// Whether the labels say the same as the program afterwards.
  var isRight = false
  let change: @Sendable (Program) -> Program

  static let all = [
    Relabelling(testDescription: "none", isRight: true) { $0 },
    Relabelling(testDescription: "another activation in a layer string") {
      $0.labelled(1, text: "conv_k3_i4_o5_s1_swish")
    },
    Relabelling(testDescription: "another kernel in a layer string") {
      $0.labelled(1, text: "conv_k5_i4_o5_s1_relu")
    },
    Relabelling(testDescription: "no layer string") { $0.labelled(1, text: "a layer") },
    Relabelling(testDescription: "a layer that may not stand there") {
      $0.labelled(1, text: "prologue_i4_o5_s2_relu")
    },
    Relabelling(testDescription: "another stage") { $0.labelled(1, stage: 2) },
    Relabelling(testDescription: "another name in reports") {
      $0.labelled(1, moduleName: "layer3")
    },
    Relabelling(testDescription: "an unknown convention") { $0.of(convention: "nobody's") },
    Relabelling(testDescription: "no convention") { $0.of(convention: "") },
    Relabelling(testDescription: "another epsilon") { $0.of(convention: "gpunet epsilon=0.25") },
    Relabelling(testDescription: "another padding") { $0.of(convention: "gpunet padding=same") },
    Relabelling(testDescription: "the convention's own rule") {
      $0.of(convention: "gpunet epsilon=0.001")
    },
    Relabelling(testDescription: "another epsilon in the steps") {
      $0.mapping(1) { $0.batchNorm = BatchNorm(epsilon: 1e-5) }
    },
    Relabelling(testDescription: "another padding in the steps") {
      $0.mapping(2) { if $0.kernelSize == 3 { $0.padding = .fixed(Padding(1)) } }
    },
  ]
}

extension Program {
  fileprivate func of(convention: String) -> Program {
    Program(convention: convention, input: input, layers: layers, form: form)
  }

  fileprivate func labelled(
    _ index: Int, text: String? = nil, stage: Int? = nil, moduleName: String? = nil
  ) -> Program {
    var copy = self
    let (layer, label) = (layers[index], layers[index].label)
    copy.layers[index] = LayerProgram(
      index: index,
      label: LayerLabel(
        text: text ?? label.text, stage: stage ?? label.stage,
        moduleName: moduleName ?? label.moduleName, units: label.units),
      operations: layer.operations)
    return copy
  }

  fileprivate func mapping(_ index: Int, _ change: (inout Convolution) -> Void) -> Program {
    var copy = self
    copy.layers[index].operations = layers[index].operations.map {
      $0.mappingConvolutions(change)
    }
    return copy
  }
}

@Suite struct `What a program is labelled with` {
  @Test(arguments: Relabelling.all)
  private func `is believed where it is lowered to the program`(case relabelling: Relabelling)
    throws
  {
    let network = try Architecture.sample().sampleNetwork(.separate)
    let program = relabelling.change(network.program)
    let model = GPWModel(
      network: try Network(program, tensors: network.tensors), name: nil,
      preprocessing: .published(),
      provenance: GPWModel.Provenance(
        sourceName: "", sourceSHA256: "", sourceFormat: "", key: "", toolVersion: "", options: []))
    let folder = TemporaryFolder()
    let path = folder.file("labels.gpw")
    var file = try AtomicOutputFile(path: path, replacing: false)
    try model.write(to: &file)
    try file.commit()
    // The program is read by whoever only runs it.
    let found = try GPWModel(GPWFile(MappedFile(path: path).bytes))
    #expect(found.network.program == program)
    guard !relabelling.isRight else {
      #expect(throws: Never.self) { try SourceFile(opening: path) }
      return
    }
    let error = #expect(throws: ReadError.self) { try SourceFile(opening: path) }
    #expect(error?.code == .architectureLabels)
  }
}
