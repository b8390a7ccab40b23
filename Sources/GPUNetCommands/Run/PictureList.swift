import BinaryInput
import CommandLineTool
import GPUNetKit
import PictureFiles

/// The pictures that are asked for.
struct PictureList {
  /// The paths, in the order in which they were given, and in a folder in the order of their names.
  private(set) var paths: [String] = []
  /// The index of each picture's class, where they lie in folders that are named after classes.
  private(set) var classes: [Int]?
  /// The number of files in folders that are no pictures.
  private(set) var otherCount = 0

  /// Looks for pictures.
  ///
  /// - Parameters:
  ///   - given: Files, folders and `-` for standard input.
  ///   - isRecursive: Whether folders of folders are looked into.
  ///   - classifier: The network, whose classes folders may be named after.
  /// - Throws: `io.open`, `io.read`; `folders.class` where one folder has folders alone, which are
  ///   named after no classes, and folders of folders are not asked for.
  init(_ given: [String], isRecursive: Bool, _ classifier: Classifier) throws(ReadError) {
    if given.count == 1, !isRecursive, let folders = try PictureList.foldersAlone(in: given[0]) {
      let known: ClassFolders
      do {
        known = try ClassFolders(
          folders, names: classifier.names, classCount: classifier.classCount)
      } catch {
        throw error.within(given[0])
      }
      var classes: [Int] = []
      for folder in folders {
        try addContents(of: PictureList.path(folder, in: given[0]), isRecursive: true)
        let index = known.classes[folder] ?? 0
        classes += [Int](repeating: index, count: paths.count - classes.count)
      }
      self.classes = classes
      return
    }
    for path in given {
      if path != "-", FileStatus.isFolder(path) {
        try addContents(of: path, isRecursive: isRecursive)
      } else {
        paths.append(path)
      }
    }
  }

  /// The names of the folders in a folder; nil where anything else is in it, or nothing.
  private static func foldersAlone(in path: String) throws(ReadError) -> [String]? {
    guard path != "-", FileStatus.isFolder(path) else { return nil }
    let names = try FileStatus.entries(of: path).filter { !$0.hasPrefix(".") }
    let areFolders = names.allSatisfy { FileStatus.isFolder(PictureList.path($0, in: path)) }
    return names.isEmpty || !areFolders ? nil : names
  }

  private static func path(_ name: String, in folder: String) -> String {
    folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// Adds the pictures in a folder, told by their content.
  private mutating func addContents(of folder: String, isRecursive: Bool) throws(ReadError) {
    for name in try FileStatus.entries(of: folder) where !name.hasPrefix(".") {
      let path = PictureList.path(name, in: folder)
      if FileStatus.isFolder(path) {
        if isRecursive { try addContents(of: path, isRecursive: true) }
      } else if (try? PictureFormat(of: MappedFile(path: path).bytes)) != nil {
        paths.append(path)
      } else {
        otherCount += 1
      }
    }
  }
}
