import ArchitectureConfiguration
import BinaryInput
import Equivalence
import NetworkFamilies
import NetworkProgram
import GPUNetKit
import GPUNetRuntime
import GPWFormat
import ModelFiles
import NetworkRecognition
import StrictJSON
import TensorData
import TestSupport
import Testing

/// A conversion of the small sample network with things changed on the way.
private struct Trial {
  let folder = TemporaryFolder()
  var request: Conversion.Request

  /// Writes the parameters as a checkpoint and the architecture as a configuration.
  init(_ parameters: StateDict? = nil) throws {
    let architecture = try Architecture.sample()
    let input = try folder.write(
      checkpoint(parameters ?? architecture.sampleParameters()), to: "in.pth")
    let configuration = try folder.write(
      Array(architecture.configuration.serialized(pretty: true).utf8), to: "in.json")
    request = Conversion.Request(input: input, output: folder.file("out.gpw"))
    request.architecture = try ArchitectureChoice(configuration)
  }

  /// What is in the folder beside the sources.
  var results: [String] { folder.names.filter { !$0.hasPrefix("in.") } }

  /// The answer no.
  func rejection() throws -> Rejection {
    try #require(throws: Rejection.self) { try Conversion.run(request) }
  }

  func error() throws -> ReadError {
    try #require(throws: ReadError.self) { try Conversion.run(request) }
  }
}

@Suite struct `A conversion` {
  @Test func `writes the same bytes for the same input and options`() throws {
    let trial = try Trial()
    _ = try Conversion.run(trial.request)
    let first = try MappedFile(path: trial.request.output).bytes.array
    var again = trial.request
    again.output = trial.folder.file("again.gpw")
    _ = try Conversion.run(again)
    #expect(try MappedFile(path: again.output).bytes.array == first)
    #expect(trial.results == ["again.gpw", "out.gpw"])
  }

  @Test func `of a native file gives the same network`() throws {
    let trial = try Trial()
    _ = try Conversion.run(trial.request)
    var second = Conversion.Request(
      input: trial.request.output, output: trial.folder.file("second.gpw"))
    let report = try Conversion.run(second)
    #expect(report.comparisons.verification?.output?.difference.relative == 0)
    second.target = NativeTarget(keepsBatchNorm: true)
    second.replaces = true
    #expect(throws: ReadError.self) { try Conversion.run(second) }
  }

  @Test func `writes folded networks blocked and others row-major, unless told`() throws {
    func layout(
      _ change: (inout Conversion.Request) -> Void
    ) throws -> (layout: TensorLayout, options: [String]) {
      var trial = try Trial()
      change(&trial.request)
      let report = try Conversion.run(trial.request)
      let model = try GPWModel(GPWFile(MappedFile(path: trial.request.output).bytes))
      #expect(model.layout == report.model.layout)
      return (model.layout, model.provenance.options)
    }
    #expect(try layout { _ in } == (.blocked, []))
    #expect(try layout { $0.target = NativeTarget(layout: .blocked) } == (.blocked, []))
    #expect(
      try layout { $0.target = NativeTarget(layout: .rowMajor) } == (
        .rowMajor, ["layout=row-major"]
      ))
    #expect(
      try layout { $0.target = NativeTarget(keepsBatchNorm: true) } == (
        .rowMajor, ["keep-batch-norm"]
      ))
    #expect(
      try layout {
        $0.target = NativeTarget(keepsBatchNorm: true, layout: .rowMajor)
      } == (.rowMajor, ["keep-batch-norm"]))
    var impossible = try Trial()
    impossible.request.target = NativeTarget(keepsBatchNorm: true, layout: .blocked)
    #expect(try impossible.error().code == .unsuitableRequest)
    #expect(impossible.results.isEmpty)
  }

  @Test(arguments: [.f32, .f16] as [ElementType])
  func `from one layout into the other keeps every bit and every answer`(type: ElementType) throws {
    var trial = try Trial(Architecture.sample().sampleParameters(type: type))
    var files: [TensorLayout: String] = [:]
    // Each layout from the checkpoint, and then from the file in the other one.
    for layout in TensorLayout.allCases {
      trial.request.target = NativeTarget(layout: layout)
      trial.request.output = trial.folder.file("\(layout).gpw")
      _ = try Conversion.run(trial.request)
      files[layout] = trial.request.output
    }
    let executor = { (network: Network) in ReferenceExecutor(network) }
    let expected = try GPWModel(GPWFile(MappedFile(path: files[.rowMajor]!).bytes)).network
    let input = try VerificationInput.batch(
      channels: expected.program.input.channels, resolution: Resolution(square: 40)!)
    let answers = try executor(expected).run(input).contiguousBytes()
    for (from, to) in [(.rowMajor, .blocked), (.blocked, .rowMajor)]
      as [(TensorLayout, TensorLayout)]
    {
      var request = Conversion.Request(
        input: files[from]!, output: trial.folder.file("to-\(to).gpw"))
      request.target = NativeTarget(layout: to)
      let report = try Conversion.run(request)
      #expect(report.comparisons.verification?.output?.difference.relative == 0)
      let model = try GPWModel(GPWFile(MappedFile(path: request.output).bytes))
      #expect(model.layout == to)
      for (name, tensor) in expected.parameters {
        let found = try #require(model.network.parameters[name])
        #expect(found.layout == to)
        #expect(found.elementType == type)
        #expect(try found.contiguousBytes() == tensor.contiguousBytes(), "\(name)")
        #expect(try found.blockedBytes() == tensor.blockedBytes(), "\(name)")
      }
      #expect(try executor(model.network).run(input).contiguousBytes() == answers)
    }
  }

  @Test func `records what shaped the file`() throws {
    var trial = try Trial()
    trial.request.resolution = Resolution(height: 48, width: 64)
    let report = try Conversion.run(trial.request)
    let model = try GPWModel(GPWFile(MappedFile(path: trial.request.output).bytes))
    #expect(model.network.program.resolution == Resolution(height: 48, width: 64))
    #expect(model.provenance == report.model.provenance)
    #expect(model.provenance.sourceName == "in.pth")
    #expect(model.provenance.sourceFormat == "pytorch-zip")
    #expect(model.provenance.options == ["resolution=48×64"])
    #expect(model.provenance.sourceSHA256.count == 64)
    #expect(model.network.form == .folded)
  }

  @Test func `leaves nothing behind when it is dry`() throws {
    var trial = try Trial()
    trial.request.isDryRun = true
    let report = try Conversion.run(trial.request)
    #expect(report.byteCount > 0)
    #expect(report.comparisons.verification != nil)
    #expect(trial.results.isEmpty)
  }

  @Test func `does not verify where that is not wanted`() throws {
    var trial = try Trial()
    trial.request.verifies = false
    let report = try Conversion.run(trial.request)
    #expect(report.comparisons.verification == nil)
    #expect(trial.results == ["out.gpw"])
  }

  @Test func `replaces a file only when told`() throws {
    var trial = try Trial()
    _ = try trial.folder.write([1, 2, 3], to: "out.gpw")
    #expect(try trial.error().code == .outputExists)
    #expect(try MappedFile(path: trial.request.output).bytes.array == [1, 2, 3])
    trial.request.replaces = true
    _ = try Conversion.run(trial.request)
    #expect(GPWFile.canRead(try MappedFile(path: trial.request.output).bytes))
    #expect(trial.results == ["out.gpw"])
  }

  @Test func `refuses paths that cannot be meant`() throws {
    var trial = try Trial()
    let cases: [(String, String, ErrorCode)] = [
      (trial.request.input, trial.folder.file("out.tflite"), .unsuitableRequest),
      (trial.folder.file("missing.pth"), trial.request.output, .openFailed),
      (trial.folder.path, trial.request.output, .openFailed),
      (trial.request.input, trial.folder.file("missing/out.gpw"), .createFailed),
    ]
    for (input, output, code) in cases {
      trial.request.input = input
      trial.request.output = output
      #expect(try trial.error().code == code)
    }
    _ = try trial.folder.write(
      MappedFile(path: Fixture.path("checkpoints/bare.pth")).bytes.array, to: "in.gpw")
    trial.request.input = trial.folder.file("in.gpw")
    trial.request.output = trial.folder.file(
      "../\(trial.folder.path.split(separator: "/").last!)/in.gpw")
    #expect(try trial.error().code == .sameFile)
  }

  @Test func `accounts for every tensor of a training checkpoint`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("checkpoints/training-ema.pth.tar"), output: folder.file("out.gpw"))
    request.architecture = try ArchitectureChoice(Fixture.path("networks/plain.json"))
    let ledger = try Conversion.run(request).ledger
    #expect(Set(ledger.entries.map(\.name)).count == ledger.entries.count)
    let names = try ExpectedTensors("expected/plain-ema.npz").names
    let norms = names.count { $0.hasSuffix("running_var") }
    #expect(ledger.counts.used == names.count - 5 * norms)
    #expect(ledger.counts.folded == 4 * norms)
    #expect(ledger.counts.unused == 0)
    #expect(
      ledger.ignoredCounts.map(\.why) == [
        "counts batches, which a folded norm does not need",
        "'state_dict_ema' was taken instead", "state of the optimizer",
      ])
    #expect(ledger.ignoredCounts.map(\.count)[0...1] == [norms, names.count])
  }
}

@Suite struct `A checkpoint that does not fit` {
  static let weight = "network.stage: 3 layer5.conv_pwl.weight"

  @Test func `names a transposed tensor`() throws {
    let whole = try Architecture.sample().sampleParameters()
    let trial = try Trial(
      whole.replacing(Self.weight, with: try whole[Self.weight]!.reshaped(to: [16, 6, 1, 1])))
    let rejection = try trial.rejection()
    #expect(rejection.error.code == .recognitionMismatch)
    #expect(rejection.reasons.count == 1)
    #expect(rejection.reasons[0].contains("stage: 3 layer5: conv_pwl.weight"))
    #expect(rejection.reasons[0].contains("[6, 16, 1, 1]"))
    #expect(rejection.reasons[0].contains("[16, 6, 1, 1] (transposed?)"))
    #expect(trial.results.isEmpty)
  }

  @Test func `names a missing tensor`() throws {
    let whole = try Architecture.sample().sampleParameters()
    let trial = try Trial(whole.renamed { $0 == Self.weight ? nil : $0 })
    let rejection = try trial.rejection()
    #expect(rejection.error.code == .recognitionMismatch)
    #expect(rejection.reasons.count == 1)
    #expect(rejection.reasons[0].contains("conv_pwl.weight"))
    #expect(rejection.reasons[0].hasSuffix("found nothing"))
    #expect(trial.results.isEmpty)
  }

  @Test func `names a tensor too many, which may be left out`() throws {
    let extra = "network.stage: 3 layer5.extra.weight"
    var trial = try Trial(
      try Architecture.sample().sampleParameters()
        .adding(Tensor([Float(1)], shape: [1]), named: extra))
    let rejection = try trial.rejection()
    #expect(rejection.error.code == .recognitionUnused)
    #expect(rejection.error.remedy == .allowUnused)
    #expect(rejection.reasons.count == 1)
    #expect(rejection.reasons[0].contains("stage: 3 layer5: extra.weight"))
    #expect(trial.results.isEmpty)
    trial.request.allowsUnused = true
    #expect(try Conversion.run(trial.request).ledger.unusedNames == [extra])
  }

  @Test func `of an unknown network names the nearest one`() throws {
    var trial = try Trial()
    trial.request.architecture = nil
    let error = try trial.error()
    #expect(error.code == .recognitionUnknown)
    #expect(error.remedy == .describeNetwork)
    #expect(trial.results.isEmpty)
  }

  @Test func `of a wrong published name is told so`() throws {
    var trial = try Trial()
    trial.request.architecture = try ArchitectureChoice("GPUNet-1")
    #expect(try trial.rejection().error.code == .recognitionMismatch)
    let error = #expect(throws: ReadError.self) { try ArchitectureChoice("GPUNet-9") }
    #expect(error?.code == .openFailed)
    #expect(error?.expected?.contains("GPUNet-D2") == true)
  }
}

@Suite struct `A file of another kind` {
  struct Kind: Sendable, CustomTestStringConvertible {
    let content: [UInt8]
    let words: String
    var code = ErrorCode.detectForeign
    var testDescription: String { words }
  }

  @Test(arguments: [
    Kind(content: [], words: "empty", code: .detectEmpty),
    Kind(content: Array("version https://git-lfs.github.com/spec/v1\n".utf8), words: "git LFS"),
    Kind(content: Array("<!DOCTYPE html><html>".utf8), words: "web page"),
    Kind(content: Array("<html>".utf8), words: "web page"),
    Kind(content: [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C, 0, 4], words: "7z"),
    Kind(content: [0x1F, 0x8B, 8, 0], words: "gzip"),
    Kind(content: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A], words: "PNG"),
    Kind(content: Array("[{\"layer_type\"".utf8), words: "JSON"),
    Kind(content: [1, 2, 3, 4], words: "unknown"),
  ])
  func `is called what it is`(kind: Kind) throws {
    let folder = TemporaryFolder()
    let path = try folder.write(kind.content, to: "model.pth")
    let error = #expect(throws: ReadError.self) { try SourceFile(opening: path) }
    #expect(error?.code == kind.code)
    #expect(error?.what.contains(kind.words) == true)
    #expect(error?.path == [path])
  }
}

@Suite struct `A recording` {
  /// The golden file of the original plain network with one element of its output changed by 1%.
  private static func altered(in folder: TemporaryFolder) throws -> String {
    let golden = try Fixture.bytes("original/plain.npz").array
    // Stored as it is, so that a change of the entry and its checksum gives a sound archive.
    return try folder.write(
      ChangedGolden.changing(golden, entry: "output.npy") { bytes in
        let last = bytes.count - 8
        let value = Double(
          bitPattern: (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[last + $1]) << (8 * $1) })
        let changed = (value * 1.01).bitPattern
        for index in 0..<8 {
          bytes[last + index] = UInt8(truncatingIfNeeded: changed >> (8 * index))
        }
      }, to: "golden.npz")
  }

  @Test(arguments: [false, true])
  func `with one output off by 1% makes the answer no and leaves no new file`(exists: Bool) throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("original/plain.pth"), output: folder.file("out.gpw"))
    request.architecture = try ArchitectureChoice(Fixture.path("original/plain.json"))
    request.golden = try Self.altered(in: folder)
    request.replaces = exists
    if exists { _ = try folder.write([1, 2, 3], to: "out.gpw") }
    let rejection = try #require(throws: Rejection.self) { try Conversion.run(request) }
    #expect(rejection.error.code == .notEquivalent)
    #expect(rejection.reasons.count == 1)
    #expect(rejection.reasons[0].hasPrefix("output: relative difference"))
    #expect(rejection.reasons[0].contains("worst at [1, 10]"))
    #expect(folder.names == (exists ? ["golden.npz", "out.gpw"] : ["golden.npz"]))
    if exists { #expect(try MappedFile(path: request.output).bytes.array == [1, 2, 3]) }
  }

  @Test func `of another network is refused`() throws {
    let folder = TemporaryFolder()
    var request = Conversion.Request(
      input: Fixture.path("original/plain.pth"), output: folder.file("out.gpw"))
    request.architecture = try ArchitectureChoice(Fixture.path("original/plain.json"))
    request.golden = Fixture.path("original/distilled.npz")
    let error = try #require(throws: ReadError.self) { try Conversion.run(request) }
    #expect(error.code == .golden)
    #expect(folder.names.isEmpty)
  }
}
