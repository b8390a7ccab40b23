import BinaryInput
import Equivalence
import NetworkFamilies
import NetworkProgram
import GPUNetKit
import GPWFormat
import TensorData
import TestSupport
import Testing

@Suite struct `Verifying a model` {
  /// Converts an original network and returns the file's path.
  private static func converted(
    _ name: String, in folder: TemporaryFolder, verifies: Bool = true
  ) throws -> String {
    var request = Conversion.Request(
      input: Fixture.path("original/\(name).pth"), output: folder.file("\(name).gpw"))
    request.architecture = try ArchitectureChoice(Fixture.path("original/\(name).json"))
    request.verifies = verifies
    _ = try Conversion.run(request)
    return request.output
  }

  /// Writes a model beside another file.
  private static func write(_ model: GPWModel, to path: String) throws {
    var file = try AtomicOutputFile(path: path, replacing: true)
    try model.write(to: &file)
    try file.commit()
  }

  @Test(arguments: ["plain", "plain-stride2-er", "distilled", "distilled-large-head"])
  func `needs no other file than a native one`(name: String) throws {
    let folder = TemporaryFolder()
    let report = try ModelVerification(.init(model: Self.converted(name, in: folder)))
    let fingerprint = try #require(report.fingerprint)
    #expect(report.isVerified)
    #expect(report.golden == nil)
    let difference = try #require(fingerprint.output).difference.relative
    // The file's weights are rounded, so its answers are near the source's and not equal to them.
    #expect(difference > 0)
    #expect(difference <= 1e-6)
    #expect(
      report.fingerprintResolution?.height
        == report.identified.architecture.program(.folded).smallestCoveringSide)
  }

  @Test(arguments: ["plain", "distilled"])
  func `counts the parameters that the file has, whose norms are folded`(name: String) throws {
    let folder = TemporaryFolder()
    let path = try Self.converted(name, in: folder)
    let identified = try ModelVerification(.init(model: path)).identified
    let tensors = try GPWModel(GPWFile(MappedFile(path: path).bytes)).network.parameters
    let elementCount = tensors.names.reduce(0) { $0 + (tensors[$1]?.shape.reduce(1, *) ?? 0) }
    #expect(try NetworkTotals(identified.summaries()).parameterCount == elementCount)
  }

  @Test func `notices one weight that is off`() throws {
    let folder = TemporaryFolder()
    let path = try Self.converted("plain", in: folder)
    var model = try GPWModel(GPWFile(MappedFile(path: path).bytes))
    let name = "network.stage: 3 layer8.conv_dw.weight"
    let tensor = try #require(model.network.parameters[name])
    var values = try tensor.doubles()
    values[40] += 0.05
    model.network = try model.network.altered(by: [
      .parameter(
        model.network.slot(named: name),
        Tensor(rounding: values, to: .f32, shape: tensor.shape))
    ])
    // Every checksum is right; only the answers tell.
    try Self.write(model, to: folder.file("off.gpw"))
    let report = try ModelVerification(.init(model: folder.file("off.gpw")))
    let isVerified = report.isVerified
    #expect(!isVerified)
    #expect(report.firstMismatch?.firstMismatch?.moduleName == nil)
  }

  @Test func `needs something to compare with`() throws {
    let folder = TemporaryFolder()
    let path = try Self.converted("plain", in: folder, verifies: false)
    let rejection = try #require(throws: Rejection.self) {
      try ModelVerification(.init(model: path))
    }
    #expect(rejection.error.code == .verifyNothing)
    var request = ModelVerification.Request(model: path)
    request.golden = Fixture.path("original/plain.npz")
    let report = try ModelVerification(request)
    #expect(report.isVerified)
    #expect(report.golden?.comparisons.count == 10)
  }

  @Test func `keeps a fingerprint when a native file is converted again`() throws {
    let folder = TemporaryFolder()
    let path = try Self.converted("plain", in: folder)
    let original = try GPWModel(GPWFile(MappedFile(path: path).bytes))
    _ = try Conversion.run(.init(input: path, output: folder.file("again.gpw")))
    let again = try GPWModel(GPWFile(MappedFile(path: folder.file("again.gpw")).bytes))
    #expect(again.fingerprint == original.fingerprint)

    // A file whose answers are not those of its fingerprint does not get a new one.
    var wrong = original
    wrong.fingerprint = try Fingerprint(
      resolution: #require(original.fingerprint).resolution,
      logits: #require(original.fingerprint).logits.map { $0 * 1.01 }, tolerance: 1e-6)
    try Self.write(wrong, to: folder.file("wrong.gpw"))
    let rejection = try #require(throws: Rejection.self) {
      try Conversion.run(.init(input: folder.file("wrong.gpw"), output: folder.file("new.gpw")))
    }
    #expect(rejection.error.code == .notEquivalent)
    #expect(!folder.names.contains("new.gpw"))
  }
}
