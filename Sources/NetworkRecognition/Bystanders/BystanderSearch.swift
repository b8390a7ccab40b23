import BinaryInput
import GPUNetIR
import TensorData

/// Finds out what the tensors beside a network are there for.
struct BystanderSearch {
  private let taken: Assessment
  private let list: CandidateList
  /// The names that the members of the network have, by those in the file.
  private let ownNames: [String: String]
  private let channelCount: Int
  private var comparedCount = 0

  /// The most tensors whose numbers are looked for in the network.
  private static let maximumComparedCount = 4_096

  /// Where a tensor stands.
  private struct Place {
    let index: Int
    let entry: TensorGroup.Entry
    /// The path in the file.
    let wholePath: String
    /// The same as far as it is not the network's own.
    let path: String
    /// The path of the module beside the network, or beside one that it is in.
    let module: String
  }

  init(_ taken: Assessment, in list: CandidateList) {
    self.taken = taken
    self.list = list
    ownNames = Dictionary(
      taken.candidate.members.map { ($0.sourceName, $0.name) },
      uniquingKeysWith: { first, _ in first })
    channelCount = taken.fit.architecture.layers.first?.inputChannels ?? 0
  }

  /// Every tensor of the file that is neither a parameter of the network, nor known to be inert
  /// among them, nor a parameter of another candidate.
  ///
  /// - Parameters:
  ///   - assessments: All candidates, each held against the network that is wanted.
  ///   - budget: What looking may cost.
  /// - Returns: All of them, in the order of the file.
  /// - Throws: `work.budget`.
  mutating func bystanders(
    among assessments: [Assessment], _ budget: WorkBudget
  ) throws(ReadError) -> [Bystander] {
    var places: [Place] = []
    for (index, group) in list.groups.enumerated() {
      try budget.spend(
        steps: group.entries.count * 8, on: "looking at what stands beside a network")
      let known = knownNames(ofGroup: index, assessments)
      places += group.entries.filter { !known.contains($0.name) }.map { place(of: $0, index) }
    }
    var siblings: [String: Sibling] = [:]
    for place in places {
      siblings[place.module, default: Sibling(isBeside: isBeside(place))]
        .append(place.entry, path: place.path)
    }
    let connections = siblings.mapValues {
      $0.connection(
        classCount: taken.fit.architecture.classCount, channelCount: channelCount)
    }
    return places.map { place in
      let found = connections[place.module].flatMap(\.self)
      let connection = found?.path == place.path ? found?.connection : nil
      return Bystander(
        groupIndex: place.index, name: place.entry.name, path: place.wholePath,
        module: place.module,
        shape: place.entry.shape,
        role: role(of: place, connection))
    }
  }

  /// What of a group is the network's, or another one's.
  private func knownNames(ofGroup index: Int, _ assessments: [Assessment]) -> Set<String> {
    var known: Set<String> = []
    for candidate in list.candidates where candidate.groupIndex == index {
      let assessment = assessments.first { $0.candidate.isSame(as: candidate) }
      if let assessment, assessment.isMatch || candidate.isSame(as: taken.candidate) {
        // What stands beside another copy stands beside this one, too.
        known.formUnion(assessment.fit.usedNames)
        known.formUnion(assessment.fit.inert.map(\.member.sourceName))
      } else {
        known.formUnion(candidate.members.map(\.sourceName))
      }
    }
    return known
  }

  private func place(of entry: TensorGroup.Entry, _ index: Int) -> Place {
    let group = list.groups[index].keyPath
    let whole = group.isEmpty ? entry.name : "\(group).\(entry.name)"
    let parts = whole.split(separator: ".")
    let own = taken.candidate.path.split(separator: ".")
    let common = zip(own, parts).prefix { $0 == $1 }.count
    return Place(
      index: index, entry: entry, wholePath: whole,
      path: parts.dropFirst(common).joined(separator: "."),
      module: parts.prefix(common + 1).joined(separator: "."))
  }

  private func isBeside(_ place: Place) -> Bool { place.index == taken.candidate.groupIndex }

  private mutating func role(
    of place: Place, _ connection: Bystander.Connection?
  ) -> Bystander.Role {
    if !isBeside(place), PathWords.isOptimizers(place.path) {
      return .inert(Bystander.optimizerReason)
    }
    if let known = Bookkeeping.entry(for: place.entry.name, shape: place.entry.shape) {
      return .inert(known.reason)
    }
    let candidate = taken.candidate
    // What stands among the layers is either one of their tensors or nobody knows what.
    let name = ownNames[place.entry.name]
    if isBeside(place), (name ?? place.path).hasPrefix("\(ModuleNames.root).") {
      return original(of: place.entry).map { .copy(of: $0) } ?? .unknown
    }
    let words = PathWords.words(of: place.path)
    if words.contains(where: { PathWords.loss.contains($0) }) {
      return .inert("part of a loss or a metric, which inference does not compute")
    }
    let isOutside =
      !isBeside(place) || candidate.shortPath != candidate.keyPath && name == nil
    if isBeside(place), connection != nil || !isOutside,
      let original = original(of: place.entry)
    {
      return .copy(of: original)
    }
    if let connection { return .connected(connection) }
    if let values = normalization(place) { return .normalization(values) }
    guard isOutside else { return .unknown }
    return .elsewhere(isBeside(place) ? "outside \(candidate.title)" : "outside the state dict")
  }

  /// The numbers by which pixels are normalised; nil for other tensors.
  private func normalization(_ place: Place) -> [Double]? {
    let words = PathWords.words(of: String(place.path.split(separator: ".").last ?? ""))
    guard place.entry.shape?.reduce(1, *) == channelCount,
      place.entry.elementType?.isFloatingPoint ?? false,
      PathWords.normalizations.contains(words)
    else { return nil }
    let name = place.entry.name
    return try? list.container.tensors([name], ofGroup: place.index)[name]?.doubles()
  }

  /// The tensor of the network that has the same numbers; nil where there is none, or where they
  /// cannot be read.
  private mutating func original(of entry: TensorGroup.Entry) -> String? {
    guard let shape = entry.shape, comparedCount < BystanderSearch.maximumComparedCount else {
      return nil
    }
    comparedCount += 1
    let place = (taken.candidate.groupIndex, taken.candidate.groupIndex)
    return taken.candidate.members.first { member in
      member.shape == shape && member.elementType == entry.elementType
        && taken.fit.usedNames.contains(member.sourceName)
        && list.holdSameNumbers([(member.sourceName, entry.name)], inGroups: place)
    }?.sourceName
  }
}

extension CandidateList {
  /// Whether tensors of two groups hold the same numbers, pair by pair; not where one cannot be read.
  func holdSameNumbers(_ pairs: [(String, String)], inGroups groups: (Int, Int)) -> Bool {
    pairs.allSatisfy { first, second in
      guard let one = try? container.tensors([first], ofGroup: groups.0)[first],
        let other = try? container.tensors([second], ofGroup: groups.1)[second]
      else { return false }
      return one.elementType == other.elementType && one.shape == other.shape
        && (try? one.contiguousBytes() == other.contiguousBytes()) ?? false
    }
  }
}
