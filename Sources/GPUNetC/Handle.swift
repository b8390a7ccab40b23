/// An object that C knows by an opaque pointer, and keeps alive until it frees that.
protocol Handle: AnyObject {}

extension Handle {
  /// The pointer for C, which holds the object from now on.
  func handedOut() -> OpaquePointer {
    unsafe OpaquePointer(Unmanaged.passRetained(self).toOpaque())
  }

  /// The object that C's pointer leads to.
  static func object(_ pointer: OpaquePointer) -> Self {
    unsafe Unmanaged.fromOpaque(UnsafeRawPointer(pointer)).takeUnretainedValue()
  }

  /// Takes C's hold of the object back; nothing where there is none.
  static func free(_ pointer: OpaquePointer?) {
    guard let pointer = unsafe pointer else { return }
    unsafe Unmanaged<Self>.fromOpaque(UnsafeRawPointer(pointer)).release()
  }
}
