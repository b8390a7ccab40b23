import BinaryInput
import HDF5Weights
import TensorData
import TestSupport
import Testing

@Suite struct `A damaged file` {
  /// Reads everything that there is.
  private static func read(_ bytes: [UInt8], seconds: Double = 20) throws(ReadError) {
    let file = try HDF5File(
      Bytes(copying: bytes), options: .init(limits: .init(seconds: seconds)))
    var failure: ReadError?
    for name in file.groups[0].names {
      do throws(ReadError) {
        _ = try file.tensors([name], ofGroup: 0)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Codes that a file may have.
  private static let codes: Set<ErrorCode> = Set(
    [
      "h5.truncated", "h5.malformed", "h5.external", "h5.filter", "h5.size", "h5.name",
      "h5.checksum", "h5.kernelLayout", "h5.elementType",
    ].map { ErrorCode($0) })

  @Test(arguments: ["v110.h5", "user-block.h5", "plain.h5"])
  func `is noticed where it is cut, without a worker`(name: String) throws {
    let bytes = try Fixture.bytes("hdf5/\(name)")
    let start = name.hasPrefix("user") ? 512 : 0
    for count in series(bytes.count, debugStep: name == "v110.h5" ? 1 : 13) {
      let error = #expect(throws: ReadError.self) {
        try HDF5File(bytes[0..<count], options: .init(workerPath: "/dev/null/none"))
      }
      let code = count < start + 8 ? "h5.malformed" : "h5.truncated"
      #expect(error?.code == ErrorCode(code), "\(count)")
      if count >= start + 48 { #expect(error?.offset == start + (name == "v110.h5" ? 28 : 40)) }
    }
  }

  @Test func `that says it ends where it was cut is an error or has less in it`() throws {
    let whole = try Fixture.bytes("hdf5/layouts.h5").array
    for count in series(whole.count, debugStep: 397) where count > 100 {
      var bytes = Array(whole[..<count])
      // The address of the end of the file, in version 0 of the superblock.
      for byte in 0..<8 { bytes[40 + byte] = UInt8(truncatingIfNeeded: count >> (8 * byte)) }
      do throws(ReadError) {
        try Self.read(bytes)
      } catch {
        #expect(Self.codes.contains(error.code), "\(count): \(error)")
      }
    }
  }

  private struct Superblock: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let file: String
    let changes: [Int: UInt8]
    let code: String
    let offset: Int?

    static let all = [
      Self(
        testDescription: "another signature", file: "plain.h5", changes: [1: 0x49],
        code: "h5.malformed", offset: nil),
      Self(
        testDescription: "version 4", file: "plain.h5", changes: [8: 4], code: "h5.malformed",
        offset: 8),
      Self(
        testDescription: "addresses of 3 bytes", file: "plain.h5", changes: [13: 3],
        code: "h5.malformed", offset: 13),
      Self(
        testDescription: "lengths of no bytes", file: "plain.h5", changes: [14: 0],
        code: "h5.malformed", offset: 14),
      Self(
        testDescription: "addresses of 16 bytes", file: "v110.h5", changes: [9: 16],
        code: "h5.malformed", offset: 9),
      Self(
        testDescription: "an end beyond all files", file: "v110.h5", changes: [35: 0xFF],
        code: "h5.malformed", offset: 28),
      Self(
        testDescription: "an end beyond the file", file: "v110.h5", changes: [31: 1],
        code: "h5.truncated", offset: 28),
    ]
  }

  @Test(arguments: Superblock.all)
  private func `is noticed by its first bytes, without a worker`(example: Superblock) throws {
    var bytes = try Fixture.bytes("hdf5/\(example.file)").array
    for (offset, byte) in example.changes { bytes[offset] = byte }
    let error = #expect(throws: ReadError.self) {
      try HDF5File(Bytes(copying: bytes), options: .init(workerPath: "/dev/null/none"))
    }
    #expect(error?.code == ErrorCode(example.code))
    #expect(error?.offset == example.offset)
  }

  @Test func `is told by its signature, at powers of two`() throws {
    let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    for offset in [0, 512, 1_024, 4_096, 1 << 20] {
      #expect(HDF5File.canRead(Bytes(copying: [UInt8](repeating: 0, count: offset) + signature)))
    }
    for offset in [1, 256, 513, 1 << 21] {
      #expect(!HDF5File.canRead(Bytes(copying: [UInt8](repeating: 0, count: offset) + signature)))
    }
    #expect(!HDF5File.canRead(.empty))
  }

  /// In parts that run beside each other: nearly all of the time is spent on waiting for a worker.
  @Test(arguments: 0..<8) func `does no harm`(part: Int) throws {
    let files = try ["layouts.h5", "chunks.h5", "order.h5", "texts.h5", "v110.h5", "links.h5"].map {
      try Fixture.bytes("hdf5/\($0)").array
    }
    // As they are, all are read but the last, which has links that are refused.
    if part == 0 { for bytes in files.dropLast() { try Self.read(bytes) } }
    for (number, seed) in series(20_000, debugStep: 500).enumerated() where number % 8 == part {
      var generator = SeededGenerator(seed: UInt64(seed))
      var bytes = files[seed % files.count]
      // Most of the structure stands in the first kilobytes.
      let end = Bool.random(using: &generator) ? min(bytes.count, 4_096) : bytes.count
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: 8..<end, using: &generator)
        bytes[place] =
          Bool.random(using: &generator)
          ? UInt8.random(in: 0...255, using: &generator)
          : bytes[place] ^ (1 << UInt8.random(in: 0..<8, using: &generator))
      }
      do throws(ReadError) {
        try Self.read(bytes, seconds: 5)
      } catch {
        #expect(Self.codes.contains(error.code), "seed \(seed): \(error)")
      }
    }
  }
}

@Suite struct `Limits` {
  @Test func `of memory are limits of what is read`() throws {
    let file = try HDF5File(
      MappedFile(path: Fixture.path("hdf5/one-chunk.h5")),
      options: .init(limits: .init(byteCount: 160 << 20, largestByteCount: 160 << 20)))
    let error = #expect(throws: ReadError.self) { try file.tensors(["zeros"], ofGroup: 0) }
    #expect(error?.code == ErrorCode("h5.malformed"))
    let text = error.map(String.init(describing:)) ?? ""
    #expect(text.contains("more memory than 160 MiB"), "\(text)")
    #expect(error?.remedy == .allowMoreBytes)
  }

  @Test func `of memory are higher for a file of large chunks`() throws {
    let expected = HDF5Catalogue.file("one-chunk.h5")
    let file = try HDF5File(
      MappedFile(path: expected.path), options: .init(limits: .init(byteCount: 160 << 20)))
    let read = try #require(try file.tensors(["zeros"], ofGroup: 0)["zeros"])
    #expect(try expected.tensors[0].expected.difference(from: read) == nil)
  }

  @Test func `of memory are enough for many small chunks`() throws {
    let expected = HDF5Catalogue.file("small-chunks.h5")
    let file = try HDF5File(
      MappedFile(path: expected.path),
      options: .init(limits: .init(byteCount: 120 << 20, largestByteCount: 0)))
    for (name, tensor) in expected.tensors {
      let read = try #require(try file.tensors([name], ofGroup: 0)[name])
      #expect(try tensor.difference(from: read) == nil, "\(name)")
    }
  }

  @Test func `of the caller's budget are kept`() throws {
    let mapped = try MappedFile(path: Fixture.path("hdf5/plain.h5"))
    let names = #expect(throws: ReadError.self) {
      try HDF5File(mapped, budget: WorkBudget(.init(stepCount: 3)))
    }
    #expect(names?.code == ErrorCode("work.budget"))
    let file = try HDF5File(mapped, budget: WorkBudget(.init(liveByteCount: 30)))
    let name = "flat.name.weight"
    _ = try file.tensors([name], ofGroup: 0)
    _ = try file.tensors([name], ofGroup: 0)
    let bytes = #expect(throws: ReadError.self) {
      try file.tensors([name, "network. head.weight"], ofGroup: 0)
    }
    #expect(bytes?.code == ErrorCode("work.budget"))
  }
}

@Suite struct `A file that is read` {
  private let folder = TemporaryFolder()

  @Test func `may not change`() throws {
    let path = try folder.write(Fixture.bytes("hdf5/plain.h5").array, to: "changing.h5")
    let mapped = try MappedFile(path: path)
    _ = try folder.write(Fixture.bytes("hdf5/order.h5").array, to: "changing.h5")
    let error = #expect(throws: ReadError.self) { try HDF5File(mapped) }
    #expect(error?.code == ErrorCode("io.changed"))
  }

  @Test func `is asked by several threads one after the other`() async throws {
    let file = try HDF5File(MappedFile(path: Fixture.path("hdf5/plain.h5")))
    let expected = HDF5Catalogue.file("plain.h5")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for round in 0..<40 {
        group.addTask {
          let (name, tensor) = expected.tensors[round % expected.tensors.count]
          let read = try file.tensors([name], ofGroup: 0)[name]!
          #expect(try tensor.difference(from: read) == nil)
        }
      }
      try await group.waitForAll()
    }
  }

  /// A file, and how many of its arrays change their order in each layout.
  @Test(
    arguments: [
      ("keras-2-weights.h5", hwio: 4, oihw: 2), ("kernels.h5", hwio: 4, oihw: 0),
      ("keras-named-twice.h5", hwio: 3, oihw: 3),
    ],
    [KernelLayout.hwio, .oihw])
  func `has its kernels in the order that is given where it states none`(
    name: (file: String, hwio: Int, oihw: Int), layout: KernelLayout
  ) throws {
    let expected = HDF5Catalogue.file(name.file)
    let file = try HDF5File(MappedFile(path: expected.path), options: .init(kernelLayout: layout))
    #expect(file.refusals(ofGroup: 0).isEmpty)
    let tensors = try #require(expected.layouts[layout.rawValue])
    #expect(tensors.count == file.groups[0].names.count)
    // What a name says is not asked for.
    let asked = tensors.filter {
      layout == .hwio || name.oihw == 0 || !$0.key.contains("wise_kernel")
    }
    #expect(asked.count > 2)
    for (name, tensor) in asked {
      let read = try #require(try file.tensors([name], ofGroup: 0)[name])
      #expect(try tensor.difference(from: read) == nil, "\(name)")
    }
    #expect(file.permutedNames.count == (layout == .hwio ? name.hwio : name.oihw))
  }
}
