import BinaryInput
import Dispatch
import NumPyArrays
import Synchronization
import TensorData
import TestSupport
import Testing
import ZipArchive

@Suite struct `An archive as a container of weights` {
  @Test(arguments: ContainerCatalogue.archives)
  func `gives what NumPy says is in it, bit for bit`(file: String) throws {
    let container = try NumPyContainer(Fixture.bytes("containers/\(file)"))
    let expected = ContainerCatalogue.tensors(of: file)
    #expect(container.groups.map(\.keyPath) == [""])
    let refused = container.refusals(ofGroup: 0).map(\.name)
    let names = container.groups[0].names.filter { !refused.contains($0) }
    #expect(names == expected.map(\.name))
    let state = try container.tensors(names.reversed(), ofGroup: 0)
    #expect(state.names == names)
    let entries = container.groups[0].entries.filter { !refused.contains($0.name) }
    for (tensor, entry) in zip(expected, entries) {
      #expect(try tensor.difference(from: state[tensor.name]) == nil)
      #expect(entry.shape == tensor.shape)
      #expect(entry.elementType == tensor.elementType)
    }
  }

  @Test func `says what it is`() throws {
    let container = try NumPyContainer(Fixture.bytes("containers/one.npz"))
    #expect(container.formatName == "npz")
    #expect(container.innerName == nil)
    #expect(container.otherPaths.isEmpty)
    #expect(container.facts.isEmpty)
    #expect(container.groups[0].className == nil)
    #expect(try container.tensors(["b"], ofGroup: 0).isEmpty)
  }

  @Test func `keeps Fortran's order as a view, and shares the memory of the file`() throws {
    let bytes = try Fixture.bytes("containers/mixed.npz")
    let state = try NumPyContainer(bytes).tensors(["fortran", "plain"], ofGroup: 0)
    #expect(state["fortran"]?.strides == [1, 2])
    let plain = try #require(try state["plain"]?.contiguousBytes())
    let again = try NumPyContainer(bytes).tensors(["plain"], ofGroup: 0)["plain"]
    #expect(try again?.contiguousBytes().isIdentical(to: plain) == true)
  }

  @Test func `refuses what no tensor can hold, and nothing beside it`() throws {
    let container = try NumPyContainer(Fixture.bytes("containers/mixed.npz"))
    let refusals = container.refusals(ofGroup: 0)
    #expect(refusals.map(\.name) == ["words", "pairs"])
    for (name, error) in refusals {
      #expect(error.code == .npyElementType)
      #expect(error.path == [name])
      let thrown = #expect(throws: ReadError.self) {
        try container.tensors(["plain", name], ofGroup: 0)
      }
      #expect(thrown == error)
      let entry = container.groups[0].entries.first { $0.name == name }
      #expect(entry?.shape == nil && entry?.elementType == nil)
    }
  }

  @Test func `refuses an array whose elements are not those of its header`() throws {
    let long = ArrayFile("'<f4'", shape: "(3,)", data: run(of: 0, 8)).bytes
    let nothing = [UInt8]()
    var padded = ArrayFile("'|u1'", shape: "(1,)", data: [9])
    padded.header += run(of: 0x20, 60_000)
    let container = try NumPyContainer(
      Bytes(
        copying: storedArchive([
          ("long.npy", long), ("nothing.npy", nothing), ("padded.npy", padded.bytes),
          ("text.txt", [1]), ("__MACOSX/._a.npy", [1]),
        ])))
    #expect(container.groups[0].names == ["long", "nothing", "padded"])
    #expect(container.refusals(ofGroup: 0).map(\.error.code) == [.npyTruncated, .npyTruncated])
    #expect(container.refusals(ofGroup: 0).map(\.error.path) == [["long"], ["nothing"]])
    #expect(try container.tensors(["padded"], ofGroup: 0)["padded"]?.doubles() == [9])
  }

  @Test func `says under which name an array is damaged`() throws {
    var bytes = try Fixture.bytes("containers/one.npz").array
    let entry = try ZipArchive(Bytes(copying: bytes), profile: .general).entries[0]
    bytes[entry.dataOffset + entry.byteCount - 1] ^= 1
    let container = try NumPyContainer(Bytes(copying: bytes))
    #expect(container.refusals(ofGroup: 0).isEmpty)
    let error = #expect(throws: ReadError.self) { try container.tensors(["a"], ofGroup: 0) }
    #expect(error?.code == .zipChecksum)
    #expect(error?.path == ["a"])
  }

  @Test func `inflates no more than it needs, and no more than is allowed`() throws {
    let bytes = try Fixture.bytes("containers/compressed.npz")
    let container = try NumPyContainer(bytes)
    #expect(container.groups[0].entries.map(\.shape) == [[50_000], [9]])
    #expect(try container.tensors(["random"], ofGroup: 0)["random"]?.doubles()[8] == 8)
    let error = #expect(throws: ReadError.self) {
      try NumPyContainer(bytes, maximumByteCount: 100_000)
    }
    #expect(error?.code == .zipBomb)
    #expect(error?.remedy == .allowMoreBytes)
  }

  @Test func `draws on the budget`() throws {
    let bytes = try Fixture.bytes("containers/arrays.npz")
    let budget = WorkBudget()
    _ = try NumPyContainer(bytes, budget: budget)
    #expect(budget.stepCount > 0)
    let error = #expect(throws: ReadError.self) {
      try NumPyContainer(bytes, budget: WorkBudget(.init(stepCount: budget.stepCount - 1)))
    }
    #expect(error?.code == .workBudget)
  }
}

@Suite struct `Archives are told from checkpoints` {
  private static let array = ArrayFile("'|u1'", shape: "(1,)", data: [1]).bytes

  @Test(arguments: [
    ("containers/arrays.npz", true), ("containers/compressed.npz", true),
    ("npy/object.npz", true), ("containers/one.pth", false), ("checkpoints/bare.pth", false),
    ("checkpoints/rezipped-deflated.pth", false), ("checkpoints/zip-in-zip-stored.zip", false),
    ("reader/without-folder.zip", false), ("reader/package.pt", false),
    ("npy/c-order-1.0.npy", false), ("checkpoints/legacy.pth", false),
  ])
  func `by what is in them`(file: String, isArrays: Bool) throws {
    #expect(try NumPyContainer.canRead(Fixture.bytes(file)) == isArrays)
  }

  @Test func `by most of their names, and by none of a checkpoint`() {
    let cases: [([String], Bool)] = [
      (["a.npy"], true), (["readme.txt", "a.npy", "b.npy"], true),
      (["readme.txt", "a.npy"], false),
      (["a.npy", "b.npy", "data.pkl"], false), (["a.npy", "b.npy", "model.pth"], false),
      (["a.npy/b"], false), (["a"], false),
    ]
    for (names, isArrays) in cases {
      let bytes = Bytes(copying: storedArchive(names.map { ($0, Self.array) }))
      #expect(NumPyContainer.canRead(bytes) == isArrays, "\(names)")
    }
    #expect(!NumPyContainer.canRead(Bytes(copying: storedArchive([]))))
    #expect(!NumPyContainer.canRead(.empty))
  }

  @Test func `by the first name where they are cut`() throws {
    for (file, isArrays) in [("one.npz", true), ("one.pth", false)] {
      let bytes = try Fixture.bytes("containers/\(file)").array
      for count in bytes.indices {
        let found = NumPyContainer.canRead(Bytes(copying: Array(bytes.prefix(count))))
        // The name ends at byte 35.
        #expect(found == (isArrays && count >= 35), "\(count) bytes")
      }
    }
  }
}

@Suite(.timeLimit(.minutes(10))) struct `A damaged archive of arrays` {
  private static func contents(_ bytes: [UInt8]) throws(ReadError) -> [String: Bytes] {
    let container = try NumPyContainer(Bytes(copying: bytes))
    let refused = container.refusals(ofGroup: 0)
    if let first = refused.first { throw first.error }
    var result: [String: Bytes] = [:]
    for (name, tensor) in try container.tensors(container.groups[0].names, ofGroup: 0) {
      result[name] = try tensor.contiguousBytes()
    }
    return result
  }

  @Test func `is refused when it is cut anywhere`() throws {
    let bytes = try Fixture.bytes("containers/one.npz").array
    for count in bytes.indices {
      #expect(throws: ReadError.self, "\(count) bytes") {
        try Self.contents(Array(bytes.prefix(count)))
      }
    }
  }

  @Test(arguments: ["mixed.npz", "compressed.npz", "one.npz"])
  func `is refused or reads after random damage`(file: String) throws {
    let bytes = try Fixture.bytes("containers/\(file)").array
    let archive = try ZipArchive(Bytes(copying: bytes), profile: .general)
    let numbers = series(20_000, debugStep: 100)
    let counts = Mutex((refused: 0, read: 0))
    DispatchQueue.concurrentPerform(iterations: numbers.count) { index in
      var generator = SeededGenerator(seed: UInt64(numbers[index]))
      var copy = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let offset = Int.random(in: bytes.indices, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: copy[offset] = UInt8.random(in: 0...255, using: &generator)
        case 1: copy[offset] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        default:
          // A length, a count or an offset becomes extreme.
          for index in offset..<min(offset + 4, bytes.count) { copy[index] = 0xFF }
        }
      }
      StoredZip.repairChecksums(&copy, like: archive)
      _ = NumPyContainer.canRead(Bytes(copying: copy))
      let isRead = (try? Self.contents(copy)) != nil
      counts.withLock { if isRead { $0.read += 1 } else { $0.refused += 1 } }
    }
    // Where neither a crash nor a hang ends the test, every copy was refused or read.
    let found = counts.withLock { $0 }
    #expect(found.refused + found.read == numbers.count)
    #expect(found.refused > 0)
  }
}
