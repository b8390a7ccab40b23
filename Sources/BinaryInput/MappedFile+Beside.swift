import Glibc

extension MappedFile {
  /// Opens a file that another file names as a part of itself, which has to lie in that file's
  /// folder.
  ///
  /// No component of the location may be a symbolic link, unless where it leads lies in the folder
  /// in which the other file itself really is: caches link both into one folder of contents.
  ///
  /// - Parameters:
  ///   - location: Names separated by `/`, as the file states them.
  ///   - path: The path of the file that names it.
  ///   - allowsHardLinks: Whether the file may have other names, of which nobody knows who writes
  ///     through them.
  /// - Throws: `ext.path` for a location that could lead elsewhere, `ext.symlink` for a link that
  ///   does, `ext.hardLink`, `ext.missing`, `ext.notRegular`; `io.open` and `io.read` where the
  ///   system refuses.
  public init(
    at location: String, beside path: String, allowsHardLinks: Bool = false
  ) throws(ReadError) {
    let components = location.split(separator: "/", omittingEmptySubsequences: false)
    let isPlain = components.allSatisfy { !["", ".", ".."].contains($0) && !$0.contains("\\") }
    guard isPlain, !location.unicodeScalars.contains("\0") else {
      throw MappedFile.refusal(of: location)
    }
    let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
      .joined(separator: "/")
    let folderPath = folder.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : folder
    let fullPath = folderPath + "/" + location
    let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK
    var descriptor = uninterrupted {
      unsafe open(folderPath, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    }
    guard descriptor >= 0 else {
      throw systemError(.openFailed, "cannot be opened", path: folderPath)
    }
    for (index, component) in components.enumerated() {
      let isLast = index == components.count - 1
      let parent = descriptor
      let name = String(component)
      descriptor = uninterrupted {
        unsafe openat(parent, name, flags | O_NOFOLLOW | (isLast ? 0 : O_DIRECTORY))
      }
      let failure = errno
      close(parent)
      guard descriptor < 0 else { continue }
      // A link gives ELOOP as a file and ENOTDIR as a folder.
      if failure == ELOOP || failure == ENOTDIR {
        descriptor = try MappedFile.openLinked(fullPath, besides: path, flags)
        break
      }
      errno = failure
      throw failure == ENOENT
        ? ReadError(
          .externalMissing, "the file with external data is missing", path: [fullPath],
          advice:
            "copy '\(location)' into the folder of the file that names it: the two are one model"
        )
        : systemError(.openFailed, "cannot be opened", path: fullPath)
    }
    do {
      try self.init(adopting: descriptor, path: fullPath)
    } catch {
      guard error.code == .openFailed else { throw error }
      var error = error
      error.code = .externalNotRegular
      throw error
    }
    guard allowsHardLinks || linkCount == 1 else {
      throw ReadError(
        .externalHardLink, "the file with external data has other names", path: [fullPath],
        expected: "1 name", found: "\(linkCount)",
        advice: "copy the file", remedy: .allowHardLinks)
    }
  }

  /// Why a location is no plain relative path: it leads elsewhere, or is written in some other way.
  private static func refusal(of location: String) -> ReadError {
    var depth = 0
    var leadsOut = location.hasPrefix("/") || location.unicodeScalars.contains("\0")
    for component in location.split(
      omittingEmptySubsequences: false, whereSeparator: { $0 == "/" || $0 == "\\" })
    {
      switch component {
      case "..": depth -= 1
      case "", ".": break
      default: depth += 1
      }
      if depth < 0 { leadsOut = true }
    }
    return leadsOut
      ? ReadError(
        .externalPath, "the location of external data may lead out of the file's folder",
        expected: "a relative path without '..'", found: "'\(location)'",
        advice: "do not use this file: it may be malicious")
      : ReadError(
        .externalPath, "the location of external data is no plain path",
        expected: "names separated by single '/'", found: "'\(location)'",
        advice: "save the model again with its external data in one file beside it")
  }

  /// Opens what links lead to, if it lies in the folder in which the other file really is.
  private static func openLinked(
    _ fullPath: String, besides path: String, _ flags: Int32
  ) throws(ReadError) -> Int32 {
    guard let target = resolved(fullPath), let model = resolved(path) else {
      throw systemError(.externalMissing, "the file with external data is missing", path: fullPath)
    }
    let folder = model.split(separator: "/").dropLast().joined(separator: "/")
    guard target.hasPrefix(folder.isEmpty ? "/" : "/\(folder)/") else {
      throw ReadError(
        .externalLink, "a link leads out of the file's folder", path: [fullPath],
        expected: "a file in /\(folder)", found: "'\(target)'",
        advice: "do not use this file unless you made the link")
    }
    let descriptor = uninterrupted { unsafe open(target, flags | O_NOFOLLOW) }
    guard descriptor >= 0 else {
      throw systemError(.openFailed, "cannot be opened", path: fullPath)
    }
    return descriptor
  }

  /// The path without links; nil where there is nothing.
  private static func resolved(_ path: String) -> String? {
    guard let result = unsafe realpath(path, nil) else { return nil }
    defer { unsafe free(result) }
    return unsafe String(validatingCString: result)
  }
}

extension ErrorCode {
  /// The location of external data is no plain relative path.
  public static let externalPath = ErrorCode("ext.path")
  /// A symbolic link leads out of the folder.
  public static let externalLink = ErrorCode("ext.symlink")
  /// The file with external data has more than one name.
  public static let externalHardLink = ErrorCode("ext.hardLink")
  /// The file with external data is no regular file.
  public static let externalNotRegular = ErrorCode("ext.notRegular")
  /// The file with external data is not there.
  public static let externalMissing = ErrorCode("ext.missing")
  /// A part of external data lies outside the file, or does not fit its tensor.
  public static let externalRange = ErrorCode("ext.range")
}
