import BinaryInput
import NetworkFamilies
import NetworkProgram
import Glibc
import ONNXModel
import TensorData
import TestSupport
import Testing

@Suite struct HostileFileTests {
  /// A model of one convolution with constants, as PyTorch wrote it.
  private static let path =
    "/usr/share/libonnx-testdata/data/pytorch-operator/test_operator_conv/model.onnx"

  private static func bytes() throws -> [UInt8] {
    try MappedFile(path: path).bytes.array
  }

  private static func error(_ bytes: [UInt8], path: String = "model.onnx") -> ReadError? {
    do {
      _ = try ONNXFile(reading: Bytes(copying: bytes), path: path)
      return nil
    } catch {
      return error
    }
  }

  /// A field with contents of a stated length.
  private static func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    var length = content.count
    var bytes = [number << 3 | 2]
    while length >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: length) | 0x80)
      length >>= 7
    }
    return bytes + [UInt8(length)] + content
  }

  private static func text(_ text: String) -> [UInt8] { Array(text.utf8) }

  /// A model whose graph has these fields: version 8, opset 17.
  private static func model(graph: [UInt8]) -> [UInt8] {
    [0x08, 8] + field(7, graph) + field(8, [0x10, 17])
  }

  private static let output = field(12, field(1, text("y")))

  @Test func `the whole file is read and no beginning of it is`() throws {
    let bytes = try Self.bytes()
    #expect(Self.error(bytes) == nil)
    for count in 0..<bytes.count {
      let error = Self.error(Array(bytes[..<count]))
      #expect(error?.code.rawValue.hasPrefix("onnx.") == true, "the first \(count) bytes")
    }
  }

  @Test func `20,000 damaged files give an error or a graph that is whole`() throws {
    let bytes = try Self.bytes()
    var errorCount = 0
    for number in series(20_000, debugStep: 20) {
      var generator = SeededGenerator(seed: 20_261_125 + UInt64(number))
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 0..<damaged.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1: damaged[place] = UInt8.random(in: 0...255, using: &generator)
        case 2: damaged.remove(at: place)
        default: damaged.insert(UInt8.random(in: 0...255, using: &generator), at: place)
        }
      }
      do {
        let file = try ONNXFile(reading: Bytes(copying: damaged), path: "model.onnx")
        _ = try LiftedNetwork(file)
      } catch {
        errorCount += 1
        let subject = error.code.rawValue.prefix { $0 != "." }
        #expect(["onnx", "tensor", "ext"].contains(subject), "\(error)")
      }
    }
    #expect(errorCount > series(20_000, debugStep: 20).count / 2)
  }

  /// The file begins with its nodes; what follows are weights, of which any bits are some.
  @Test func `a graph with damaged nodes gives an error or a network`() throws {
    let bytes = try Fixture.bytes("onnx/plain-stride2-er-opset13-dynamic.onnx").array
    let whole = try LiftedNetwork(ONNXFile(reading: Bytes(copying: bytes), path: "model.onnx"))
    var counts = (errors: 0, networks: 0)
    for number in series(4_000, debugStep: 20) {
      var generator = SeededGenerator(seed: 20_261_126 + UInt64(number))
      var damaged = bytes
      let place = Int.random(in: 0..<6_000, using: &generator)
      damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      do {
        let file = try ONNXFile(reading: Bytes(copying: damaged), path: "model.onnx")
        let network = try LiftedNetwork(file)
        // Its parameters are all that the layers need.
        _ = try network.network(namedAs: network.architecture)
        #expect(network.architecture.classCount == whole.architecture.classCount)
        counts.networks += 1
      } catch {
        counts.errors += 1
      }
    }
    #expect(counts.errors > 0 && counts.networks > 0)
  }

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    let code: String

    init(_ description: String, _ bytes: [UInt8], _ code: String) {
      testDescription = description
      self.bytes = bytes
      self.code = code
    }
  }

  static let cases: [Case] = {
    let scalar = field(8, text("y")) + [0x10, 1]
    func tensor(_ content: [UInt8]) -> [UInt8] { model(graph: field(5, content) + output) }
    func node(_ inputs: [String], _ outputs: [String]) -> [UInt8] {
      field(
        1,
        inputs.flatMap { field(1, text($0)) } + outputs.flatMap { field(2, text($0)) }
          + field(4, text("Relu")))
    }
    let relu = node(["x"], ["y"])
    let input = field(11, field(1, text("x")))
    var deep: [UInt8] = []
    for _ in 0..<60 { deep = field(1, field(4, text("If")) + field(5, field(6, deep))) }
    return [
      Case("nothing", [], "onnx.incomplete"),
      Case("no graph", [0x08, 8] + field(8, [0x10, 17]), "onnx.incomplete"),
      Case("no opset", [0x08, 8] + field(7, input + relu + output), "onnx.incomplete"),
      Case("no node and no constant", model(graph: input + output), "onnx.incomplete"),
      Case("no output", model(graph: input + relu), "onnx.incomplete"),
      Case("a value from nowhere", model(graph: relu + output), "onnx.incomplete"),
      Case(
        "an output from nowhere",
        model(graph: input + node(["x"], ["z"]) + output), "onnx.incomplete"),
      Case("graphs inside of graphs", model(graph: deep), "onnx.depth"),
      Case("a group", [0x08, 8, 0x3B], "onnx.group"),
      Case("a wire type that does not exist", [0x08, 8, 0x3E], "onnx.wire"),
      Case("field number 0", [0x08, 8, 0x02, 0], "onnx.wire"),
      Case("a number of eleven bytes", [0x08] + [UInt8](repeating: 0x80, count: 11), "onnx.wire"),
      Case("a length beyond the file", [0x08, 8, 0x3A, 0xFF, 0x7F], "onnx.incomplete"),
      Case(
        "a length of 2⁶³", [0x08, 8, 0x3A] + [UInt8](repeating: 0xFF, count: 9) + [1], "onnx.wire"),
      Case("two versions", [0x08, 8, 0x08, 8], "onnx.duplicateField"),
      Case("a version that is a text", field(1, text("8")), "onnx.wire"),
      Case("a name that is no UTF-8", [0x08, 8] + field(2, [0xFF, 0xFE]), "onnx.text"),
      Case("a name with a NUL", [0x08, 8] + field(2, [0x41, 0]), "onnx.text"),
      Case("raw data too short", tensor(scalar + field(9, [0, 0, 0])), "onnx.tensorSize"),
      Case("no data", tensor(scalar), "onnx.tensorSize"),
      Case(
        "data twice", tensor(scalar + field(9, [0, 0, 0, 0]) + field(4, [0, 0, 0, 0])),
        "onnx.tensorSize"),
      Case("half a number", tensor(scalar + field(4, [0, 0])), "onnx.wire"),
      Case("an unknown type", tensor(field(8, text("y")) + [0x10, 99]), "onnx.tensorType"),
      Case(
        "a negative dimension",
        tensor(scalar + [0x08] + [UInt8](repeating: 0xFF, count: 9) + [1] + field(9, [])),
        "tensor.shape"),
      Case(
        "dimensions whose product is too large",
        tensor(
          scalar + (0..<3).flatMap { _ in [0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F] as [UInt8] }
            + field(9, [])), "tensor.shape"),
      Case("a segment", tensor(scalar + field(3, []) + field(9, [0, 0, 0, 0])), "onnx.tensorType"),
      Case("a sparse constant", model(graph: field(15, []) + output), "onnx.tensorType"),
      Case(
        "one name for two values",
        model(graph: input + relu + node(["x"], ["y"]) + output), "onnx.ssa"),
      Case(
        "nodes in a circle",
        model(graph: node(["z"], ["y"]) + node(["y"], ["z"]) + output), "onnx.cycle"),
      Case(
        "empty messages without end",
        model(graph: [UInt8]((0..<4_000_000).flatMap { _ in [0x0A, 0] as [UInt8] })), "onnx.limit"),
    ]
  }()

  @Test(arguments: cases) func `a broken file has its error`(_ trial: Case) {
    #expect(Self.error(trial.bytes)?.code.rawValue == trial.code)
  }

  @Test func `nodes in any order are put in order`() throws {
    let bytes = Self.model(
      graph: Self.field(11, Self.field(1, Self.text("x")))
        + Self.field(
          1,
          Self.field(1, Self.text("z")) + Self.field(2, Self.text("y"))
            + Self.field(4, Self.text("Relu")))
        + Self.field(
          1,
          Self.field(1, Self.text("x")) + Self.field(2, Self.text("z"))
            + Self.field(4, Self.text("Sigmoid"))) + Self.output)
    let file = try ONNXFile(reading: Bytes(copying: bytes), path: "model.onnx")
    #expect(file.graph.nodes.map(\.operatorType) == ["Sigmoid", "Relu"])
  }

  // MARK: External data

  /// A model of one constant of two numbers in another file.
  private static func external(_ entries: [(String, String)]) -> [UInt8] {
    model(
      graph: field(
        5,
        field(8, text("y")) + [0x10, 1, 0x08, 2, 0x70, 1]
          + entries.flatMap { field(13, field(1, text($0.0)) + field(2, text($0.1))) }) + output)
  }

  @Test func `external data are read where they lie in the file's folder`() throws {
    let folder = TemporaryFolder()
    _ = try folder.write([0, 0, 0, 0] + [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], to: "w.data")
    let bytes = Self.external([("location", "w.data"), ("offset", "4"), ("length", "8")])
    let file = try ONNXFile(reading: Bytes(copying: bytes), path: folder.file("model.onnx"))
    #expect(try file.graph.initializers[0].tensor?.doubles() == [1, 2])
  }

  @Test(arguments: [
    ([("location", "../w.data")], "ext.path"), ([("location", "/etc/passwd")], "ext.path"),
    ([("location", "")], "ext.path"), ([("location", ".")], "ext.path"),
    ([("location", "./../w.data")], "ext.path"), ([("location", ".//etc/passwd")], "ext.path"),
    ([("location", "/./etc/passwd")], "ext.path"), ([("location", "./")], "ext.path"),
    ([("location", "a/../w.data")], "ext.path"),
    ([("location", "none.data")], "ext.missing"), ([("location", "folder")], "ext.notRegular"),
    ([("location", "pipe")], "ext.notRegular"), ([("location", "linked")], "ext.hardLink"),
    ([("location", "out")], "ext.symlink"), ([("location", "up/passwd")], "ext.symlink"),
    ([("location", "w.data"), ("offset", "8")], "ext.range"),
    ([("location", "w.data"), ("offset", "-1")], "ext.range"),
    ([("location", "w.data"), ("offset", "99999999999999999999")], "ext.range"),
    ([("location", "w.data"), ("length", "4")], "ext.range"),
    ([("location", "w.data"), ("location", "w.data")], "onnx.duplicateField"),
    ([("offset", "0")], "onnx.incomplete"),
  ]) func `external data that are not there or lead elsewhere are refused`(
    _ entries: [(String, String)], _ code: String
  ) throws {
    let folder = TemporaryFolder()
    _ = try folder.write([UInt8](repeating: 0, count: 12), to: "w.data")
    _ = try folder.write([UInt8](repeating: 0, count: 8), to: "first")
    _ = try folder.write([], to: "model.onnx")
    #expect(unsafe mkdir(folder.file("folder"), 0o700) == 0)
    #expect(unsafe mkfifo(folder.file("pipe"), 0o600) == 0)
    #expect(unsafe link(folder.file("first"), folder.file("linked")) == 0)
    #expect(unsafe symlink("/etc/passwd", folder.file("out")) == 0)
    #expect(unsafe symlink("/etc", folder.file("up")) == 0)
    #expect(
      Self.error(Self.external(entries), path: folder.file("model.onnx"))?.code.rawValue == code)
  }

  @Test(arguments: [
    ("../w.data", "malicious"), ("/etc/passwd", "malicious"), ("a/../../w.data", "malicious"),
    ("..\\w.data", "malicious"), ("", "beside it"), (".", "beside it"),
    (".//a//w.data", "beside it"), ("a/../w.data", "beside it"), ("a\\w.data", "beside it"),
    ("none.data", "copy 'none.data'"),
  ]) func `only a location that leads out is said to be malicious`(
    _ location: String, _ advice: String
  ) throws {
    let folder = TemporaryFolder()
    let path = try folder.write([], to: "model.onnx")
    let error = Self.error(Self.external([("location", location)]), path: path)
    #expect(error?.advice?.contains(advice) == true, "\(error?.advice ?? "")")
  }

  @Test func `an attribute that is given twice is refused`() throws {
    var file = try ONNXFile(opening: Fixture.path("onnx/tiny-tracing-opset17.onnx"))
    let convolution = try #require(file.graph.nodes.firstIndex { $0.operatorType == "Conv" })
    file.graph.nodes[convolution].attributes.append(ONNXAttribute("group", .integer(2)))
    let bytes = try file.encoded()
    let error = #expect(throws: ReadError.self) {
      try ONNXFile(reading: Bytes(copying: bytes), path: "model.onnx")
    }
    #expect(error?.code == .onnxAttribute && error?.found == "'group'")
  }

  /// Exporters write both.
  @Test(arguments: ["./w.data", "././w.data", "folder/./w.data", "./folder/w.data"])
  func `parts of a location that lead nowhere are harmless`(_ location: String) throws {
    let folder = TemporaryFolder()
    #expect(unsafe mkdir(folder.file("folder"), 0o700) == 0)
    for path in ["w.data", "folder/w.data"] {
      _ = try folder.write([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], to: path)
    }
    let bytes = Self.external([("location", location)])
    let file = try ONNXFile(reading: Bytes(copying: bytes), path: folder.file("model.onnx"))
    #expect(try file.graph.initializers[0].tensor?.doubles() == [1, 2])
    // The same file may be given under the name that is stated.
    var options = ONNXFile.Options()
    options.externalFiles = [location: try MappedFile(path: folder.file("w.data"))]
    let other = try ONNXFile(reading: Bytes(copying: bytes), path: "elsewhere", options: options)
    #expect(try other.graph.initializers[0].tensor?.doubles() == [1, 2])
  }

  @Test func `what external data state beyond the specification is told and passed over`() throws {
    let folder = TemporaryFolder()
    _ = try folder.write([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], to: "w.data")
    #expect(unsafe link(folder.file("w.data"), folder.file("again")) == 0)
    func warnings(_ entries: [(String, String)]) throws -> [String] {
      var options = ONNXFile.Options()
      options.allowsHardLinks = true
      let file = try ONNXFile(
        reading: Bytes(copying: Self.external([("location", "w.data")] + entries)),
        path: folder.file("model.onnx"), options: options)
      #expect(try file.graph.initializers[0].tensor?.doubles() == [1, 2])
      return file.warnings
    }
    #expect(try warnings([("checksum", "0"), ("basepath", "/")]).isEmpty)
    let found = try warnings([("__class__", "x"), ("Offset", "4")])
    #expect(found.count == 2)
    #expect(found[0].contains("'Offset'") && found[1].contains("'__class__'"))
  }

  /// A model of constants, each with so many numbers from an offset of `w.data` on.
  private static func sharing(_ tensors: [(name: String, offset: Int, count: UInt8)]) -> [UInt8] {
    model(
      graph: tensors.flatMap { tensor in
        field(
          5,
          field(8, text(tensor.name)) + [0x10, 1, 0x08, tensor.count, 0x70, 1]
            + [("location", "w.data"), ("offset", "\(tensor.offset)")].flatMap {
              field(13, field(1, text($0.0)) + field(2, text($0.1)))
            })
      } + output)
  }

  @Test func `tensors that share external data are told, and limited in all`() throws {
    let folder = TemporaryFolder()
    let path = folder.file("model.onnx")
    _ = try folder.write([UInt8](repeating: 0, count: 32), to: "w.data")
    func file(
      _ tensors: [(String, Int, UInt8)], limit: Int? = nil
    ) throws(ReadError) -> ONNXFile {
      var options = ONNXFile.Options()
      options.maximumByteCount = limit
      return try ONNXFile(
        reading: Bytes(copying: Self.sharing(tensors)), path: path, options: options)
    }
    let tied: [(String, Int, UInt8)] = [("y", 0, 4), ("a", 16, 4), ("b", 16, 4)]
    #expect(try file(tied).warnings.isEmpty)
    #expect(try file(tied, limit: 48).graph.initializers.count == 3)
    let error = #expect(throws: ReadError.self) { try file(tied, limit: 47) }
    #expect(error?.code == .onnxLimit)
    let overlapping = try file([("y", 0, 5), ("a", 16, 4)]).warnings
    #expect(overlapping.count == 1 && overlapping[0].contains("0 to 20 and 16 to 32"))
  }

  @Test func `a missing file is told once, with what needs it`() throws {
    let folder = TemporaryFolder()
    let error = #expect(throws: ReadError.self) {
      try ONNXFile(
        reading: Bytes(copying: Self.sharing([("y", 0, 1), ("a", 4, 1), ("b", 8, 1)])),
        path: folder.file("model.onnx"))
    }
    #expect(error?.code == .externalMissing)
    #expect(error?.what == "the file with external data is missing, which 3 tensors need")
    #expect(error?.path == ["y", folder.file("w.data")])
  }

  @Test func `links into the folder in which the model really lies are followed`() throws {
    let folder = TemporaryFolder()
    for name in ["blobs", "snapshots"] {
      #expect(unsafe mkdir(folder.file(name), 0o700) == 0)
    }
    for (name, target) in [("model.onnx", "model"), ("model.data", "data")] {
      #expect(unsafe symlink("../blobs/\(target)", folder.file("snapshots/\(name)")) == 0)
    }
    _ = try folder.write([0, 0, 0x80, 0x3F, 0, 0, 0, 0x40], to: "blobs/data")
    let bytes = Self.external([("location", "model.data")])
    _ = try folder.write(bytes, to: "blobs/model")
    let file = try ONNXFile(opening: folder.file("snapshots/model.onnx"))
    #expect(try file.graph.initializers[0].tensor?.doubles() == [1, 2])
  }
}
