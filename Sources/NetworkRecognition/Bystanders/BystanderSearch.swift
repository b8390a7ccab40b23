import BinaryInput
import NetworkFamilies
import TensorData

/// Finds out what the tensors beside a network are there for.
struct BystanderSearch {
  private let taken: Assessment
  private let list: CandidateList
  /// The names that the members of the network have, by those in the file.
  private let ownNames: [String: String]
  /// The network's own path, part by part.
  private let ownPath: [Substring]
  private let channelCount: Int
  private var originals: Originals?
  private var comparedByteCount = 0
  private var normalizationCount = 0

  /// The most tensors whose numbers are looked for in the network.
  private static let maximumComparedCount = 4_096

  /// The most tensors that are read for what pixels are normalised by.
  private static let maximumNormalizationCount = 16

  /// The network's tensors and what may be copies of them.
  private struct Originals {
    let tensors: StateDict
    /// The names of the network's, by their shapes.
    let names: [[Int]: [String]]
  }

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
    ownPath = taken.candidate.path.split(separator: ".")
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
    let architecture = taken.fit.architecture
    let widths = Set(architecture.layers.map(\.outputChannels))
    let connections = siblings.mapValues {
      $0.connection(
        classCount: architecture.classCount, channelCount: channelCount, widths: widths)
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
    let common = zip(ownPath, parts).prefix { $0 == $1 }.count
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
    let candidate = taken.candidate
    let name = ownNames[place.entry.name]
    let isAmong = isBeside(place) && candidate.isAmongLayers(name ?? place.path)
    if let known = Bookkeeping.entry(for: place.entry.name, shape: place.entry.shape),
      isAmong || !known.isOfLayers
    {
      return .inert(known.reason)
    }
    // What stands among the layers is either one of their tensors or nobody knows what.
    if isAmong {
      return original(of: place.entry).map { .copy(of: $0) } ?? .unknown
    }
    let words = PathWords.words(of: place.path)
    let isOutside =
      !isBeside(place) || candidate.shortPath != candidate.keyPath && name == nil
    // What a loss computes with is no part of the answer; what else is called by such words may be.
    if words.contains(where: { PathWords.loss.contains($0) })
      || PathWords.areTrainings(words)
        && (!Sibling.isMatrix(place.path, place.entry) || PathWords.havePhase(words))
    {
      return .inert("part of a loss or a metric, which inference does not compute")
    }
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
  private mutating func normalization(_ place: Place) -> [Double]? {
    let words = PathWords.words(of: String(place.path.split(separator: ".").last ?? ""))
    guard place.entry.shape?.reduce(1, *) == channelCount,
      place.entry.elementType?.isFloatingPoint ?? false, PathWords.areNormalization(words),
      normalizationCount < BystanderSearch.maximumNormalizationCount
    else { return nil }
    normalizationCount += 1
    let name = place.entry.name
    return try? list.container.tensors([name], ofGroup: place.index)[name]?.doubles()
  }

  /// The tensor of the network that has the same numbers; nil where there is none, or where they
  /// cannot be read.
  private mutating func original(of entry: TensorGroup.Entry) -> String? {
    if originals == nil { originals = readOriginals() }
    guard let tensor = originals?.tensors[entry.name], let shape = entry.shape else { return nil }
    return originals?.names[shape]?.first { name in
      guard let own = originals?.tensors[name],
        comparedByteCount <= CandidateList.maximumComparedByteCount
      else { return false }
      comparedByteCount += own.byteCount
      return own.hasSameNumbers(as: tensor)
    }
  }

  /// The network's tensors, and those beside it that have the shape of one, all read at once.
  private func readOriginals() -> Originals {
    let index = taken.candidate.groupIndex
    let members = taken.candidate.members.filter { taken.fit.usedNames.contains($0.sourceName) }
    let names = Dictionary(grouping: members) { $0.shape ?? [] }
      .mapValues { $0.map(\.sourceName) }
    let beside = list.groups[index].entries.filter { entry in
      !taken.fit.usedNames.contains(entry.name) && entry.shape.map { names[$0] != nil } ?? false
    }
    let wanted =
      members.map(\.sourceName) + beside.prefix(BystanderSearch.maximumComparedCount).map(\.name)
    return Originals(
      tensors: (try? list.container.tensors(wanted, ofGroup: index)) ?? StateDict(), names: names)
  }
}

extension CandidateList {
  /// Whether tensors of two groups hold the same numbers, pair by pair; not where one cannot be read,
  /// and not where they are more than anybody would wait for.
  func holdSameNumbers(_ pairs: [(String, String)], inGroups groups: (Int, Int)) -> Bool {
    guard let first = try? container.tensors(pairs.map(\.0), ofGroup: groups.0),
      let second = try? container.tensors(pairs.map(\.1), ofGroup: groups.1),
      first.reduce(0, { $0 + $1.tensor.byteCount }) <= CandidateList.maximumComparedByteCount
    else { return false }
    return pairs.allSatisfy { one, other in
      guard let one = first[one], let other = second[other] else { return false }
      return one.hasSameNumbers(as: other)
    }
  }
}

extension Tensor {
  /// Whether it has the same bytes in the same shape and type.
  func hasSameNumbers(as other: Tensor) -> Bool {
    elementType == other.elementType && shape == other.shape
      && (try? contiguousBytes() == other.contiguousBytes()) ?? false
  }
}
