import BinaryInput
import CGPUNet
import Dispatch
import Foundation
import GPUNetC
import Synchronization
import TestSupport
import Testing

/// A model and a session, opened through the interface and freed by it.
///
/// `@unchecked Sendable`: the interface says what may be done at once.
@safe private final class Opened: @unchecked Sendable {
  let model: OpaquePointer
  let session: OpaquePointer

  init(batchSize: Int = 1) throws {
    var model: OpaquePointer?
    var session: OpaquePointer?
    var error: OpaquePointer?
    #expect(unsafe gpunet_model_open(Opened.path, &model, &error) == GPUNET_OK)
    #expect(unsafe error == nil)
    unsafe self.model = try #require(model)
    #expect(unsafe gpunet_session_create(model, batchSize, 0, 0, 1, &session, nil) == GPUNET_OK)
    unsafe self.session = try #require(session)
  }

  deinit {
    unsafe gpunet_session_free(session)
    unsafe gpunet_model_free(model)
  }

  var inputCount: Int { unsafe gpunet_session_input_count(session) }
  var outputCount: Int { unsafe gpunet_session_output_count(session) }

  static var path: String { "\(Fixture.root)/Fixtures/gpw/stranger.gpw" }
}

/// Where a call stores its error.
@safe private struct ErrorPlace {
  let pointer: UnsafeMutablePointer<OpaquePointer?>
}

/// A call whose arguments are wrong, and what it must say.
private struct WrongCall: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let code: ErrorCode
  /// A part of the message.
  let says: String
  let call: @Sendable (Opened, ErrorPlace) -> gpunet_status

  init(
    _ description: String, _ code: ErrorCode, _ says: String,
    _ call: @escaping @Sendable (Opened, ErrorPlace) -> gpunet_status
  ) {
    testDescription = description
    self.code = code
    self.says = says
    self.call = call
  }
}

private let wrongCalls: [WrongCall] = [
  WrongCall("no path", .interfacePointer, "path: the pointer is NULL") { _, failure in
    var model: OpaquePointer?
    return unsafe gpunet_model_open(nil, &model, failure.pointer)
  },
  WrongCall("nowhere for a model", .interfacePointer, "model: the pointer is NULL") { _, failure in
    unsafe gpunet_model_open(Opened.path, nil, failure.pointer)
  },
  WrongCall("a path that is no UTF-8", .interfaceText, "path: the path is no UTF-8") { _, failure in
    var model: OpaquePointer?
    let path: [CChar] = [-1, -2, 0]
    return unsafe gpunet_model_open(path, &model, failure.pointer)
  },
  WrongCall("no bytes", .interfacePointer, "bytes: the pointer is NULL") { _, failure in
    var model: OpaquePointer?
    return unsafe gpunet_model_open_memory(nil, 64, &model, failure.pointer)
  },
  WrongCall("negative bytes", .interfaceRange, "found 18446744073709551615") { _, failure in
    var model: OpaquePointer?
    return unsafe gpunet_model_open_memory("GPW", -1, &model, failure.pointer)
  },
  WrongCall("an empty file in memory", ErrorCode("gpw.length"), "found 0") { _, failure in
    var model: OpaquePointer?
    return unsafe gpunet_model_open_memory("", 0, &model, failure.pointer)
  },
  WrongCall("no model to describe", .interfacePointer, "model: the pointer is NULL") { _, failure in
    var description = unsafe gpunet_description()
    return unsafe gpunet_model_describe(
      nil, &description, MemoryLayout<gpunet_description>.size, failure.pointer)
  },
  WrongCall("nowhere for a description", .interfacePointer, "description") { opened, failure in
    unsafe gpunet_model_describe(opened.model, nil, 8, failure.pointer)
  },
  WrongCall("a description of no size", .interfaceRange, "1 to 4096, found 0") { opened, failure in
    var description = unsafe gpunet_description()
    return unsafe gpunet_model_describe(opened.model, &description, 0, failure.pointer)
  },
  WrongCall("a session of no model", .interfacePointer, "model") { _, failure in
    var session: OpaquePointer?
    return unsafe gpunet_session_create(nil, 1, 0, 0, 1, &session, failure.pointer)
  },
  WrongCall("nowhere for a session", .interfacePointer, "session") { opened, failure in
    unsafe gpunet_session_create(opened.model, 1, 0, 0, 1, nil, failure.pointer)
  },
  WrongCall("no image", .interfaceRange, "batch_size: the number is out of range") {
    session($0, batch: 0, failure: $1)
  },
  WrongCall("negative images", .interfaceRange, "at least 1, found 18446744073709551615") {
    session($0, batch: -1, failure: $1)
  },
  WrongCall("endless images", ErrorCode("network.input"), "too much memory") {
    session($0, batch: .max, failure: $1)
  },
  WrongCall("no thread", .interfaceRange, "thread_count") { session($0, threads: 0, failure: $1) },
  WrongCall("a million threads", .interfaceRange, "1 to 1024, found 1000000") {
    session($0, threads: 1_000_000, failure: $1)
  },
  WrongCall("a height alone", .interfaceRange, "width") { session($0, height: 8, failure: $1) },
  WrongCall("a width alone", .interfaceRange, "height") { session($0, width: 8, failure: $1) },
  WrongCall("a huge height", .interfaceRange, "1 to 8192, found 8193") {
    session($0, height: 8_193, width: 8, failure: $1)
  },
  WrongCall("nothing that predicts", .interfacePointer, "session") { _, failure in
    var logits = [Float](repeating: 0, count: 1)
    return unsafe gpunet_session_predict(nil, [0], 1, &logits, 1, failure.pointer)
  },
  WrongCall("no images", .interfacePointer, "images: the pointer is NULL") { opened, failure in
    var logits = [Float](repeating: 0, count: 8)
    return unsafe gpunet_session_predict(opened.session, nil, 0, &logits, 8, failure.pointer)
  },
  WrongCall("no room for logits", .interfacePointer, "logits") { opened, failure in
    let images = [Float](repeating: 0, count: opened.inputCount)
    return unsafe gpunet_session_predict(
      opened.session, images, images.count, nil, 0, failure.pointer)
  },
  WrongCall("images at an odd address", .interfacePointer, "images: the pointer is not aligned") {
    opened, failure in
    var logits = [Float](repeating: 0, count: 8)
    let odd = unsafe UnsafePointer<Float>(bitPattern: 0x1001)
    return unsafe gpunet_session_predict(opened.session, odd, 1, &logits, 8, failure.pointer)
  },
  WrongCall("too few floats", .interfaceCount, "image_count") { opened, failure in
    prediction(opened, opened.inputCount - 1, opened.outputCount, failure)
  },
  WrongCall("too many floats", .interfaceCount, "image_count") { opened, failure in
    prediction(opened, opened.inputCount + 1, opened.outputCount, failure)
  },
  WrongCall("negative floats", .interfaceCount, "found 18446744073709551615") { opened, failure in
    prediction(opened, -1, opened.outputCount, failure)
  },
  WrongCall("too little room for logits", .interfaceCount, "logit_count") { opened, failure in
    prediction(opened, opened.inputCount, 0, failure)
  },
]

private func session(
  _ opened: Opened, batch: Int = 1, height: Int = 0, width: Int = 0, threads: Int = 1,
  failure: ErrorPlace
) -> gpunet_status {
  var session: OpaquePointer? = unsafe opened.session
  let status = unsafe gpunet_session_create(
    opened.model, batch, height, width, threads, &session, failure.pointer)
  #expect(unsafe session == nil, "what is not created is NULL")
  return status
}

/// Predicts with memory that is large enough for one image, and counts that are not.
private func prediction(
  _ opened: Opened, _ imageCount: Int, _ logitCount: Int, _ failure: ErrorPlace
) -> gpunet_status {
  let images = [Float](repeating: 0, count: opened.inputCount + 1)
  var logits = [Float](repeating: 7, count: opened.outputCount)
  let status = unsafe gpunet_session_predict(
    opened.session, images, imageCount, &logits, logitCount, failure.pointer)
  #expect(logits.allSatisfy { $0 == 7 }, "logits are left alone where there is no answer")
  return status
}

@Suite struct `A wrong argument` {
  @Test(arguments: wrongCalls.indices)
  func `is an error with a code, a message and a kind`(index: Int) throws {
    let wrong = wrongCalls[index]
    let opened = try Opened()
    var error: OpaquePointer?
    let status = unsafe withUnsafeMutablePointer(to: &error) {
      wrong.call(opened, unsafe ErrorPlace(pointer: $0))
    }
    let failure = unsafe try #require(error, "\(wrong.testDescription)")
    defer { unsafe gpunet_error_free(failure) }
    let code = unsafe String(cString: gpunet_error_code(failure))
    let message = unsafe String(cString: gpunet_error_message(failure))
    #expect(code == wrong.code.rawValue, "\(wrong.testDescription): \(message)")
    #expect(message.contains(wrong.says), "\(wrong.testDescription)")
    #expect(message.hasSuffix(" [\(code)]"))
    #expect(unsafe status == gpunet_error_status(failure))
    #expect(status == (wrong.code.kind == .request ? GPUNET_ERROR_REQUEST : GPUNET_ERROR_INPUT))
  }

  @Test func `needs nowhere for its error`() throws {
    #expect(gpunet_model_open(nil, nil, nil) == GPUNET_ERROR_REQUEST)
    #expect(gpunet_session_predict(nil, nil, 0, nil, 0, nil) == GPUNET_ERROR_REQUEST)
  }

  @Test func `is a session that another thread uses`() throws {
    let opened = try Opened(batchSize: 64)
    let count = opened.inputCount
    let others = Competitor(opened)
    let images = [Float](repeating: 0, count: count)
    var logits = [Float](repeating: 0, count: 64 * 3)
    var code = ""
    while code.isEmpty {
      var error: OpaquePointer?
      unsafe gpunet_session_predict(
        opened.session, images, images.count, &logits, logits.count, &error)
      code = unsafe String(cString: gpunet_error_code(error))
      unsafe gpunet_error_free(error)
    }
    others.stop()
    #expect(code == ErrorCode.interfaceBusy.rawValue)
  }
}

/// A thread that runs a session all the time.
private final class Competitor: Sendable {
  private let isOver = Atomic<Bool>(false)
  private let end = DispatchSemaphore(value: 0)

  init(_ opened: Opened) {
    Thread { [self] in
      let images = [Float](
        repeating: 0, count: opened.inputCount)
      var logits = [Float](
        repeating: 0, count: opened.outputCount)
      while !isOver.load(ordering: .relaxed) {
        unsafe gpunet_session_predict(
          opened.session, images, images.count, &logits, logits.count, nil)
      }
      end.signal()
    }.start()
  }

  func stop() {
    isOver.store(true, ordering: .relaxed)
    end.wait()
  }
}
