internal import BinaryInput

/// The modules that occur in the names of tensors, and the version of each, which a state dict
/// states as its `_metadata`.
struct ModuleVersions {
  /// The modules in the order in which `state_dict()` comes to them, the one around all first, whose
  /// path is empty.
  private(set) var modules: [(path: String, version: Int)] = [("", 1)]

  /// What a module is told by: the module around it, and its name in there.
  private struct Place: Hashable {
    let parent: Int
    let name: [UInt8]
  }

  private var places: [Place: Int] = [:]
  private var pathByteCount = 0

  /// A batch norm that counts its batches has this version of its state; the count was missing in the
  /// one before, and PyTorch then does without it.
  private static let countingVersion = 2
  private static let countName = Array("num_batches_tracked".utf8)

  /// Finds the modules of tensors of these names.
  ///
  /// - Throws: `pth.unwritable` where the names have far more parts than modules can be nested.
  /// - Complexity: O(*n*) in the bytes of the names and of the paths.
  init(_ names: [String]) throws(ReadError) {
    for name in names { try add(name) }
  }

  private mutating func add(_ name: String) throws(ReadError) {
    let bytes = Array(name.utf8)
    var parent = 0
    var start = 0
    while let dot = bytes[start...].firstIndex(of: UInt8(ascii: ".")) {
      let place = Place(parent: parent, name: Array(bytes[start..<dot]))
      if let known = places[place] {
        parent = known
      } else {
        // A name of nothing but dots has as many modules as bytes, and their paths are long.
        pathByteCount += dot
        guard pathByteCount <= PickleLimits.pathByteCount else {
          throw ReadError(
            .torchUnwritable, "the names have far more parts than modules can be nested",
            path: [name.escapedForDisplay(limit: 100)],
            expected: "at most \(PickleLimits.pathByteCount) bytes of paths",
            advice: "write another format, or rename the tensors")
        }
        parent = modules.count
        places[place] = parent
        modules.append((String(decoding: bytes[..<dot], as: UTF8.self), 1))
      }
      start = dot + 1
    }
    if bytes[start...].elementsEqual(ModuleVersions.countName) {
      modules[parent].version = ModuleVersions.countingVersion
    }
  }
}
