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
  /// How many tensors each module beside the network has.
  private var moduleSizes: [String: Int] = [:]
  private var comparedCount = 0

  /// The most tensors of a module beside the network that is a layer or two, and no network.
  private static let layerTensorCount = 8
  /// The most channels of an image in front of a layer that makes the network's input of it.
  private static let imageChannelCount = 4
  /// The most tensors whose numbers are looked for in the network.
  private static let maximumComparedCount = 64

  init(_ taken: Assessment, in list: CandidateList) {
    self.taken = taken
    self.list = list
    ownNames = Dictionary(
      taken.candidate.members.map { ($0.sourceName, $0.name) },
      uniquingKeysWith: { first, _ in first })
    channelCount = taken.fit.architecture.layers.first?.inputChannels ?? 0
  }

  /// Every tensor of the file that is neither a parameter of the network, nor known to be inert
  /// among them, nor a member of another candidate.
  ///
  /// - Throws: `work.budget`.
  mutating func bystanders(_ budget: WorkBudget) throws(ReadError) -> [Bystander] {
    var places: [(index: Int, entry: TensorGroup.Entry)] = []
    for (index, group) in list.groups.enumerated() {
      try budget.spend(
        steps: group.entries.count * 8, on: "looking at what stands beside a network")
      var known = Set(
        list.candidates.filter { $0.groupIndex == index && !$0.isSame(as: taken.candidate) }
          .flatMap { $0.members.map(\.sourceName) })
      if index == taken.candidate.groupIndex {
        known.formUnion(taken.fit.usedNames)
        known.formUnion(taken.fit.inert.map(\.member.sourceName))
      }
      places += group.entries.filter { !known.contains($0.name) }.map { (index, $0) }
    }
    for (index, entry) in places { moduleSizes[module(path(entry, index)), default: 0] += 1 }
    return places.map { index, entry in
      Bystander(
        groupIndex: index, name: entry.name, shape: entry.shape, role: role(of: entry, index))
    }
  }

  private mutating func role(of entry: TensorGroup.Entry, _ index: Int) -> Bystander.Role {
    let candidate = taken.candidate
    let isBeside = index == candidate.groupIndex
    let path = path(entry, index)
    let words = PathWords.words(of: path)
    if !isBeside, PathWords.isOptimizers(path) {
      return .inert(Bystander.optimizerReason)
    }
    if let known = Bookkeeping.entry(for: entry.name, shape: entry.shape) {
      return .inert(known.reason)
    }
    // What stands among the layers is either one of their tensors or nobody knows what.
    if isBeside, ownNames[entry.name]?.hasPrefix("\(ModuleNames.root).") ?? false {
      return original(of: entry).map { .copy(of: $0) } ?? .unknown
    }
    if words.contains(where: { PathWords.loss.contains($0) }) {
      return .inert("part of a loss or a metric, which inference does not compute")
    }
    let connection = connection(of: entry, at: path, words, isBeside: isBeside)
    let isOutside =
      !isBeside || candidate.shortPath != candidate.keyPath && ownNames[entry.name] == nil
    if isBeside, connection != nil || !isOutside, let original = original(of: entry) {
      return .copy(of: original)
    }
    if let connection { return .connected(connection) }
    if let values = normalization(entry, index) { return .normalization(values) }
    guard isOutside else { return .unknown }
    return .elsewhere(isBeside ? "outside \(candidate.title)" : "outside the state dict")
  }

  /// Where it acts on what the network computes; nil where nothing says so.
  private func connection(
    of entry: TensorGroup.Entry, at path: String, _ words: [String], isBeside: Bool
  ) -> Bystander.Connection? {
    guard let shape = entry.shape, entry.elementType?.isFloatingPoint ?? false,
      !words.contains(where: { PathWords.teacher.contains($0) })
    else { return nil }
    if isBeside, shape.allSatisfy({ $0 == 1 }),
      words.contains(where: { PathWords.scale.contains($0) })
    {
      return .scale
    }
    // A whole network beside this one has layers of all sizes.
    guard moduleSizes[module(path), default: 0] <= BystanderSearch.layerTensorCount else {
      return nil
    }
    let last = path.split(separator: ".").last ?? ""
    let classCount = taken.fit.architecture.classCount
    if last.hasPrefix("weight"), shape.count == 2, shape[1] == classCount {
      return .behindLogits(classCount: classCount)
    }
    let makesInput =
      last.hasPrefix("weight") && shape.count == 4 && shape[0] == channelCount
      && shape[1] <= BystanderSearch.imageChannelCount
    return makesInput || last.hasPrefix("running_") && shape == [channelCount]
      ? .beforeInput(channelCount: channelCount) : nil
  }

  /// The numbers by which pixels are normalised; nil for other tensors.
  private func normalization(_ entry: TensorGroup.Entry, _ index: Int) -> [Double]? {
    guard entry.shape?.reduce(1, *) == channelCount, entry.elementType?.isFloatingPoint ?? false,
      ["mean", "std"].contains(PathWords.words(of: entry.name).last)
    else { return nil }
    return try? list.container.tensors([entry.name], ofGroup: index)[entry.name]?.doubles()
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

  /// The path of a tensor in the file.
  private func path(_ entry: TensorGroup.Entry, _ index: Int) -> String {
    let place = list.groups[index].keyPath
    return place.isEmpty ? entry.name : "\(place).\(entry.name)"
  }

  /// The module beside the network, or beside one that it is in, that a tensor belongs to: the path
  /// as far as it is the network's own, and one part more.
  private func module(_ path: String) -> String {
    let parts = path.split(separator: ".")
    let own = taken.candidate.path.split(separator: ".")
    let common = zip(own, parts).prefix { $0 == $1 }.count
    return parts.prefix(common + 1).joined(separator: ".")
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
