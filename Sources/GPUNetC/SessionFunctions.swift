// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
import BinaryInput
public import CGPUNet
import GPUNetRuntime
import NetworkProgram

@c @implementation
public func gpunet_session_create(
  _ model: OpaquePointer?, _ batch_size: Int, _ height: Int, _ width: Int, _ thread_count: Int,
  _ session: UnsafeMutablePointer<OpaquePointer?>?, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> gpunet_status {
  unsafe status(error) { () throws(ReadError) in
    let place = unsafe try required(session, "session")
    unsafe place.pointee = nil
    let handle = unsafe try required(model, as: ModelHandle.self, "model")
    var resolution: Resolution?
    if height != 0 || width != 0 {
      resolution = Resolution(
        height: try required(height, in: 1...Resolution.maximum, "height"),
        width: try required(width, in: 1...Resolution.maximum, "width"))
    }
    let created = try SessionHandle(
      InferenceSession(
        handle.model,
        threadCount: try required(
          thread_count, in: 1...Int(GPUNET_MAXIMUM_THREADS), "thread_count"),
        batchSize: try required(batch_size, in: 1...Int.max, "batch_size"),
        resolution: resolution))
    unsafe place.pointee = created.handedOut()
  }
}

@c @implementation
public func gpunet_session_input_count(_ session: OpaquePointer?) -> Int {
  guard let session = unsafe session else { return 0 }
  return unsafe SessionHandle.object(session).session.inputElementCount
}

@c @implementation
public func gpunet_session_output_count(_ session: OpaquePointer?) -> Int {
  guard let session = unsafe session else { return 0 }
  return unsafe SessionHandle.object(session).session.outputElementCount
}

@c @implementation
public func gpunet_session_predict(
  _ session: OpaquePointer?, _ images: UnsafePointer<Float>?, _ image_count: Int,
  _ logits: UnsafeMutablePointer<Float>?, _ logit_count: Int,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> gpunet_status {
  unsafe status(error) { () throws(ReadError) in
    let handle = unsafe try required(session, as: SessionHandle.self, "session")
    let images = unsafe try required(images, "images")
    let logits = unsafe try required(logits, "logits")
    try require(image_count, toBe: handle.session.inputElementCount, "image_count")
    try require(logit_count, toBe: handle.session.outputElementCount, "logit_count")
    try handle.exclusively { session in
      var answers = unsafe MutableSpan(_unsafeStart: logits, count: logit_count)
      unsafe session.predict(Span(_unsafeStart: images, count: image_count), into: &answers)
    }
  }
}

@c @implementation
public func gpunet_session_free(_ session: OpaquePointer?) {
  unsafe SessionHandle.free(session)
}
