public import NetworkFamilies
public import NetworkProgram
import TensorData

/// How the tensors of a candidate fit the parameters of an architecture, by names and shapes alone.
public struct ParameterFit: Sendable {
  /// The architecture; of a published network, with as many classes as the classifier here has.
  public let architecture: Architecture
  /// Where the batch norms are.
  public let form: NormalizationForm
  /// How each parameter is made.
  public private(set) var sources: [String: ParameterSource] = [:]
  /// The parameters that are not here.
  public private(set) var missing: [ParameterSpecification] = []
  /// The parameters that are here with other shapes, and those.
  public private(set) var misshapen: [Misfit] = []
  /// The members that no layer needs.
  public private(set) var leftOver: [Candidate.Member] = []
  /// The members that are known to be inert, and why.
  public private(set) var inert: [(member: Candidate.Member, reason: String)] = []
  /// Parameters that are kept in a way from which they cannot be made, which that is, and what leads
  /// on in Python.
  public private(set) var unmade: [(name: String, title: String, advice: String)] = []
  /// What was done to make the tensors fit, for people.
  public private(set) var remarks: [String] = []
  /// The members that parameters are made of, whether they fit or not.
  private(set) var usedNames: Set<String> = []
  /// The number of layers all of whose parameters are here.
  public private(set) var fittingLayerCount = 0

  /// A parameter that is here with another shape.
  public struct Misfit: Hashable, Sendable {
    /// What is needed.
    public let specification: ParameterSpecification
    /// The shape that is here.
    public let found: [Int]

    /// Whether it is the same shape with its axes in another order.
    public var isPermuted: Bool {
      found.count > 1 && found.sorted() == specification.shape.sorted()
    }
  }

  /// Whether every parameter is here.
  public var isComplete: Bool { missing.isEmpty && misshapen.isEmpty }

  /// Whether nothing is missing but the classifier, or the whole layer that it is the end of.
  public var lacksOnlyClassifier: Bool {
    guard misshapen.isEmpty, leftOver.isEmpty,
      missing.contains(where: { $0.role == .linearWeight }),
      let last = architecture.program(form).layers.last
    else { return false }
    let names = Set(last.parameters.map(\.name))
    return missing.allSatisfy { names.contains($0.name) }
  }

  /// Whether nothing is missing or of another shape but in the layer that the classifier ends.
  var differsInClassifierOnly: Bool {
    guard !isComplete, let last = architecture.program(form).layers.last else { return false }
    let names = Set(last.parameters.map(\.name))
    return (missing + misshapen.map(\.specification)).allSatisfy {
      names.contains($0.name) && ($0.role == .linearWeight || $0.role == .linearBias)
    }
  }

  /// Whether a parameter was computed, so that it is rounded once more than what was trained.
  public var roundsParameters: Bool {
    sources.values.contains { if case .weightNorm = $0 { true } else { false } }
  }

  /// The parameters that the file does not have and that its lack gives a value.
  public var suppliedNames: Set<String> {
    Set(sources.filter { $0.value.names.isEmpty }.map(\.key))
  }

  /// The share of the parameters that are here, 0…1.
  var share: Double {
    let total = sources.count + missing.count + misshapen.count
    return total == 0 ? 0 : Double(sources.count) / Double(total)
  }

  /// Fits the members of a candidate.
  ///
  /// - Parameters:
  ///   - candidate: The tensors.
  ///   - architecture: The layers.
  ///   - takesClassCount: Whether the number of classes is the classifier's own.
  public init(_ candidate: Candidate, to architecture: Architecture, takesClassCount: Bool) {
    let members = MemberTable(candidate)
    let architecture = takesClassCount ? members.withOwnClassCount(architecture) : architecture
    // Statistics of norms, wherever they stand, say that the norms are separate.
    let candidates: [NormalizationForm] =
      candidate.members.contains { $0.name.hasSuffix("running_var") }
      ? [.separate] : NormalizationForm.allCases
    let forms = candidates.map { ParameterFit(members, architecture, $0) }
    // Of equals the first, which has the norms of PyTorch.
    let best = forms.indices.max { left, right in
      forms[left].share < forms[right].share
        || forms[left].share == forms[right].share && left > right
    }
    self = forms[best ?? 0]
  }

  private init(_ table: MemberTable, _ architecture: Architecture, _ form: NormalizationForm) {
    self.architecture = architecture
    self.form = form
    for program in architecture.program(form).layers {
      var isWhole = true
      var classifier: (stem: String, tensor: String)?
      for specification in program.parameters {
        switch table.find(specification, classifier: classifier) {
        case .found(let source, let shape, let remark):
          if let shape, shape != specification.shape {
            misshapen.append(Misfit(specification: specification, found: shape))
            isWhole = false
          } else {
            sources[specification.name] = source
          }
          usedNames.formUnion(source.names)
          if specification.role == .linearWeight, let tensor = source.names.first {
            classifier = (table.stem(of: tensor), tensor)
          }
          if let remark { remarks.append(remark) }
        case .unmade(let parametrisation, let names):
          unmade.append((specification.name, parametrisation.title, parametrisation.advice))
          missing.append(specification)
          usedNames.formUnion(names)
          isWhole = false
        case .nothing:
          missing.append(specification)
          isWhole = false
        }
      }
      if isWhole { fittingLayerCount += 1 }
    }
    for member in table.members where !usedNames.contains(member.sourceName) {
      if let entry = Bookkeeping.entry(for: member.name, shape: member.shape) {
        inert.append((member, entry.reason))
      } else {
        leftOver.append(member)
      }
    }
    let odd = sources.values.count { if case .count = $0 { true } else { false } }
    if form == .separate, odd > 0 {
      remarks.append("\(odd) batch counts are no single integers, and become such")
    }
    let counted = sources.values.count { $0 == .batchCount }
    if form == .separate, counted > 0 {
      remarks.append("\(counted) batch counts are not in the file, and are taken for 0")
    }
    for (title, count) in table.partCounts(usedIn: sources) {
      remarks.append("\(count) parameters are made of their parts (\(title))")
    }
  }
}

/// The members of a candidate by their names, and what can be made of them.
private struct MemberTable {
  let members: [Candidate.Member]
  private let byName: [String: Candidate.Member]
  private let made: [String: Parametrisation.Match]

  enum Finding {
    case found(ParameterSource, shape: [Int]?, remark: String?)
    case unmade(Parametrisation, names: [String])
    case nothing
  }

  init(_ candidate: Candidate) {
    members = candidate.members
    byName = Dictionary(members.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    made = Dictionary(
      Parametrisation.matches(byName).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first }
    )
  }

  /// What the names in the module begin with that a weight belongs to, of which a tensor is all or a
  /// part.
  func stem(of tensor: String) -> String {
    let match = made.values.first { $0.parts.contains { $0.sourceName == tensor } }
    let name = match?.name ?? members.first { $0.sourceName == tensor }?.name ?? tensor
    return String(name.dropLast(name.split(separator: ".").last?.count ?? 0))
  }

  /// Whether there is a tensor of that name.
  func holds(_ name: String) -> Bool { byName[name] != nil }

  /// Finds a parameter: under its name, made of its parts, or where its absence means something.
  ///
  /// - Parameters:
  ///   - specification: The parameter.
  ///   - classifier: Where the classifier's matrix was found: what the names in its module begin with,
  ///     and the tensor.
  /// - Returns: What was found.
  func find(
    _ specification: ParameterSpecification, classifier: (stem: String, tensor: String)?
  ) -> Finding {
    // An average over everything leaves fractions, and other tools a vector of one: nothing reads it.
    let isCount = specification.role == .batchCount
    if let match = made[specification.name] { return finding(match, specification) }
    if let member = byName[specification.name], !isCount || member.isCount {
      return finding(member, specification)
    }
    switch specification.role {
    case .batchCount:
      if let member = byName[specification.name], member.isSingle {
        return .found(.count(member.sourceName), shape: specification.shape, remark: nil)
      }
      return .found(.batchCount, shape: specification.shape, remark: nil)
    case .linearWeight:
      let matches = made.values.filter { isWrapped($0.name, specification) }
      let members = wrapped(specification)
      if matches.count == 1 { return finding(matches[0], specification) }
      return members.count == 1 && matches.isEmpty ? finding(members[0], specification) : .nothing
    case .linearBias:
      guard let classifier else { return .nothing }
      // Another module's bias is not this one's.
      let name = classifier.stem + specification.localName
      if let match = made[name] { return finding(match, specification) }
      if let member = byName[name] { return finding(member, specification) }
      guard wrapped(specification).isEmpty else { return .nothing }
      return .found(
        .zeros(shape: specification.shape, like: classifier.tensor), shape: specification.shape,
        remark: "the classifier has no bias, which is taken for zeros")
    default:
      return .nothing
    }
  }

  /// A classifier's parameter inside a module that stands in its place: `net.6.1.weight` or
  /// `net.6.fc.weight` for `net.6.weight`.
  private func wrapped(_ specification: ParameterSpecification) -> [Candidate.Member] {
    let ranks = specification.role == .linearWeight ? [2, 4] : [specification.shape.count]
    return members.filter { member in
      isWrapped(member.name, specification) && member.shape.map { ranks.contains($0.count) } ?? true
    }
  }

  private func isWrapped(_ name: String, _ specification: ParameterSpecification) -> Bool {
    let ending = "." + specification.localName
    let stem = specification.name.dropLast(ending.count) + "."
    return name.hasPrefix(stem) && name.hasSuffix(ending)
      && name.utf8.count > stem.utf8.count + ending.utf8.count
  }

  private func finding(
    _ match: Parametrisation.Match, _ specification: ParameterSpecification
  ) -> Finding {
    let names = match.parts.map(\.sourceName)
    guard let make = match.parametrisation.source else {
      return .unmade(match.parametrisation, names: names)
    }
    return finding(make(names), match.shape, named: match.name, specification)
  }

  private func finding(
    _ member: Candidate.Member, _ specification: ParameterSpecification
  ) -> Finding {
    finding(.tensor(member.sourceName), member.shape, named: member.name, specification)
  }

  /// A source as it is, or without the axes of one element that a classifier has which was written as
  /// a convolution.
  private func finding(
    _ source: ParameterSource, _ shape: [Int]?, named name: String,
    _ specification: ParameterSpecification
  ) -> Finding {
    let remark =
      name == specification.name
      ? nil : "the classifier's \(specification.localName) is '\(name)'"
    if specification.role == .linearWeight, let shape, shape.count == 4, shape[2...] == [1, 1] {
      let matrix = Array(shape[..<2])
      return .found(
        .reshaped(source, shape: matrix), shape: matrix,
        remark: remark ?? "the classifier is a convolution of 1 × 1")
    }
    return .found(source, shape: shape, remark: remark)
  }

  /// The architecture with as many classes as the classifier here has outputs.
  func withOwnClassCount(_ architecture: Architecture) -> Architecture {
    let specification = architecture.parameters(.folded).last { $0.role == .linearWeight }
    guard let specification,
      case .found(_, let shape?, _) = find(specification, classifier: nil), shape.count == 2,
      (1...Architecture.maximumClassCount).contains(shape[0])
    else { return architecture }
    return architecture.with(classCount: shape[0])
  }

  /// How many parameters were made of their parts, by the parametrisation.
  func partCounts(usedIn sources: [String: ParameterSource]) -> [(title: String, count: Int)] {
    let titles = made.values.filter { sources[$0.name] != nil }.map(\.parametrisation.title)
    return Dictionary(titles.map { ($0, 1) }, uniquingKeysWith: +)
      .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension Candidate.Member {
  /// Whether it is one number, of whatever type and in whatever axes.
  fileprivate var isSingle: Bool {
    shape?.allSatisfy { $0 == 1 } ?? false
      && ElementType.parameterTypes.contains { $0 == elementType }
  }

  /// Whether it is one integer, as far as that is known.
  fileprivate var isCount: Bool {
    (shape ?? []).isEmpty && !(elementType?.isFloatingPoint ?? false)
  }
}

extension ParameterSpecification {
  /// The last part of the name: `weight`.
  var localName: String {
    String(name[(name.lastIndex(of: ".").map { name.index(after: $0) } ?? name.startIndex)...])
  }
}
