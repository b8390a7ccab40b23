// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
import BinaryInput
public import CGPUNet
import GPUNetRuntime

@c @implementation
public func gpunet_model_open(
  _ path: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> gpunet_status {
  unsafe status(error) { () throws(ReadError) in
    let place = unsafe try required(model, "model")
    unsafe place.pointee = nil
    guard let path = unsafe String(validatingCString: try required(path, "path")) else {
      throw ReadError(
        .interfaceText, "the path is no UTF-8", path: ["path"],
        advice: "rename the file, or read it and open it from memory")
    }
    let handle = ModelHandle(try InferenceModel(path: path))
    unsafe place.pointee = handle.handedOut()
  }
}

@c @implementation
public func gpunet_model_open_memory(
  _ bytes: UnsafeRawPointer?, _ byte_count: Int, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> gpunet_status {
  unsafe status(error) { () throws(ReadError) in
    let place = unsafe try required(model, "model")
    unsafe place.pointee = nil
    let start = unsafe try required(bytes?.assumingMemoryBound(to: UInt8.self), "bytes")
    let count = try required(byte_count, in: 0...Int.max / 2, "byte_count")
    let copy = unsafe try alignedCopy(UnsafeRawBufferPointer(start: start, count: count))
    let handle = ModelHandle(try InferenceModel(bytes: copy))
    unsafe place.pointee = handle.handedOut()
  }
}

/// A copy whose first byte is at a multiple of 64, as at the beginning of a mapped file, so that no
/// sixteen weights lie in two cache lines.
///
/// - Throws: `io.memory`.
private func alignedCopy(_ bytes: UnsafeRawBufferPointer) throws(ReadError) -> Bytes {
  let alignment = 64
  var start = 0
  let memory = try Bytes(byteCount: bytes.count + alignment) {
    (span: inout MutableRawSpan) throws(ReadError) in
    unsafe span.withUnsafeMutableBytes { memory in
      start = -Int(bitPattern: memory.baseAddress) & (alignment - 1)
      unsafe UnsafeMutableRawBufferPointer(rebasing: memory[start...]).copyMemory(from: bytes)
    }
  }
  return memory[start..<(start + bytes.count)]
}

@c @implementation
public func gpunet_model_free(_ model: OpaquePointer?) {
  unsafe ModelHandle.free(model)
}

@c @implementation
public func gpunet_model_describe(
  _ model: OpaquePointer?, _ description: UnsafeMutablePointer<gpunet_description>?,
  _ description_size: Int, _ error: UnsafeMutablePointer<OpaquePointer?>?
) -> gpunet_status {
  unsafe status(error) { () throws(ReadError) in
    let handle = unsafe try required(model, as: ModelHandle.self, "model")
    let place = unsafe UnsafeMutableRawPointer(try required(description, "description"))
    // What is far from the size of any such structure is no size at all.
    let size = try required(description_size, in: 1...4_096, "description_size")
    unsafe withUnsafeBytes(of: handle.description) { own in
      unsafe place.initializeMemory(as: UInt8.self, repeating: 0, count: size)
      unsafe place.copyMemory(from: own.baseAddress!, byteCount: min(size, own.count))
    }
  }
}

@c @implementation
public func gpunet_model_label(_ model: OpaquePointer?, _ class_index: Int) -> UnsafePointer<CChar>?
{
  guard let model = unsafe model else { return nil }
  return unsafe ModelHandle.object(model).label(class_index)
}
