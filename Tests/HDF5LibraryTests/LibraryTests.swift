import BinaryInput
import Glibc
import HDF5Exchange
import HDF5Library
import TensorData
import TestSupport
import Testing

/// The library is asked by one thread at a time, as in a worker.
@Suite(.serialized) struct `What the worker does` {
  private let folder = TemporaryFolder()

  private func withFile<Result>(
    _ path: String, _ flags: CInt = O_RDONLY, _ body: (CInt) throws -> Result
  ) throws -> Result {
    let descriptor = unsafe open(path, flags, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    return try body(descriptor)
  }

  private func elements(_ file: FileReading, _ index: Int) throws -> [UInt8] {
    var result: [UInt8] = []
    try file.read(index) { (part) throws(WorkerFailure) in
      unsafe part.withUnsafeBytes { unsafe result.append(contentsOf: $0) }
    }
    return result
  }

  @Test(
    arguments: HDF5Catalogue.files.filter {
      !$0.name.hasPrefix("keras") && $0.name != "one-chunk.h5"
    })
  func `gives the elements as they are in the file`(expected: HDF5Catalogue.File) throws {
    try withFile(expected.path) { descriptor in
      if let code = expected.code {
        let failure = #expect(throws: WorkerFailure.self) {
          try FileReading(descriptor: descriptor)
        }
        #expect(failure?.code == ErrorCode(code))
        return
      }
      let file = try FileReading(descriptor: descriptor)
      // Two names that become one are so only outside.
      for (name, tensor) in expected.tensors where !name.hasPrefix("/") {
        let index = try #require(
          file.listing.datasets.firstIndex { $0.path.joined(separator: ".") == name })
        switch (file.listing.datasets[index].content, tensor) {
        case (.tensor(let type, let shape), .tensor):
          let bytes = try elements(file, index)
          let read = try Tensor(
            elementType: type, shape: shape, storage: Bytes(copying: bytes))
          #expect(try tensor.difference(from: read) == nil, "\(name)")
        case (.original(let original), .tensor):
          #expect(original < index)
        case (.refused(let failure), .code(let code)):
          #expect(failure.code == ErrorCode(code), "\(name)")
          #expect(throws: WorkerFailure.self) { try elements(file, index) }
        case (.tensor, .code("h5.kernelLayout")): break
        case (let content, _): Issue.record("\(name) is \(content)")
        }
      }
      for (name, code) in expected.failing {
        let index = try #require(file.listing.datasets.firstIndex { $0.path == [name] })
        let failure = #expect(throws: WorkerFailure.self) { try elements(file, index) }
        #expect(failure?.code == ErrorCode(code), "\(name)")
      }
    }
  }

  @Test func `names the filter that it does not read`() throws {
    try withFile(Fixture.path("hdf5/filters.h5")) { descriptor in
      let file = try FileReading(descriptor: descriptor)
      var found: [String: String] = [:]
      for dataset in file.listing.datasets {
        if case .refused(let failure) = dataset.content { found[dataset.path[0]] = failure.found }
      }
      #expect(
        found == [
          "lzf": "lzf (32000)", "scaleoffset": "scaleoffset (6)", "nbit": "nbit (5)",
          "blosc": "blosc (32001)", "zstd": "zstd (32015)", "unknown": "a filter (31999)",
        ])
    }
  }

  @Test func `says how many attributes it does not list`() throws {
    try withFile(Fixture.path("hdf5/texts.h5")) { descriptor in
      let all = try FileReading(descriptor: descriptor).listing.attributes
      #expect(!all.contains { $0.name == "more attributes" })
      // The two datasets of texts are counted, and always listed.
      let some = try FileReading(descriptor: descriptor, attributeCountLimit: 5).listing.attributes
      #expect(
        some == all.prefix(5) + all.filter(\.name.isEmpty) + [
          .init(
            path: [], name: "more attributes",
            value: .shown("\(all.count - 7) left out after the first 5"))
        ])
    }
  }

  @Test func `reads nothing that is not in the listing`() throws {
    try withFile(Fixture.path("hdf5/plain.h5")) { descriptor in
      let file = try FileReading(descriptor: descriptor)
      for index in [-1, file.listing.datasets.count, .max] {
        let failure = #expect(throws: WorkerFailure.self) { try elements(file, index) }
        #expect(failure?.reason == .request)
      }
    }
  }

  private struct Disorder: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let requests: [WorkerRequest]
    var elementByteCount: Int?
    var finishes = false
    let reason: WorkerFailure.Reason

    static let dataset = WorkerRequest.dataset(
      .init(path: ["a"], elementType: .f32, shape: [2], run: [2], compression: nil))

    static let all = [
      Self(testDescription: "a list", requests: [.list], reason: .request),
      Self(
        testDescription: "a dataset before the last is complete", requests: [dataset, dataset],
        reason: .request),
      Self(
        testDescription: "elements of nothing", requests: [], elementByteCount: 4,
        reason: .request),
      Self(
        testDescription: "too many elements", requests: [dataset], elementByteCount: 9,
        reason: .request),
      Self(
        testDescription: "an end before the elements", requests: [dataset], finishes: true,
        reason: .request),
      Self(
        testDescription: "a link to nothing",
        requests: [.link(path: ["b"], original: ["a"])], reason: .writing),
      Self(
        testDescription: "a type that HDF5 does not have",
        requests: [
          .dataset(
            .init(path: ["a"], elementType: .f8e5m2, shape: [], run: [], compression: nil))
        ], reason: .unwritable),
      Self(
        testDescription: "the same attribute twice",
        requests: [
          .attribute(path: [], name: "a", text: "1"), .attribute(path: [], name: "a", text: "2"),
        ], reason: .writing),
    ]
  }

  @Test(arguments: Disorder.all)
  private func `refuses to write what it was not asked for in order`(example: Disorder) throws {
    try withFile(folder.file("out.h5"), O_RDWR | O_CREAT) { descriptor in
      let file = try FileWriting(descriptor: descriptor)
      let failure = #expect(throws: WorkerFailure.self) {
        for request in example.requests { try file.perform(request) }
        if let count = example.elementByteCount {
          try file.append(Bytes(copying: [UInt8](repeating: 0, count: count)))
        }
        if example.finishes { try file.finish() }
      }
      #expect(failure?.reason == example.reason)
    }
  }
}
