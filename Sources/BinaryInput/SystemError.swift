import Glibc

/// Turns `errno` into an error whose advice fits the cause; the only place that knows these
/// numbers.
func systemError(
  _ code: ErrorCode, _ what: String, path: String, number: CInt = errno
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
  let reason = unsafe String(cString: strerror(number))
  return ReadError(code, "\(what): \(reason)", path: [path], advice: advice)
}
