public import BinaryInput

extension ErrorCode {
  /// A pointer is NULL where it must lead somewhere, or is not aligned as what it leads to.
  public static let interfacePointer = ErrorCode("interface.pointer", .request)
  /// A number is out of range.
  public static let interfaceRange = ErrorCode("interface.range", .request)
  /// A count of floats is not what the session needs.
  public static let interfaceCount = ErrorCode("interface.count", .request)
  /// A path is no UTF-8.
  public static let interfaceText = ErrorCode("interface.text", .request)
  /// Another thread is using the session.
  public static let interfaceBusy = ErrorCode("interface.busy", .request)
}
