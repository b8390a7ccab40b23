public import Foundation
import Glibc

/// A terminal without a screen, for what a tool writes only to terminals.
public final class PseudoTerminal {
  private let master: CInt
  /// The end that a tool writes to.
  public let tool: FileHandle

  /// Makes one of so many columns.
  ///
  /// - Throws: What the system throws where it has none.
  public init(columns: UInt16) throws {
    var size = winsize(ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    var ends: (master: CInt, tool: CInt) = (-1, -1)
    guard unsafe openpty(&ends.master, &ends.tool, nil, nil, &size) == 0 else {
      throw POSIXError(.ENOTTY)
    }
    // What other tests start must not keep the terminal open.
    for end in [ends.master, ends.tool] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    master = ends.master
    tool = FileHandle(fileDescriptor: ends.tool, closeOnDealloc: true)
  }

  deinit {
    close(master)
  }

  /// Everything that was written, when all who could write have closed it.
  public func content() throws -> String {
    try tool.close()
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = unsafe read(master, &buffer, buffer.count)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }
}
