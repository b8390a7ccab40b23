import BinaryInput
import CGPUNet

/// What a `gpunet_error` is.
final class ErrorHandle: Handle {
  /// What kind of failure it was.
  let status: gpunet_status
  private let texts: TextMemory

  init(_ error: ReadError) {
    status = error.code.kind.status
    texts = TextMemory([error.code.rawValue, error.description])
  }

  /// The stable name of the condition.
  var code: UnsafePointer<CChar> { unsafe texts[0] }
  /// The whole message.
  var message: UnsafePointer<CChar> { unsafe texts[1] }
}

extension ErrorCode.Kind {
  /// What C gets to know of it. The runtime compares and writes nothing, so that two of these are only
  /// here to be complete.
  fileprivate var status: gpunet_status {
    switch self {
    case .request: GPUNET_ERROR_REQUEST
    case .badInput, .negative: GPUNET_ERROR_INPUT
    case .noInput: GPUNET_ERROR_OPEN
    case .inputOutput, .cannotCreate: GPUNET_ERROR_SYSTEM
    }
  }
}

/// Does what a function of the interface is asked for, and hands out the failure if it fails.
///
/// - Parameters:
///   - failure: Gets an error or nil; nil where the caller wants none.
///   - body: What is done.
/// - Returns: What the function returns.
func status(
  _ failure: UnsafeMutablePointer<OpaquePointer?>?, _ body: () throws(ReadError) -> Void
) -> gpunet_status {
  unsafe failure?.pointee = nil
  do {
    try body()
    return GPUNET_OK
  } catch {
    let handle = ErrorHandle(error)
    unsafe failure?.pointee = handle.handedOut()
    return handle.status
  }
}
