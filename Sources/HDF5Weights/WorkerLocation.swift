internal import BinaryInput
internal import Glibc
internal import HDF5Exchange

/// Where the worker is looked for.
enum WorkerLocation {
  /// The name of the executable.
  static let name = "gpunet-hdf5-worker"

  /// The worker's path: the given one, or the first that there is beside this program or where it is
  /// installed to.
  ///
  /// - Throws: `h5.noWorker` where there is none, or nobody may execute it.
  static func path(_ given: String?) throws(ReadError) -> String {
    let candidates = given.map { [$0] } ?? besideProgram
    for path in candidates where unsafe access(path, X_OK) == 0 && !FileStatus.isFolder(path) {
      return path
    }
    for path in candidates where unsafe access(path, F_OK) == 0 {
      guard !FileStatus.isFolder(path) else { continue }
      throw ReadError(
        .h5NoWorker, "the program that reads and writes HDF5 files, \(name), may not be executed",
        expected: "an executable file", found: path,
        advice: "allow it with chmod +x, or install it again with make install")
    }
    throw missing(candidates, "is not there")
  }

  static func missing(_ candidates: [String], _ what: String) -> ReadError {
    ReadError(
      .h5NoWorker, "the program that reads and writes HDF5 files, \(name), \(what)",
      expected: candidates.joined(separator: " or "),
      advice:
        "install it beside the tools, as make install does; a program of one's own names it as "
        + "the workerPath of HDF5File.Options and HDF5Writer.Options")
  }

  /// Beside this executable, and where an installed tool's is.
  private static var besideProgram: [String] {
    guard let program = unsafe realpath("/proc/self/exe", nil) else { return [name] }
    defer { unsafe free(program) }
    let folder = unsafe String(cString: program).split(separator: "/").dropLast()
    return [folder + [name[...]], folder.dropLast() + ["libexec", "gpunet-tools", name[...]]]
      .map { "/" + $0.joined(separator: "/") }
  }
}
