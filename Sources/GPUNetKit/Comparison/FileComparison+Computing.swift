import BinaryInput
import GPUNetValidation
public import ModelFiles
import NetworkRecognition

extension FileComparison {
  /// Compares two files.
  ///
  /// Where only one network is recognised, the other file is held against its architecture. Where a
  /// file has several groups of tensors, those of the networks are compared if both are recognised,
  /// else all groups, the key paths in front of the names.
  ///
  /// - Parameters:
  ///   - left: The first file.
  ///   - right: The second file.
  ///   - options: What of them is compared.
  /// - Throws: `tensors.key` where there is no such group; what reading throws; the path in front.
  /// - Complexity: O(*n*) in the number of bytes.
  public init(
    _ left: SourceFile, _ right: SourceFile, _ options: Options = Options()
  ) throws {
    var networks = (
      try FileComparison.network(in: left, key: options.leftKey, options),
      try FileComparison.network(in: right, key: options.rightKey, options)
    )
    if networks.0 == nil, let other = networks.1 {
      networks.0 = try FileComparison.network(in: left, like: other, key: options.leftKey, options)
    } else if networks.1 == nil, let other = networks.0 {
      networks.1 = try FileComparison.network(
        in: right, like: other, key: options.rightKey, options)
    }
    let areRecognised = networks.0 != nil && networks.1 != nil
    let lefts = try FileComparison.tensors(
      of: left, key: options.leftKey, areRecognised ? networks.0 : nil)
    let rights = try FileComparison.tensors(
      of: right, key: options.rightKey, areRecognised ? networks.1 : nil)
    self.left = Side(file: left, tensors: lefts, network: networks.0)
    self.right = Side(file: right, tensors: rights, network: networks.1)
    architecture = networks.0.flatMap { one in
      networks.1.map { ArchitectureComparison(one, $0) }
    }
    let prefixes = NamePrefixes(lefts.entries.map(\.name), rights.entries.map(\.name))
    leftPrefix = prefixes.left
    rightPrefix = prefixes.right
    let names = NameMatch(lefts.entries, rights.entries, prefixes)
    pairs = try FileComparison.pairs(names.pairs, lefts, rights)
    let content = try ContentMatch(names.onlyLeft, of: lefts, names.onlyRight, of: rights)
    renamed = content.pairs
    let (found, other) = (Set(renamed.map(\.left)), Set(renamed.map(\.right)))
    onlyLeft = names.onlyLeft.filter { !found.contains($0) }
    onlyRight = names.onlyRight.filter { !other.contains($0) }
    let namesPairAll = names.onlyLeft.isEmpty && names.onlyRight.isEmpty
    if !namesPairAll, architecture?.isSame == true, let one = networks.0, let other = networks.1 {
      parameters = try ParameterComparison(one, other)
    } else {
      parameters = nil
    }
  }

  /// The network in a file; nil where none is recognised.
  private static func network(
    in file: SourceFile, key: String?, _ options: Options
  ) throws(ReadError) -> IdentifiedNetwork? {
    var selection = NetworkSource.Selection()
    selection.average = options.average
    selection.key = key
    do throws(ReadError) {
      return try file.identify(given: options.architecture, selecting: selection)
    } catch {
      guard error.code.kind != .inputOutput else { throw error }
      return nil
    }
  }

  /// The network in a file that has another one's architecture; nil where it does not fit.
  private static func network(
    in file: SourceFile, like other: IdentifiedNetwork, key: String?, _ options: Options
  ) throws(ReadError) -> IdentifiedNetwork? {
    var options = options
    options.architecture = ArchitectureChoice(other.architecture)
    guard let found = try network(in: file, key: key, options),
      found.findings().allSatisfy(\.isUnusedTensor)
    else { return nil }
    return found
  }

  private static func tensors(
    of file: SourceFile, key: String?, _ network: IdentifiedNetwork?
  ) throws(ReadError) -> NamedTensors {
    let all = try NamedTensors(file)
    let chosen = network?.source.choice?.taken.candidate.keyPath
    // Only containers have keys.
    guard let key, case .tensors = file.contents else {
      return try all.keys.count > 1 && chosen != nil
        ? NamedTensors(file, key: chosen) : all
    }
    // The key of a network may have the prefix of its names behind that of its group.
    return try NamedTensors(file, key: all.keys.contains(key) ? key : chosen ?? key)
  }
}
