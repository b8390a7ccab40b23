public import BinaryInput
import Equivalence
import GPUNetRuntime
public import ModelFiles
import NetworkFamilies
public import NetworkProgram
import NumPyArrays
public import TensorData

/// A network run on tensors: what it answers, in a file that other programs read, and that
/// `gpunet-verify --golden` takes.
public struct TensorRun: Sendable {
  /// What computes.
  public enum Executor: String, CaseIterable, Sendable {
    /// The runtime that applications use, in 32 bits.
    case fast
    /// The definition of every operation, in 64 bits.
    case reference
  }

  /// What computes.
  public var executor = Executor.fast
  /// How many threads compute; the reference has one.
  public var threadCount = 1
  /// Whether the answer of every layer is kept.
  public var tracesLayers = false
  /// Whether convolutions may be computed by Winograd's algorithm.
  public var usesWinograd = true

  /// Describes a run with default options.
  public init() {}

  /// The array of input in a file: an `.npy` file's, the one called `input` in a container of named
  /// tensors, or the only one in it.
  ///
  /// - Throws: What reading the file throws; `network.input` where it has no such array.
  public static func input(
    in path: String, options: SourceFile.Options = SourceFile.Options()
  ) throws(ReadError) -> Tensor {
    if path.lowercased().hasSuffix(".npy") { return try Tensor(npyFile: path) }
    let file = try SourceFile(opening: path, options: options)
    guard case .tensors(let container) = file.contents else {
      throw ReadError(
        .networkInput, "the file holds no arrays", path: [path],
        expected: "an .npy file, or named arrays", found: file.format.title)
    }
    var places: [(group: Int, name: String)] = []
    for (index, group) in container.groups.enumerated() {
      places += group.names.map { (index, $0) }
    }
    let named = places.first { $0.name == "input" && container.groups[$0.group].keyPath.isEmpty }
    guard let place = named ?? (places.count == 1 ? places[0] : nil) else {
      throw ReadError(
        .networkInput, "which array is the input is not clear", path: [path],
        expected: "one called input, or only one",
        found: places.prefix(10).map { "'\($0.name)'" }.joined(separator: ", "))
    }
    let tensors = try container.tensors([place.name], ofGroup: place.group)
    guard let tensor = tensors[place.name] else {
      throw ReadError(.networkInput, "the input cannot be read", path: [path, place.name])
    }
    return tensor
  }

  /// Runs a network.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - input: N×C×H×W.
  /// - Returns: `input`, `output` and, where they are kept, `layers/…` in the order of the layers.
  /// - Throws: `network.input` where the input does not fit; `io.memory`.
  public func arrays(
    of network: Network, on input: Tensor
  ) throws(ReadError) -> [(name: String, tensor: Tensor)] {
    let labels = network.program.layers.map(\.moduleName)
    var layers: [(name: String, tensor: Tensor)] = []
    func keep(_ index: Int, _ tensor: Tensor) -> Bool {
      if tracesLayers { layers.append(("layers/\(labels[index])", tensor)) }
      return true
    }
    let output: Tensor
    switch executor {
    case .reference:
      output = try ReferenceExecutor(network).run(input) { (index, tensor) throws(ReadError) in
        keep(index, tensor)
      }
    case .fast:
      let executor = try PlannedExecutor(
        network, threadCount: threadCount, usesWinograd: usesWinograd)
      output = try executor.run(input) { (index, tensor) throws(ReadError) in
        keep(index, tensor)
      }
    }
    return [("input", input), ("output", output)] + layers
  }

  /// Writes arrays: an `.npy` file has the output alone, any container of named tensors all of them.
  ///
  /// - Parameters:
  ///   - arrays: What ``arrays(of:on:)`` returned.
  ///   - path: The file, whose ending says what it is.
  ///   - replacing: Whether a file that is there is replaced.
  /// - Throws: `request.unsuitable` for an ending that is none of such a file; `io.exists`,
  ///   `io.create`, `io.write`.
  public static func write(
    _ arrays: [(name: String, tensor: Tensor)], to path: String, replacing: Bool
  ) throws(ReadError) {
    if path.lowercased().hasSuffix(".npy") {
      var file = try AtomicOutputFile(path: path, replacing: replacing)
      for array in arrays where array.name == "output" { try file.write(array.tensor.npy()) }
      try file.flush()
      try file.commit()
      return
    }
    guard let format = ModelFormat.written(as: path),
      let target = format.defaultTarget as? TensorTarget
    else {
      throw ReadError(
        .unsuitableRequest, "arrays cannot be written into such a file", path: [path],
        expected: "a path that ends in .npy, "
          + ModelFormat.writtenSuffixes(holdingTensors: true))
    }
    var outputs = try target.prepare(path: path, replacing: replacing)
    let tensors = arrays.map { name, tensor in
      let own = DeferredTensor(tensor, named: name)
      // Where a slash can be in no name, dots separate its parts.
      return target.refusal(of: own) == nil
        ? own : DeferredTensor(tensor, named: name.replacing("/", with: "."))
    }
    try target.write(
      TensorFileContent(tensors: tensors),
      to: &outputs, progress: { _, _ in }, readingBack: { _ in })
    try outputs.commit()
  }
}

extension Tensor {
  /// The array in an `.npy` file.
  ///
  /// - Throws: `io.open`; the codes of `.npy` files, the path in front.
  init(npyFile path: String) throws(ReadError) {
    let bytes = try MappedFile(path: path).bytes
    do {
      self = try Tensor(npy: bytes)
    } catch {
      throw error.within(path)
    }
  }
}
