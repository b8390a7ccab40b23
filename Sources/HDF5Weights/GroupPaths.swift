/// Where tensors of these names stand in a file, so that reading gives the same names.
struct GroupPaths {
  private let names: Set<String>

  /// Prepares for all names of a file, which are unique.
  init(_ names: [String]) {
    self.names = Set(names)
  }

  /// The groups and the name in them: one for each part between dots, or the whole name where a part
  /// is none, or a group would have the path of a tensor. Nil for a name that nothing in an HDF5 file
  /// can have.
  func path(of name: String) -> [String]? {
    guard GroupPaths.isLegal(name) else { return nil }
    let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    guard parts.allSatisfy({ !$0.isEmpty }), !isInTensor(parts) else { return [name] }
    return parts
  }

  /// The group of a module, or nil where there can be none of that path.
  func group(of path: String) -> [String]? {
    guard !path.isEmpty, !names.contains(path), let parts = self.path(of: path),
      parts.joined(separator: ".") == path, parts.count > 1 || !path.contains(".")
    else { return nil }
    return parts
  }

  private func isInTensor(_ parts: [String]) -> Bool {
    var prefix = ""
    for part in parts.dropLast() {
      prefix += prefix.isEmpty ? part : "." + part
      if names.contains(prefix) { return true }
    }
    return false
  }

  /// Whether it can be a name: slashes separate groups, a dot alone is the group itself, and a zero
  /// byte ends a name.
  private static func isLegal(_ name: String) -> Bool {
    !name.isEmpty && name != "." && name != ".."
      && !name.unicodeScalars.contains { $0 == "/" || $0 == "\0" }
  }
}
