import Glibc

/// Turns `errno` into an error whose advice fits the cause; the only place that knows these
/// numbers.
func systemError(
  _ code: ErrorCode, _ what: String, path: String, number: CInt = errno, detail: String? = nil
) -> ReadError {
  let advice: String? =
    switch number {
    case ENOENT: "check the spelling of the path"
    case EACCES, EPERM, EROFS: "check the permissions of the file and its folder"
    case ENOSPC, EDQUOT: "free space on that device or write elsewhere"
    case EFBIG: "raise the limit on file sizes (ulimit -f) or write elsewhere"
    case EMFILE, ENFILE: "raise the limit on open files (ulimit -n)"
    case ELOOP: "the symbolic links lead in a circle"
    case EIO: "the device failed; check it before trying again"
    default: nil
    }
  var reason = unsafe String(cString: strerror(number))
  if let detail { reason += " (\(detail))" }
  return ReadError(code, "\(what): \(reason)", path: [path], advice: advice)
}

/// The result of a system call that is made again as long as a signal interrupts it.
func uninterrupted(_ call: () -> CInt) -> CInt {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}

/// The number of bytes that an ordinary user may still write to the device of an open file.
func freeByteCount(of descriptor: CInt) -> UInt64? {
  var status = statvfs()
  guard unsafe fstatvfs(descriptor, &status) == 0 else { return nil }
  return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    .partialValue
}
