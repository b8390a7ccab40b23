import BinaryInput
import GPWFormat
import ModelFiles
import NetworkFamilies
import NetworkProgram
import TensorData
import TestSupport
import Testing

@Suite struct `A .gpw file of an older version` {
  /// The good files of `Fixtures/gpw-older`; all others have to be refused.
  private static let good = ["blocked", "mixed", "separate", "smallest", "version-1"]

  private static func open(_ name: String) throws(ReadError) -> SourceContents {
    try SourceFile(opening: Fixture.path("gpw-older/\(name)")).contents
  }

  @Test(arguments: good) func `is read as what its layer strings mean`(name: String) throws {
    guard case .native(let model, let architecture) = try Self.open("\(name).gpw") else {
      Issue.record("no native model")
      return
    }
    #expect(architecture.convention == .gpunet)
    let program = model.network.program
    #expect(program == architecture.program(model.network.form))
    #expect(program.convention == "gpunet")
    #expect(model.network.form == (name == "separate" ? .separate : .folded))
    #expect(program.layers.map(\.label.stage).last == .some(nil))
    let file = try GPWFile(Fixture.bytes("gpw-older/\(name).gpw"))
    #expect(!file.statesProgram)
    #expect(model.network.parameters.names == file.entries.map(\.name))
    // The runtime, which knows no layer strings, says what to do.
    let error = #expect(throws: ReadError.self) { try GPWModel(file) }
    #expect(error?.code == .gpwVersion)
    #expect(error?.advice?.contains("gpunet-convert OLD.gpw NEW.gpw") == true)
  }

  @Test(arguments: Fixture.names(in: "gpw-older").filter { !good.contains(String($0.dropLast(4))) })
  func `is refused where it breaks a rule of its own`(name: String) throws {
    let error = #expect(throws: ReadError.self) { try Self.open(name) }
    #expect(error?.code == (name == "blocked-version.gpw" ? .gpwTable : .gpwNetwork))
  }

  @Test func `has bad files for every rule`() {
    #expect(Fixture.names(in: "gpw-older").count == Self.good.count + 33)
  }
}
