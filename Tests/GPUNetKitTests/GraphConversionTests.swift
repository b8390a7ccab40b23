import BinaryInput
import Digests
import Equivalence
import Foundation
import NetworkFamilies
import NetworkProgram
import GPUNetKit
import GPWFormat
import ModelFiles
import NetworkRecognition
import ONNXModel
import TensorData
import TestSupport
import Testing

@Suite struct `Conversion of ONNX graphs` {
  @Test(arguments: shared(FixtureCatalogue.graphs))
  func `a graph is recognised, converted and verified without a configuration`(
    _ graph: FixtureCatalogue.Graph
  ) throws {
    let folder = TemporaryFolder()
    let input = Fixture.path(graph.file)
    let given = try ArchitectureChoice(Fixture.path(graph.configuration)).architecture
    let identified = try SourceFile(opening: input).identify()
    // Expansions that give the same widths cannot be told apart.
    #expect(identified.architecture.layers.count == given.layers.count)
    #expect(
      identified.architecture.with(classCount: given.classCount).firstDifference(from: given) == nil
    )

    var request = Conversion.Request(input: input, output: folder.file("out.gpw"))
    request.resolution = given.resolution
    if graph.hasCheckpointWeights { request.counterpart = Fixture.path(graph.checkpoint) }
    let report = try Conversion.run(request)
    #expect(report.comparisons.graph?.firstMismatch == nil)
    #expect(try #require(report.comparisons.graph?.output).difference.relative < 1e-5)
    if let counterpart = report.comparisons.counterpart {
      #expect(counterpart.worst.difference < 1e-6)
    } else {
      #expect(!graph.hasCheckpointWeights)
    }

    // With the configuration, which gives the names, the recording shows every layer.
    request.architecture = try ArchitectureChoice(Fixture.path(graph.configuration))
    request.golden = Fixture.path(graph.golden)
    request.replaces = true
    let golden = try #require(try Conversion.run(request).comparisons.golden)
    #expect(golden.written.firstMismatch == nil)
    #expect(try #require(golden.written.output).difference.relative < 1e-5)
  }

  /// An original network and the version of the operators that it is written in.
  @Test(
    arguments: shared([
      ("plain", 10), ("plain-stride2-er", 13), ("distilled", 17), ("distilled-large-head", 21),
    ])) func `a network that is written as a graph is the same when it is read`(
      _ original: String, _ opset: Int
    ) throws
  {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("original/\(original).pth"), output: folder.file("out.onnx"))
    request.architecture = try ArchitectureChoice(Fixture.path("original/\(original).json"))
    request.target = GraphTarget(keepsBatchNorm: opset == 13, opset: opset)
    let report = try Conversion.run(request)
    #expect(try #require(report.comparisons.writtenGraph?.output).isMatch)

    var back = Conversion.Request(input: folder.file("out.onnx"), output: folder.file("out.gpw"))
    back.architecture = request.architecture
    back.golden = Fixture.path("original/\(original).npz")
    back.counterpart = request.input
    let golden = try #require(try Conversion.run(back).comparisons.golden)
    #expect(golden.written.firstMismatch == nil)
  }

  @Test func `half precision is written with a bound that its rounding explains`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("original/plain.pth"), output: folder.file("out.onnx"))
    request.architecture = try ArchitectureChoice(Fixture.path("original/plain.json"))
    request.target = GraphTarget(elementType: .f16)
    let report = try Conversion.run(request)
    let output = try #require(report.comparisons.writtenGraph?.output)
    #expect(report.model.provenance.options == ["dtype=f16"])
    #expect(output.difference.relative > 1e-6)
    #expect(output.isMatch)
  }

  /// The other file is the graph itself, the last weight of its second convolution exchanged.
  @Test(arguments: [Float.infinity, -.infinity, .nan, 3])
  func `one number that differs is enough to tell parameters apart`(_ number: Float) throws {
    let folder = TemporaryFolder()
    let input = Fixture.path("onnx/plain-opset17-unfolded.onnx")
    let given = try ArchitectureChoice(Fixture.path("original/plain.json"))
    let name = "network.stage: 1 layer3.conv.weight"
    let weight = try #require(
      try NetworkSource(SourceFile(opening: Fixture.path("original/plain.pth"))).tensors()[name])
    var changed = try MappedFile(path: input).bytes.array
    let end = try #require(changed.firstRange(of: weight.contiguousBytes().array)).upperBound
    for byte in 0..<4 {
      changed[end - 4 + byte] = UInt8(truncatingIfNeeded: number.bitPattern >> (8 * UInt32(byte)))
    }
    var request = Conversion.Request(input: input, output: folder.file("out.gpw"))
    request.architecture = given
    request.verifies = false
    request.counterpart = try folder.write(changed, to: "changed.onnx")
    do {
      _ = try Conversion.run(request)
      Issue.record("a parameter with \(number) was taken for the same")
    } catch let rejection as Rejection {
      #expect(rejection.error.found == "1 channel out of it")
      #expect(rejection.reasons.first?.hasPrefix(name + ", channel") == true)
    }
    #expect(folder.names == ["changed.onnx"])
  }

  @Test func `a given configuration names what the graph has, and nothing more is counted`() throws
  {
    let input = Fixture.path("onnx/plain-opset17-unfolded.onnx")
    let given = try ArchitectureChoice(Fixture.path("original/plain.json"))
    let identified = try SourceFile(opening: input).identify(given: given)
    let ledger = identified.source.ledger(foldsBatchNorms: true)
    #expect(ledger.entries.allSatisfy { !$0.name.hasSuffix("num_batches_tracked") })
    let graph = try ONNXFile(opening: input).graph
    #expect(ledger.entries.count == graph.initializers.count)
  }

  @Test func `what is not asked for changes no bound`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("onnx/plain-opset10.onnx"), output: folder.file("out.onnx"))
    // The weights have this type already.
    request.target = GraphTarget(elementType: .f32)
    let report = try Conversion.run(request)
    #expect(report.comparisons.verification?.tolerance.output == 1e-10)
    #expect(report.tensorCount == 52)
    let written = try ONNXFile(opening: folder.file("out.onnx"))
    #expect(written.graph.initializers.count == report.tensorCount)
  }

  @Test func `labels and preprocessing go with the graph`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("onnx/plain-opset10.onnx"), output: folder.file("out.onnx"))
    request.labels = try folder.write(
      Array((1...11).map { "class \($0)" }.joined(separator: "\n").utf8), to: "labels.txt")
    request.verifies = false
    _ = try Conversion.run(request)
    let properties = try ONNXFile(opening: folder.file("out.onnx")).metadata
    let labels = try #require(properties.first { $0.key == "gpunet.labels" }).value
    #expect(labels.hasPrefix("[\"class 1\",") && labels.hasSuffix("\"class 11\"]"))
    #expect(properties.contains { $0.key == "gpunet.preprocessing" && $0.value.contains("0.485") })
  }

  @Test func `labels and preprocessing come back from the graph`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("onnx/plain-opset10.onnx"), output: folder.file("out.onnx"))
    request.labels = try folder.write(
      Array((1...11).map { "class \($0)" }.joined(separator: "\n").utf8), to: "labels.txt")
    request.preprocessing.cropFraction = 0.75
    request.preprocessing.mean = [0.1, 0.2, 0.3]
    request.verifies = false
    _ = try Conversion.run(request)
    var back = Conversion.Request(input: folder.file("out.onnx"), output: folder.file("out.gpw"))
    back.verifies = false
    let model = try Conversion.run(back).model
    #expect(model.labels == (1...11).map { "class \($0)" })
    #expect(model.preprocessing.cropFraction == 0.75)
    #expect(model.preprocessing.mean == [0.1, 0.2, 0.3])
    #expect(model.preprocessing.interpolation == "bicubic")
  }

  @Test func `properties that somebody changed are passed over with a warning`() throws {
    let folder = TemporaryFolder()
    var file = try ONNXFile(opening: Fixture.path("onnx/plain-opset10.onnx"))
    func notes(_ properties: [ONNXFile.Property]) throws -> (RecordedNotes, [String]) {
      file.metadata = properties
      let path = try folder.write(file.encoded(), to: "changed.onnx")
      let source = try NetworkSource(SourceFile(opening: path))
      return (source.notes, source.warnings)
    }
    let right = #"{"mean":[1,2,3],"std":[1,1,1],"interpolation":"bilinear","crop":1}"#
    var (found, warnings) = try notes([ONNXFile.Property("gpunet.preprocessing", right)])
    #expect(found.preprocessing?.mean == [1, 2, 3])
    #expect(warnings.isEmpty)
    for wrong in [
      "", "[]", "{", right.replacing("bilinear", with: "nearest"),
      right.replacing("[1,2", with: "[2"),
      right.replacing(#""crop":1"#, with: #""crop":1.5"#),
      right.replacing("[1,1,1]", with: "[1,0,1]"),
    ] {
      (found, warnings) = try notes([ONNXFile.Property("gpunet.preprocessing", wrong)])
      #expect(found.preprocessing == nil, "\(wrong)")
      #expect(warnings.count == 1 && warnings[0].contains("gpunet.preprocessing"), "\(wrong)")
    }
    for wrong in ["", #"["a"]"#, "[\(Array(repeating: "1", count: 11).joined(separator: ","))]"] {
      (found, warnings) = try notes([ONNXFile.Property("gpunet.labels", wrong)])
      #expect(found.labels == nil, "\(wrong)")
      #expect(warnings.count == 1 && warnings[0].contains("gpunet.labels"), "\(wrong)")
    }
  }

  /// Writes the plain network as `in.onnx` with its weights in `in.onnx.data`.
  private func graphWithExternalData(in folder: TemporaryFolder) throws -> Conversion.Request {
    var request = Conversion.Request(
      input: Fixture.path("onnx/plain-opset10.onnx"), output: folder.file("in.onnx"))
    request.target = GraphTarget(hasExternalData: true)
    let data = try #require(try Conversion.run(request).externalData)
    #expect(data.fileName == "in.onnx.data")
    #expect(try MappedFile(path: folder.file(data.fileName)).bytes.count == data.byteCount)
    #expect(folder.names == ["in.onnx", "in.onnx.data"])
    return Conversion.Request(input: folder.file("in.onnx"), output: folder.file("out.gpw"))
  }

  @Test func `weights beside the file are the file's, and their digest is recorded`() throws {
    let folder = TemporaryFolder()
    var request = try graphWithExternalData(in: folder)
    request.counterpart = Fixture.path("onnx/plain-opset10.onnx")
    let report = try Conversion.run(request)
    #expect(report.comparisons.counterpart?.worst.difference == 0)
    #expect(report.comparisons.graph?.firstMismatch == nil)
    let digest = SHA256.hexDigest(of: try MappedFile(path: folder.file("in.onnx.data")).bytes)
    #expect(report.model.provenance.options == ["external-data=in.onnx.data sha256=\(digest)"])
  }

  @Test func `weights beside the file that change while they are read are noticed`() throws {
    let folder = TemporaryFolder()
    var request = try graphWithExternalData(in: folder)
    request.verifies = false
    request.progress = { moment in
      // The same bytes in another file of that name.
      let path = folder.file("in.onnx.data")
      guard case .writing = moment, let bytes = try? MappedFile(path: path).bytes else { return }
      _ = try? folder.write(bytes.array, to: "in.onnx.data")
    }
    #expect {
      try Conversion.run(request)
    } throws: { ($0 as? ReadError)?.code == .inputChanged }
  }

  @Test func `weights that the source needs are not replaced`() throws {
    let folder = TemporaryFolder()
    var request = try graphWithExternalData(in: folder)
    let names = folder.names
    // Another model's file, whose weights would get the name of the source's.
    try FileManager.default.moveItem(atPath: request.input, toPath: folder.file("other"))
    request.input = folder.file("other")
    request.output = folder.file("in.onnx")
    request.target = GraphTarget(hasExternalData: true)
    request.replaces = true
    #expect {
      try Conversion.run(request)
    } throws: { ($0 as? ReadError)?.code == .sameFile }
    #expect(folder.names == names.map { $0 == "in.onnx" ? "other" : $0 }.sorted())
  }

  @Test func `weights with another name are read when that is allowed`() throws {
    let folder = TemporaryFolder()
    var request = try graphWithExternalData(in: folder)
    try FileManager.default.linkItem(
      atPath: folder.file("in.onnx.data"), toPath: folder.file("again"))
    #expect {
      try Conversion.run(request)
    } throws: { ($0 as? ReadError)?.code == .externalHardLink }
    request.source.graph.allowsHardLinks = true
    request.verifies = false
    #expect(throws: Never.self) { try Conversion.run(request) }
  }

  @Test func `an operator version and external data for a native file are refused`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("onnx/plain-opset10.onnx"), output: folder.file("out.gpw"))
    request.target = GraphTarget(opset: 13)
    #expect {
      try Conversion.run(request)
    } throws: { ($0 as? ReadError)?.code == .unsuitableRequest }
    request.target = GraphTarget(hasExternalData: true)
    #expect {
      try Conversion.run(request)
    } throws: { ($0 as? ReadError)?.code == .unsuitableRequest }
  }

  @Test func `a checkpoint of other weights is told from the graph's`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("onnx/plain-opset10.onnx"), output: folder.file("out.gpw"))
    request.counterpart = Fixture.path("original/distilled.pth")
    #expect(throws: Rejection.self) { try Conversion.run(request) }
    #expect(folder.names.isEmpty)
  }
}
