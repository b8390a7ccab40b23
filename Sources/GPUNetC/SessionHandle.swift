import BinaryInput
import GPUNetRuntime
import Synchronization

/// What a `gpunet_session` is.
final class SessionHandle: Handle {
  let session: InferenceSession
  private let isInUse = Atomic<Bool>(false)

  init(_ session: InferenceSession) {
    self.session = session
  }

  /// Does something with the session while nobody else does.
  ///
  /// - Throws: `interface.busy` where another thread is at it.
  func exclusively(_ body: (InferenceSession) -> Void) throws(ReadError) {
    let (isFree, _) = isInUse.compareExchange(
      expected: false, desired: true, ordering: .acquiringAndReleasing)
    guard isFree else {
      throw ReadError(
        .interfaceBusy, "another thread is using the session",
        advice: "create a session for each thread that predicts")
    }
    defer { isInUse.store(false, ordering: .releasing) }
    body(session)
  }
}
