public import BinaryInput
public import ModelFiles
import NetworkRecognition
import Spelling
import TensorData

/// Named tensors from one file to another, whosever they are: no network is looked for, and none is
/// needed.
public struct TensorTransfer: Sendable {
  /// What is to be done.
  public struct Request: Sendable {
    /// The path of the source.
    public var input: String
    /// The path of the file to write.
    public var output: String
    /// The keys that lead to the tensors that are meant; nil for all of the file.
    public var key: String?
    /// How much trust the source is given.
    public var source = SourceFile.Options()
    /// The format to write, with what is asked of it.
    public var target: TensorTarget
    /// Whether tensors that cannot be read, or that the target has no way to hold, are left out instead
    /// of refused.
    public var allowsUnused = false
    /// Whether an existing file is replaced.
    public var replaces = false
    /// Whether everything is done but keeping the file.
    public var isDryRun = false
    /// Is told how far it is, on the thread that it runs on.
    public var progress: @Sendable (Conversion.Progress) -> Void = { _ in }

    /// Asks for a transfer.
    public init(input: String, output: String, target: TensorTarget) {
      self.input = input
      self.output = output
      self.target = target
    }
  }

  /// A tensor that is not in the file that was written.
  public struct LeftOut: Sendable {
    /// Its name.
    public let name: String
    /// Why.
    public let refusal: ReadError
  }

  /// What was done.
  public struct Report: Sendable {
    /// What was asked for.
    public let request: Request
    /// The format of the source.
    public let sourceFormat: String
    /// The tensors that were written.
    public let entries: [NamedTensors.Entry]
    /// Those that were left out, since they cannot be read or the format has no way to hold them, and why.
    public let leftOut: [LeftOut]
    /// The paths of tensors that have no name and were left out.
    public let otherPaths: [String]
    /// How many of the things that the file says beside its tensors were left out.
    public let leftOutFactCount: Int
    /// The number of bytes written.
    public let byteCount: Int
    /// The number of tensors that, read back, have the bits of the source; nil where they are rounded.
    public let copiedCount: Int?
  }

  /// Reads, writes beside the target, reads back, compares, and only then gives the file its name.
  /// Of the tensors only some are in memory at the same time.
  ///
  /// - Throws: A `ReadError` where something is broken, or a tensor cannot be read; `tensors.none`
  ///   where there are none. Whatever is thrown, the target is as it was.
  public static func run(_ request: Request) throws(ReadError) -> Report {
    let target = request.target
    try Conversion.checkPaths(request.input, request.output, target.format)
    var outputs = try target.prepare(
      path: request.output, replacing: request.replaces || request.isDryRun)
    request.progress(.reading)
    let file = try SourceFile(opening: request.input, options: request.source)
    try outputs.requireOther(than: file)
    let tensors = try NamedTensors(file, key: request.key)
    try requireProportion(tensors.entries.filter { $0.refusal == nil }, of: file, request)
    var leftOut: [LeftOut] = []
    let entries = tensors.entries.filter { entry in
      let refusal =
        entry.refusal
        ?? target.refusal(of: deferred(entry, sharing: nil, of: tensors, target.elementType))
      guard let refusal else { return true }
      leftOut.append(LeftOut(name: entry.name, refusal: refusal))
      return false
    }
    if var refusal = leftOut.first?.refusal, !request.allowsUnused {
      if refusal.remedy == nil { refusal.remedy = .allowUnused }
      throw refusal.within(request.input)
    }
    guard !entries.isEmpty else {
      throw ReadError(
        .tensorsNone, "the file has no named tensors", path: [request.input],
        expected: "one at least that can be read and written",
        found: tensors.entries.isEmpty && tensors.otherPaths.isEmpty
          ? "none"
          : [
            (leftOut.count, "left out"), (tensors.otherPaths.count, "without a name"),
          ].filter { $0.0 > 0 }.map { "\($0.counted("tensor")) \($1)" }.joined(separator: ", "))
    }
    try requireUnique(entries, of: tensors)
    // A file may say one thing twice; the first is kept.
    var keys: Set<String> = []
    let facts = tensors.facts.filter { keys.insert($0.path).inserted }.prefix(maximumFactCount)
    // Where the first name of a tensor is left out, the next one takes its place.
    var firstNames: [String: String] = [:]
    let content = TensorFileContent(
      tensors: entries.map { entry in
        let shared = entry.original ?? entry.name
        defer { if firstNames[shared] == nil { firstNames[shared] = entry.name } }
        return deferred(entry, sharing: firstNames[shared], of: tensors, target.elementType)
      },
      properties: facts.map { TensorFileContent.Property($0.path, $0.value) })
    let isCopied = target.elementType == nil
    try target.write(content, to: &outputs) { [progress = request.progress] in
      progress(.writing(byteCount: $0, of: $1))
    } readingBack: { (container) throws(ReadError) in
      try requireAll(entries, of: tensors, in: container, isCopied: isCopied)
    }
    try file.requireUnchanged()
    let byteCount = outputs.byteCount
    if !request.isDryRun { try outputs.commit() }
    return Report(
      request: request, sourceFormat: file.formatName, entries: entries, leftOut: leftOut,
      otherPaths: tensors.otherPaths,
      leftOutFactCount: keys.count - facts.count, byteCount: byteCount,
      copiedCount: isCopied ? entries.count : nil)
  }

  /// How much of what a file says beside its tensors is taken along.
  private static let maximumFactCount = 1_000

  /// Makes sure that views of few elements do not become files of many, as reading them for a network
  /// does.
  private static func requireProportion(
    _ entries: [NamedTensors.Entry], of file: SourceFile, _ request: Request
  ) throws(ReadError) {
    let fileByteCount = file.externalFiles.reduce(file.bytes.count) { $0 + $1.bytes.count }
    let limit = request.source.maximumByteCount ?? max(4 * fileByteCount, 1 << 30)
    var total = 0
    for entry in entries where entry.original == nil {
      let type = writtenType(of: entry, request.target.elementType)
      let byteCount = (entry.shape ?? []).exactProduct()?.multiplied(exactly: type.byteCount)
      guard let sum = byteCount.flatMap({ total.adding(exactly: $0) }), sum <= limit else {
        throw ReadError(
          .tensorBudget, "the tensors take far more space than the file",
          path: [request.input, entry.name],
          expected: "at most \(limit) bytes for a file of \(fileByteCount)",
          remedy: .allowMoreBytes)
      }
      total = sum
    }
  }

  /// The type that a tensor is written in.
  private static func writtenType(
    of entry: NamedTensors.Entry, _ elementType: ElementType?
  ) -> ElementType {
    let own = entry.elementType ?? .u8
    return elementType.flatMap { own.isRounded ? $0 : nil } ?? own
  }

  /// A tensor that is read when it is written, and shares the memory of the one of a name.
  private static func deferred(
    _ entry: NamedTensors.Entry, sharing original: String?, of tensors: NamedTensors,
    _ elementType: ElementType?
  ) -> DeferredTensor {
    let own = entry.elementType ?? .u8
    let type = writtenType(of: entry, elementType)
    return DeferredTensor(
      name: entry.name, elementType: type, shape: entry.shape ?? [], original: original
    ) { (body) throws(ReadError) in
      let tensor = try tensors.tensor(entry)
      guard type != own else {
        return try DeferredTensor(tensor, named: entry.name).forEachPart(body)
      }
      let values = try tensor.doubles()
      let rounded = Tensor(rounding: values, to: type, shape: tensor.shape)
      guard !zip(values, try rounded.doubles()).contains(where: { $0.isFinite && !$1.isFinite })
      else {
        throw ReadError(
          .tensorsOverflow, "numbers are beyond what the type can have",
          path: [tensors.path, entry.name], expected: "numbers of \(type.rawValue)",
          found: "larger ones of \(own.rawValue)",
          advice: "ask for \(typesThatHold(values).map(\.rawValue).joined(separator: " or "))")
      }
      try DeferredTensor(rounded, named: entry.name).forEachPart(body)
    }
  }

  /// The types in which no finite one of these numbers becomes infinite.
  private static func typesThatHold(_ values: [Double]) -> [ElementType] {
    let largest = values.lazy.filter(\.isFinite).map(abs).max() ?? 0
    return [.f16, .bf16, .f32, .f64].filter { type in
      let rounded = try? Tensor(rounding: [largest], to: type, shape: [1]).doubles()
      return rounded?[0].isFinite ?? false
    }
  }

  private static func requireUnique(
    _ entries: [NamedTensors.Entry], of tensors: NamedTensors
  ) throws(ReadError) {
    var names: Set<String> = []
    for entry in entries where !names.insert(entry.name).inserted {
      throw ReadError(
        .tensorsName, "two tensors have this name", path: [tensors.path, entry.name],
        expected: "one of each name", remedy: .nameStateDict(tensors.keys))
    }
  }

  /// Makes sure that a file that was written has all of the tensors, and their bits.
  private static func requireAll(
    _ entries: [NamedTensors.Entry], of tensors: NamedTensors, in container: any TensorContainer,
    isCopied: Bool
  ) throws(ReadError) {
    let names = container.groups.first?.names ?? []
    guard Set(names) == Set(entries.map(\.name)) else {
      throw ReadError(
        .copyDiffers, "the file, read back, has other tensors",
        expected: "\(entries.count.counted("tensor"))", found: "\(names.count)",
        advice: "nothing was written; please report it")
    }
    guard isCopied else { return }
    try tensors.forEach(entries) { (entry, tensor) throws(ReadError) in
      let written = try container.tensors([entry.name], ofGroup: 0)
      try CopyCheck.require(written[entry.name], sameAs: tensor, named: entry.name)
    }
  }
}

extension ElementType {
  /// Whether elements are rounded to a type that is asked for: all floating-point numbers are.
  fileprivate var isRounded: Bool {
    !isInteger && self != .c64 && self != .c128
  }
}

extension ErrorCode {
  /// Finite numbers would become infinite in the type that is asked for.
  public static let tensorsOverflow = ErrorCode("tensors.overflow", .negative)
  /// A file has no tensors with names.
  public static let tensorsNone = ErrorCode("tensors.none", .negative)
  /// Two tensors of a file have one name.
  public static let tensorsName = ErrorCode("tensors.name", .negative)
}
