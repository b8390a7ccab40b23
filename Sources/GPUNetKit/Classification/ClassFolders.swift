import Spelling
public import BinaryInput

extension ErrorCode {
  /// A folder of pictures is named after no class of the network.
  public static let foldersClass = ErrorCode("folders.class", .negative)
}

/// Pictures that are sorted into folders, one for each class.
public struct ClassFolders: Sendable {
  /// The class of each folder, by the folder's name.
  public let classes: [String: Int]

  /// Tells the classes that folders are for: by their names, where each is that of a class, a word of
  /// one, or its index; by their order, where there are as many as classes.
  ///
  /// - Parameters:
  ///   - folders: The names of the folders.
  ///   - names: The names of the classes; nil where they have none.
  ///   - classCount: The number of classes.
  /// - Throws: `folders.class` with the first folder that is for no class, or for more than one.
  public init(
    _ folders: [String], names: [String]?, classCount: Int
  ) throws(ReadError) {
    var indices: [String: Set<Int>] = [:]
    for (index, name) in (names ?? []).enumerated() {
      let words = name.split(separator: ",").map { ClassFolders.folded($0) }
      for word in Set(words + [ClassFolders.folded(name)]) {
        indices[word, default: []].insert(index)
      }
    }
    var classes: [String: Int] = [:]
    var unknown: (name: String, count: Int)?
    for folder in folders {
      let found = indices[ClassFolders.folded(folder)] ?? []
      let number = folder.allSatisfy { $0.isASCII && $0.isNumber } ? Int(folder) : nil
      if found.count == 1 {
        classes[folder] = found.first
      } else if let number, number < classCount {
        classes[folder] = number
      } else {
        unknown = unknown ?? (folder, found.count)
      }
    }
    if let unknown {
      // As torchvision's `ImageFolder` numbers them.
      guard folders.count == classCount else {
        throw ReadError(
          .foldersClass,
          unknown.count > 1
            ? "a folder is named after more than one class" : "a folder is named after no class",
          path: [unknown.name],
          expected:
            "the name of a class or its index, or \(classCount) folders in the classes' order",
          found: "\(folders.count.counted("folder"))",
          advice: "rename it, or name the classes as the folders are called")
      }
      classes = Dictionary(
        uniqueKeysWithValues: folders.sorted().enumerated().map { ($1, $0) })
    }
    self.classes = classes
  }

  /// A name without what spellings differ in.
  private static func folded(_ name: some StringProtocol) -> String {
    name.lowercased().map { $0 == "_" || $0 == "-" ? " " : $0 }
      .split(separator: " ").map { String($0) }.joined(separator: " ")
  }
}

/// How often a network is right about pictures whose classes are known.
public struct Accuracy: Sendable {
  /// One class taken for another.
  public struct Confusion: Hashable, Sendable {
    /// The index of the class that it is, and of the one that the network says.
    public let actual: Int, said: Int
  }

  /// How many of the first classes the second count looks at.
  public static let rankCount = 5

  /// The number of pictures.
  public private(set) var pictureCount = 0
  /// Of these, how many have their class first.
  public private(set) var firstCount = 0
  /// How many have it among the first five.
  public private(set) var fiveCount = 0
  private var counts: [Confusion: Int] = [:]

  /// Counts nothing yet.
  public init() {}

  /// Counts a picture.
  ///
  /// - Parameters:
  ///   - classes: What the network sees, best first; at least ``rankCount``.
  ///   - actual: The index of its class.
  public mutating func count(_ classes: [Classification], actual: Int) {
    pictureCount += 1
    if classes.prefix(Accuracy.rankCount).contains(where: { $0.index == actual }) { fiveCount += 1 }
    guard let said = classes.first?.index else { return }
    if said == actual {
      firstCount += 1
    } else {
      counts[Confusion(actual: actual, said: said), default: 0] += 1
    }
  }

  /// What happens most, with how often.
  public func confusions(limit: Int) -> [(confusion: Confusion, count: Int)] {
    counts.sorted {
      ($1.value, $0.key.actual, $0.key.said) < ($0.value, $1.key.actual, $1.key.said)
    }.prefix(limit).map { ($0.key, $0.value) }
  }
}
