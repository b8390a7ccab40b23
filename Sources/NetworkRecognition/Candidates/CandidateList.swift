public import BinaryInput
import NetworkFamilies
public import TensorData

/// Every place in a file of named tensors where a network could be.
public struct CandidateList: Sendable {
  /// The candidates, in the order of the file.
  public private(set) var candidates: [Candidate] = []
  /// The groups of the file.
  public let groups: [TensorGroup]
  /// What the file says beside its tensors.
  public let facts: [TensorFact]

  /// Where tensors without names stand that are an average by a word of their path: lists of
  /// parameters, from which no network can be made.
  public let unnamedAverages: [String]

  /// The file.
  let container: any TensorContainer

  /// The averages that have counted nothing: the group, and what stands before the counter's name.
  private var emptyAverages: [(groupIndex: Int, prefix: String)] = []

  /// The most bytes that are compared to find out whether tensors are copies.
  static let maximumComparedByteCount = 1 << 30

  /// The most candidates of one file; training leaves a handful.
  static let maximumCount = 256

  /// Looks at every group and every prefix in it.
  ///
  /// - Throws: `recognition.limit` where there are more than any honest file has; `work.budget`.
  public init(_ container: any TensorContainer, budget: WorkBudget) throws(ReadError) {
    self.container = container
    groups = container.groups
    facts = container.facts
    var unnamed: [String] = []
    for path in container.otherPaths {
      let stem = path.split(separator: ".").reversed().drop { Int($0) != nil }.reversed()
        .joined(separator: ".")
      if unnamed.last != stem, CandidateRole.averageWord(in: stem) != nil { unnamed.append(stem) }
    }
    var paths: Set<String> = []
    for group in groups where PathWords.isOptimizers(group.keyPath) {
      let parts = group.keyPath.split(separator: ".").map { Int($0) == nil ? $0 : "*" }
      for entry in group.entries where PathWords.isOptimizersAverage(entry.name) {
        let path = (parts + [entry.name[...]]).joined(separator: ".")
        if paths.insert(path).inserted { unnamed.append(path) }
      }
    }
    unnamedAverages = unnamed
    for (index, group) in groups.enumerated() {
      try budget.spend(steps: group.entries.count, on: "looking at names")
      let sorting = Sorting(group, at: index)
      guard candidates.count + sorting.familyCount <= CandidateList.maximumCount else {
        throw ReadError(
          .recognitionLimit, "the file holds more networks than any training leaves",
          expected: "at most \(CandidateList.maximumCount)",
          advice: "save the state dict of the one that is meant alone")
      }
      try budget.spend(
        steps: group.entries.count * sorting.familyCount, on: "sorting names by their prefixes")
      candidates += sorting.candidates()
      for entry in group.entries where (entry.shape ?? [0]).isEmpty {
        let name = entry.name.split(separator: ".").last.map(String.init) ?? ""
        // A counter that cannot be read says nothing.
        guard TrainerRule.averageCounters.contains(name),
          emptyAverages.count < CandidateList.maximumCount,
          let tensor = try? container.tensors([entry.name], ofGroup: index)[entry.name],
          (try? tensor.doubles()) == [0]
        else { continue }
        emptyAverages.append((index, String(entry.name.dropLast(name.count))))
      }
    }
  }

  /// Whether a candidate is an average that nothing has been added to: it holds what the network was
  /// before its training.
  func isAverageOfNothing(_ candidate: Candidate) -> Bool {
    // Where there is nothing else, it is what the file has.
    candidates.count > 1
      && emptyAverages.contains { empty in
        if empty.groupIndex == candidate.groupIndex {
          return candidate.prefix.hasPrefix(empty.prefix)
        }
        // Lightning's WeightAveraging counts apart from the weights.
        return groups[empty.groupIndex].keyPath == "averaging_state"
          && candidate.keyPath == "state_dict"
      }
  }

  /// The shortest path that leads to a candidate and to no other.
  func path(of candidate: Candidate) -> String {
    candidates.count { $0.shortPath == candidate.shortPath } > 1
      ? candidate.path : candidate.shortPath
  }

  /// A whole group as a candidate, for one that was asked for and has no names of layers.
  func whole(_ index: Int) -> Candidate {
    let group = groups[index]
    return Candidate(
      groupIndex: index, keyPath: group.keyPath, prefix: "", className: group.className,
      members: group.entries.map {
        Candidate.Member(
          name: $0.name, sourceName: $0.name, shape: $0.shape, elementType: $0.elementType)
      }, wrapperWords: [], lacksRoot: false, foreignNames: [])
  }
}

/// The names of one group, sorted by what stands before the layers' names.
private struct Sorting {
  private let group: TensorGroup
  private let index: Int

  /// The names below one prefix.
  private struct Family {
    let prefix: String
    let suffix: String
    var members: [Candidate.Member] = []
    var names: Set<String> = []
    var wrapperWords: [String] = []
    var lacksRoot: Bool
    var conventions: [Convention] = []
  }

  /// Where the names of a network begin that is no GPUNet.
  private struct Place {
    /// The parts in front that no tool put there.
    let own: [Substring]
    /// All that stands in front.
    let prefix: String
    let naming: Naming

    /// Whether another place is inside the network that begins here.
    func isAround(_ other: Place) -> Bool {
      other.own.count > own.count && other.own.prefix(own.count) == own[...]
        && naming.roots.contains(String(other.own[own.count]))
    }
  }

  private var places: [Place] = []

  private var families: [Family] = []
  /// The families by their prefix without words that only wrap.
  private var indices: [String: Int] = [:]
  /// The entries that are no layer's parameters.
  private var rest: [TensorGroup.Entry] = []

  init(_ group: TensorGroup, at index: Int) {
    self.group = group
    self.index = index
    for naming in Sorting.namings {
      let anchor = naming.anchor.split(separator: ".")
      // More places than an honest file has networks are refused by their number.
      for entry in group.entries
      where places.count <= CandidateList.maximumCount
        && entry.shape.map({ $0.count == 4 }) ?? true
      {
        let parts = Sorting.parts(of: entry.name).parts
        let own = WrapperWord.split(parts).own
        guard own.suffix(anchor.count) == anchor[...],
          let start = parts.lastIndex(of: anchor[0])
        else { continue }
        places.append(
          Place(
            own: own.dropLast(anchor.count), prefix: parts[..<start].map { $0 + "." }.joined(),
            naming: naming))
      }
    }
    // A name inside a network may end as one where a network begins.
    places = places.filter { place in !places.contains { $0.isAround(place) } }
    for entry in group.entries where !take(entry) && !takeNamed(entry) { rest.append(entry) }
  }

  private static let namings: [Naming] = Convention.all.compactMap(\.naming).reduce(into: []) {
    if !$0.contains($1) { $0.append($1) }
  }

  /// The parts of a name, the last without what tells a copy or a wrapper behind it.
  private static func parts(of name: String) -> (parts: [Substring], suffix: NameSuffix?) {
    // No part of a published name has a slash, which other containers put between the parts.
    var parts = name.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "/" }
    guard let last = parts.last, let split = NameSuffix.split(last) else { return (parts, nil) }
    parts[parts.count - 1] = split.own
    return (parts, split.suffix)
  }

  /// Takes a name of a network that is no GPUNet; false for one that is inside none.
  private mutating func takeNamed(_ entry: TensorGroup.Entry) -> Bool {
    guard !places.isEmpty else { return false }
    let (parts, suffix) = Sorting.parts(of: entry.name)
    let copySuffix = suffix.flatMap { $0.isCopy ? $0.text : nil } ?? ""
    let (own, wrappers) = WrapperWord.split(parts)
    let place = places.filter { place in
      own.count > place.own.count && own.prefix(place.own.count) == place.own[...]
        && place.naming.roots.contains(String(own[place.own.count]))
        // Copies that only wrappers tell apart have prefixes of their own.
        && (place.prefix.isEmpty || entry.name.hasPrefix(place.prefix)
          || !places.contains { $0.own == place.own && $0.prefix != place.prefix })
    }.max { $0.own.count < $1.own.count || $0.own == $1.own && $0.prefix.count < $1.prefix.count }
    guard let place else { return false }
    let name = own.dropFirst(place.own.count).joined(separator: ".")
    let key = "\u{1}" + place.prefix + "\u{0}" + place.naming.anchor + "\u{0}" + copySuffix
    if indices[key] == nil {
      indices[key] = families.count
      families.append(
        Family(
          prefix: place.prefix, suffix: copySuffix, lacksRoot: false,
          conventions: Convention.all.filter { $0.naming == place.naming }))
    }
    let family = indices[key]!
    guard families[family].names.insert(name).inserted else { return false }
    families[family].members.append(
      Candidate.Member(
        name: name, sourceName: entry.name, shape: entry.shape, elementType: entry.elementType))
    let inside = wrappers.dropFirst(place.prefix.split(separator: ".").count - place.own.count)
    for word in inside.map({ "\($0)." }) + (suffix.map { $0.isCopy ? [] : [$0.text] } ?? [])
    where !families[family].wrapperWords.contains(word) {
      families[family].wrapperWords.append(word)
    }
    return true
  }

  /// How many prefixes there are.
  var familyCount: Int { families.count }

  /// Takes a name apart; false for one that is no layer's.
  private mutating func take(_ entry: TensorGroup.Entry) -> Bool {
    let (parts, suffix) = Sorting.parts(of: entry.name)
    let copySuffix = suffix.flatMap { $0.isCopy ? $0.text : nil } ?? ""
    // The last part is the parameter's own name.
    guard let layer = parts.dropLast().firstIndex(where: { ModuleNames.isLayer($0) }) else {
      return false
    }
    let before = WrapperWord.split(parts[..<layer])
    let inside = WrapperWord.split(parts[layer...])
    let hasRoot = before.own.last == ModuleNames.root[...]
    let ownPrefix = hasRoot ? before.own.dropLast() : before.own[...]
    let name = ([ModuleNames.root[...]] + inside.own).joined(separator: ".")
    // The prefix as the file has it, without the root and what wraps that.
    let rawParts =
      hasRoot
      ? parts[..<(parts[..<layer].lastIndex(of: ModuleNames.root[...]) ?? layer)]
      : parts[..<layer]
    let prefix = rawParts.map { $0 + "." }.joined()
    let between = hasRoot ? WrapperWord.split(parts[(rawParts.endIndex + 1)..<layer]).wrappers : []
    let key =
      ownPrefix.joined(separator: ".") + (hasRoot ? "" : "\u{0}")
      + (copySuffix.isEmpty ? "" : "\u{0}" + copySuffix)
    let member = Candidate.Member(
      name: name, sourceName: entry.name, shape: entry.shape, elementType: entry.elementType)
    var family = indices[key]
    if let found = family, families[found].names.contains(name) {
      // Two copies that only wrappers tell apart are two candidates.
      family = indices[key + "\u{0}" + prefix]
      if family == nil {
        indices[key + "\u{0}" + prefix] = families.count
        families.append(Family(prefix: prefix, suffix: copySuffix, lacksRoot: !hasRoot))
        family = families.count - 1
      }
    } else if family == nil {
      indices[key] = families.count
      families.append(Family(prefix: prefix, suffix: copySuffix, lacksRoot: !hasRoot))
      family = families.count - 1
    }
    let place = family!
    guard families[place].names.insert(name).inserted else { return false }
    families[place].members.append(member)
    let taken =
      (between + inside.wrappers).map { "\($0)." }
      + (suffix.map { $0.isCopy ? [] : [$0.text] } ?? [])
    for word in taken where !families[place].wrapperWords.contains(word) {
      families[place].wrapperWords.append(word)
    }
    return true
  }

  /// The candidates, each with what the group has beside it.
  func candidates() -> [Candidate] {
    families.map { family in
      // What stands below the same prefix belongs to it although no layer's name is in it.
      let below = rest.filter { entry in
        guard family.suffix.isEmpty else { return false }
        return entry.name.hasPrefix(family.prefix) && !family.prefix.isEmpty
          || family.prefix.isEmpty && family.conventions.isEmpty
            && entry.name.hasPrefix(ModuleNames.root + ".")
      }
      let others = Set(below.map(\.name))
      return Candidate(
        groupIndex: index, keyPath: group.keyPath, prefix: family.prefix, suffix: family.suffix,
        className: group.className, conventions: family.conventions,
        members: family.members
          + below.map {
            Candidate.Member(
              name: String($0.name.dropFirst(family.prefix.count)), sourceName: $0.name,
              shape: $0.shape, elementType: $0.elementType)
          },
        wrapperWords: family.wrapperWords, lacksRoot: family.lacksRoot,
        foreignNames: rest.map(\.name).filter { !others.contains($0) })
    }
  }
}
