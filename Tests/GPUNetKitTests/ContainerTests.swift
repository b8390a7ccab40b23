import ArchitectureConfiguration
import BinaryInput
import NetworkFamilies
import NetworkProgram
import GPUNetKit
import GPWFormat
import ModelFiles
import StrictJSON
import TensorData
import TestSupport
import Testing

/// The formats of named tensors.
private let containers = ModelFormat.all.filter(\.holdsTensors)

/// Converts files of one folder into each other.
private struct Chain {
  let folder = TemporaryFolder()

  /// Converts a file, and gives the path of the new one.
  func convert(
    _ input: String, to name: String, architecture: String? = nil,
    _ change: (inout Conversion.Request) -> Void = { _ in }
  ) throws -> String {
    var request = Conversion.Request(input: input, output: folder.file(name))
    request.architecture = try architecture.map { try ArchitectureChoice(Fixture.path($0)) }
    request.replaces = true
    change(&request)
    _ = try Conversion.run(request)
    return request.output
  }
}

/// The named tensors of a file as bytes.
private func tensors(_ path: String) throws -> [String: Data] {
  let tensors = try NamedTensors(SourceFile(opening: path))
  var found: [String: Data] = [:]
  try tensors.forEach(tensors.entries) { (entry, tensor) throws(ReadError) in
    found[entry.name] = Data(
      type: tensor.elementType, shape: tensor.shape, bytes: try tensor.contiguousBytes().array)
  }
  #expect(found.count == tensors.entries.count)
  return found
}

private struct Data: Equatable {
  let type: ElementType
  let shape: [Int]
  let bytes: [UInt8]
}

/// Whether both have the same tensors; a difference is recorded without all of their numbers.
private func expectSame(_ found: [String: Data], _ right: [String: Data], _ comment: String) {
  #expect(found.keys.sorted() == right.keys.sorted(), "\(comment)")
  let differing = right.keys.filter { found[$0] != right[$0] }.sorted()
  #expect(differing == [], "\(comment)")
}

@Suite struct `A network that goes from container to container` {
  @Test(arguments: ["plain", "distilled"])
  func `has every tensor under its name, bit for bit, whatever the way`(name: String) throws {
    let chain = Chain()
    let original = Fixture.path("original/\(name).pth")
    let right = try tensors(original)
    let native = try chain.convert(
      original, to: "native.gpw", architecture: "original/\(name).json"
    ) { $0.target = NativeTarget(keepsBatchNorm: true) }
    for first in containers {
      let path = try chain.convert(native, to: "first\(first.suffixes[0])")
      expectSame(try tensors(path), right, first.name)
      // A file that says what network it holds needs no architecture.
      let says = try !NamedTensors(SourceFile(opening: path)).facts.isEmpty
      #expect(says == ["safetensors", "hdf5"].contains(first.name), "\(first.name)")
      let architecture = says ? nil : "original/\(name).json"
      for second in containers {
        let other = try chain.convert(
          path, to: "second\(second.suffixes[0])", architecture: architecture)
        expectSame(try tensors(other), right, "\(first.name) to \(second.name)")
      }
      let back = try chain.convert(path, to: "back.gpw", architecture: architecture) {
        $0.target = NativeTarget(keepsBatchNorm: true)
      }
      expectSame(try tensors(back), right, "\(first.name) to gpw")
    }
  }

  @Test func `keeps the types of its elements, unless another is asked for`() throws {
    for (type, file) in [("f16", "checkpoints/f16.pth"), ("f64", "checkpoints/f64.pth")] {
      let chain = Chain()
      let right = try tensors(Fixture.path(file))
      for format in containers {
        let path = try chain.convert(
          Fixture.path(file), to: "out\(format.suffixes[0])", architecture: "networks/plain.json")
        expectSame(try tensors(path), right, "\(type) in \(format.name)")
        let narrow = try chain.convert(
          Fixture.path(file), to: "out\(format.suffixes[0])", architecture: "networks/plain.json"
        ) { request in
          if case .tensors(let layout) = format.writing {
            request.target = TensorTarget(format, elementType: .f32, layout: layout)
          }
        }
        let found = try tensors(narrow)
        #expect(Set(found.values.map(\.type)) == [.f32, .i64], "\(format.name)")
      }
    }
  }

  @Test func `has no counts of batches where its source had none`() throws {
    let chain = Chain()
    let architecture = try Architecture.sample()
    let uncounted = architecture.sampleParameters().renamed {
      $0.hasSuffix("num_batches_tracked") ? nil : $0
    }
    let source = try chain.folder.write(checkpoint(uncounted), to: "uncounted.pth")
    let configuration = try chain.folder.write(
      Array(architecture.configuration.serialized(pretty: false).utf8), to: "in.json")
    let given = try ArchitectureChoice(configuration)
    let native = try chain.convert(source, to: "native.gpw") {
      $0.architecture = given
      $0.target = NativeTarget(keepsBatchNorm: true)
    }
    let right = try tensors(source)
    #expect(right.count == uncounted.count)
    // The format needs them; what becomes of the file does not.
    #expect(try tensors(native).count > right.count)
    for format in containers {
      let path = try chain.convert(native, to: "out\(format.suffixes[0])")
      expectSame(try tensors(path), right, format.name)
    }
  }
}
