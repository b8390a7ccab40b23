import BinaryInput
import HDF5Exchange
import TensorData
import TestSupport
import Testing

@Suite struct `Messages between a worker and who started it` {
  private static let listing = FileListing(
    datasets: [
      .init(path: ["a", " b", "ä"], content: .tensor(.f32, shape: [2, 0, 3])),
      .init(path: ["scalar"], content: .tensor(.c128, shape: [])),
      .init(path: ["tied"], content: .original(1)),
      .init(
        path: ["refused"],
        content: .refused(WorkerFailure(.filter, "a filter", expected: "none", found: "lzf"))),
      .init(path: ["bare"], content: .refused(WorkerFailure(.external, ""))),
    ],
    attributes: [
      .init(path: [], name: "text", value: .text("größe")),
      .init(path: ["a"], name: "texts", value: .texts(["", "b"])),
      .init(path: ["a"], name: "", value: .shown("3")),
    ],
    otherPaths: [["x", "y"], []], largestChunkByteCount: 7)

  private static let requests: [WorkerRequest] = [
    .list, .read(0), .read(.max), .create, .group([]), .group(["a", "b"]),
    .attribute(path: ["a"], name: "n", text: ""), .link(path: ["b"], original: ["a"]), .finish,
    .dataset(
      .init(path: ["a"], elementType: .bf16, shape: [3, 4], run: [1, 4], compression: nil)),
    .dataset(.init(path: ["a"], elementType: .f64, shape: [], run: [], compression: 9)),
    .dataset(.init(path: ["a"], elementType: .u8, shape: [0], run: [1], compression: 0)),
  ]

  @Test func `say the same on both sides`() throws {
    #expect(
      try FileListing(decoding: Bytes(copying: Self.listing.encoded)) == Self.listing)
    for request in Self.requests {
      #expect(try WorkerRequest(decoding: Bytes(copying: request.encoded)) == request)
    }
    for reason in WorkerFailure.Reason.allCases {
      let failure = WorkerFailure(reason, "what", found: "it")
      #expect(try WorkerFailure(decoding: Bytes(copying: failure.encoded)) == failure)
    }
    for kind in FrameHeader.Kind.allCases {
      let header = FrameHeader(kind, byteCount: 0)
      #expect(header.encoded.count == FrameHeader.byteCount)
      #expect(try FrameHeader(decoding: header.encoded) == header)
    }
  }

  @Test func `are whole or an error`() throws {
    let messages =
      [Self.listing.encoded, WorkerFailure(.memory, "what", found: "it").encoded]
      + Self.requests.map(\.encoded)
    for message in messages {
      for end in 0..<message.count { expectErrors(Array(message[..<end])) }
      expectErrors(message + [0])
    }
    for end in 0..<FrameHeader.byteCount {
      let error = #expect(throws: ReadError.self) {
        try FrameHeader(decoding: Array(FrameHeader(.done, byteCount: 0).encoded[..<end]))
      }
      #expect(error?.code == ErrorCode("h5.worker"))
    }
  }

  private func expectErrors(_ message: [UInt8]) {
    let bytes = Bytes(copying: message)
    let decoders: [(Bytes) throws -> Void] = [
      { _ = try FileListing(decoding: $0) }, { _ = try WorkerFailure(decoding: $0) },
      { _ = try WorkerRequest(decoding: $0) },
    ]
    // A part of one message may be another one.
    let errors = decoders.compactMap { decode -> ReadError? in
      do {
        try decode(bytes)
        return nil
      } catch {
        return error as? ReadError
      }
    }
    #expect(errors.count >= 2, "\(message)")
    #expect(errors.allSatisfy { $0.code == ErrorCode("h5.worker") })
  }

  @Test func `may be anything without harm`() throws {
    let messages =
      [Self.listing.encoded, WorkerFailure(.memory, "what", found: "it").encoded]
      + Self.requests.map(\.encoded)
    for seed in series(20_000, debugStep: 20) {
      var generator = SeededGenerator(seed: UInt64(seed))
      var message = messages[seed % messages.count]
      for _ in 0..<Int.random(in: 1...3, using: &generator) where !message.isEmpty {
        let place = Int.random(in: 0..<message.count, using: &generator)
        message[place] = UInt8.random(in: 0...255, using: &generator)
      }
      let bytes = Bytes(copying: message)
      for decode in [
        { _ = try FileListing(decoding: $0) }, { _ = try WorkerFailure(decoding: $0) },
        { _ = try WorkerRequest(decoding: $0) },
      ] as [(Bytes) throws -> Void] {
        do {
          try decode(bytes)
        } catch {
          #expect((error as? ReadError)?.code == ErrorCode("h5.worker"), "seed \(seed)")
        }
      }
    }
  }

  private struct Contradiction: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let listing: FileListing

    static let all = [
      Self(
        testDescription: "a shape whose product does not fit",
        listing: .init(datasets: [
          .init(path: ["a"], content: .tensor(.f32, shape: [1 << 40, 1 << 40]))
        ])),
      Self(
        testDescription: "a shape whose product is hidden by a zero",
        listing: .init(datasets: [
          .init(path: ["a"], content: .tensor(.f32, shape: [0, 1 << 40, 1 << 40]))
        ])),
      Self(
        testDescription: "bytes that do not fit",
        listing: .init(datasets: [
          .init(path: ["a"], content: .tensor(.f64, shape: [1 << 61]))
        ])),
      Self(
        testDescription: "33 axes",
        listing: .init(datasets: [
          .init(path: ["a"], content: .tensor(.f32, shape: [Int](repeating: 1, count: 33)))
        ])),
      Self(
        testDescription: "its own original",
        listing: .init(datasets: [.init(path: ["a"], content: .original(0))])),
      Self(
        testDescription: "an original that is one",
        listing: .init(datasets: [
          .init(path: ["a"], content: .tensor(.f32, shape: [])),
          .init(path: ["b"], content: .original(0)), .init(path: ["c"], content: .original(1)),
        ])),
    ]
  }

  @Test(arguments: Contradiction.all)
  private func `do not contradict themselves`(example: Contradiction) {
    let error = #expect(throws: ReadError.self) {
      try FileListing(decoding: Bytes(copying: example.listing.encoded))
    }
    #expect(error?.code == ErrorCode("h5.worker"))
  }

  @Test func `announce no more than they may have`() throws {
    for (kind, limit) in [
      (FrameHeader.Kind.elements, FrameHeader.elementByteCountLimit),
      (.listing, FrameHeader.listingByteCountLimit), (.done, 0),
      (.failure, FrameHeader.failureByteCountLimit),
      (.request, FrameHeader.requestByteCountLimit),
    ] {
      var bytes = FrameHeader(kind, byteCount: limit).encoded
      #expect(try FrameHeader(decoding: bytes).byteCount == limit)
      for byte in 4..<8 { bytes[byte] = UInt8(truncatingIfNeeded: (limit + 1) >> (8 * (byte - 4))) }
      let error = #expect(throws: ReadError.self) { try FrameHeader(decoding: bytes) }
      #expect(error?.code == ErrorCode("h5.worker"))
    }
  }

  @Test func `cut what a file makes too long`() {
    let long = String(repeating: "ä", count: 100_000)
    let failure = WorkerFailure(.malformed, long, expected: long, found: long)
    #expect(failure.encoded.count < FrameHeader.failureByteCountLimit)
  }

  @Test func `have a code for every reason, and codes that are listed`() {
    for reason in WorkerFailure.Reason.allCases {
      let code = WorkerFailure(reason, "").code
      #expect(ErrorCode.h5Codes.contains(code) || code == .writeFailed)
    }
    #expect(Set(ErrorCode.h5Codes).count == ErrorCode.h5Codes.count)
  }
}
