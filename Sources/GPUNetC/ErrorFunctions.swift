// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
public import CGPUNet

// What the functions promise stands in gpunet.h, against whose declarations the compiler holds them.

/// For C without an error.
private let noText = TextMemory([""])

@c @implementation
public func gpunet_error_status(_ error: OpaquePointer?) -> gpunet_status {
  guard let error = unsafe error else { return GPUNET_OK }
  return unsafe ErrorHandle.object(error).status
}

@c @implementation
public func gpunet_error_code(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
  guard let error = unsafe error else { return unsafe noText[0] }
  return unsafe ErrorHandle.object(error).code
}

@c @implementation
public func gpunet_error_message(_ error: OpaquePointer?) -> UnsafePointer<CChar>? {
  guard let error = unsafe error else { return unsafe noText[0] }
  return unsafe ErrorHandle.object(error).message
}

@c @implementation
public func gpunet_error_free(_ error: OpaquePointer?) {
  unsafe ErrorHandle.free(error)
}
