public import BinaryInput
import NetworkProgram
import GPWFormat
import ONNXModel
public import TensorData

/// The named tensors of a file, whatever its format, before anybody asks whose they are.
public struct NamedTensors: Sendable {
  /// A tensor.
  public struct Entry: Hashable, Sendable {
    /// The name; that of the group in front where the file has several.
    public let name: String
    /// The shape; nil for a tensor that cannot be read.
    public let shape: [Int]?
    /// The type of the elements; nil for a tensor that cannot be read.
    public let elementType: ElementType?
    /// The name of the tensor before it that is the very same; nil where there is none.
    public let original: String?
    /// Why it cannot be read; nil where it can.
    public let refusal: ReadError?

    fileprivate let place: Place

    /// The number of bytes of the elements; nil for a tensor that cannot be read.
    public var byteCount: Int? {
      guard let shape, let elementType else { return nil }
      return shape.exactProduct()?.multiplied(exactly: elementType.byteCount)
    }

    /// Whether both are the same place of one file.
    public static func == (left: Entry, right: Entry) -> Bool {
      left.name == right.name && left.place == right.place
    }

    /// Feeds what tells entries of one file apart to a hasher.
    public func hash(into hasher: inout Hasher) {
      hasher.combine(name)
      hasher.combine(place)
    }
  }

  fileprivate struct Place: Hashable, Sendable {
    let group: Int
    let name: String
  }

  /// The path of the file.
  public let path: String
  /// The tensors, in the order of the file.
  public let entries: [Entry]
  /// What the file says beside them.
  public let facts: [TensorFact]
  /// The paths of tensors that have no name.
  public let otherPaths: [String]
  /// The keys, joined by dots, that lead to each group that the tensors are of.
  public let keys: [String]

  private let container: any TensorContainer

  /// The tensors of a file; of one whose format has graphs, the initializers.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - key: The keys, joined by dots, that lead to the group that is meant; nil for all groups.
  /// - Throws: `tensors.key` where no group has that path, the file's path in front.
  public init(_ file: SourceFile, key: String? = nil) throws(ReadError) {
    switch file.contents {
    case .tensors(let container): self.container = container
    case .native(let model, _): container = ParameterContainer(model)
    case .graph(let graph): container = InitializerContainer(graph)
    }
    path = file.path
    facts = container.facts
    otherPaths = container.otherPaths
    let groups = container.groups
    let wanted = groups.indices.filter { key == nil || groups[$0].keyPath == key }
    guard key == nil || !wanted.isEmpty else {
      // Those with most tensors first: an optimizer has a small group for each parameter.
      let largest = groups.indices.sorted { left, right in
        (groups[right].entries.count, left) < (groups[left].entries.count, right)
      }
      let keys = largest.prefix(10).map { groups[$0] }.map { "'\($0.keyPath)'" }.joined(
        separator: ", ")
      let rest = groups.count > 10 ? " and \(groups.count - 10) more" : ""
      throw ReadError(
        .tensorsKey, "no tensors stand under this key", path: [path], expected: keys + rest,
        found: key.map { "'\($0)'" })
    }
    self.keys = wanted.map { groups[$0].keyPath }
    var entries: [Entry] = []
    for index in wanted {
      let group = groups[index]
      let prefix = wanted.count > 1 && !group.keyPath.isEmpty ? group.keyPath + "." : ""
      let refusals = Dictionary(
        container.refusals(ofGroup: index).map { ($0.name, $0.error) },
        uniquingKeysWith: { first, _ in first })
      for entry in group.entries {
        entries.append(
          Entry(
            name: prefix + entry.name, shape: entry.shape, elementType: entry.elementType,
            original: entry.original.map { prefix + $0 }, refusal: refusals[entry.name],
            place: Place(group: index, name: entry.name)))
      }
    }
    self.entries = entries
  }

  /// About how many bytes of tensors are read at once from a format that has to inflate them.
  private static let batchByteCount = 32 << 20

  /// Hands tensors that can be read to `body`, in the order given; only some of them are in memory
  /// at the same time.
  ///
  /// - Parameters:
  ///   - entries: Entries of this file.
  ///   - body: Is given each entry and its tensor.
  /// - Throws: What reading the format throws, the path in front; what `body` throws.
  public func forEach(
    _ entries: [Entry], _ body: (Entry, Tensor) throws(ReadError) -> Void
  ) throws(ReadError) {
    var rest = entries[...]
    while let first = rest.first {
      var next = rest
      let batch = next.removeBatch(byteCount: NamedTensors.batchByteCount) { $0.byteCount ?? 0 }
        .prefix { $0.place.group == first.place.group }
      rest = rest.dropFirst(batch.count)
      let tensors: StateDict
      do {
        tensors = try container.tensors(batch.map(\.place.name), ofGroup: first.place.group)
      } catch {
        throw error.within(path)
      }
      for entry in batch {
        guard let tensor = tensors[entry.place.name] else { continue }
        try body(entry, tensor)
      }
    }
  }

  /// A tensor.
  ///
  /// - Throws: What reading the format throws, the path in front.
  /// - Precondition: The entry is one of this file's that can be read.
  public func tensor(_ entry: Entry) throws(ReadError) -> Tensor {
    do {
      let tensors = try container.tensors([entry.place.name], ofGroup: entry.place.group)
      guard let tensor = tensors[entry.place.name] else {
        preconditionFailure("an entry of this file that can be read")
      }
      return tensor
    } catch {
      throw error.within(path)
    }
  }
}

extension ErrorCode {
  /// No group of named tensors stands under the key that was asked for.
  public static let tensorsKey = ErrorCode("tensors.key", .negative)
}

/// The parameters of a native file as named tensors.
private struct ParameterContainer: TensorContainer {
  let model: GPWModel
  let groups: [TensorGroup]

  init(_ model: GPWModel) {
    self.model = model
    groups = [TensorGroup(model.network.parameters)]
  }

  var formatName: String { "gpw" }
  var innerName: String? { nil }
  var otherPaths: [String] { [] }
  var facts: [TensorFact] { [] }

  func tensors(_ names: [String], ofGroup index: Int) -> StateDict {
    model.network.parameters.keeping(names)
  }

  func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] { [] }
}

/// The initializers of a graph as named tensors.
private struct InitializerContainer: TensorContainer {
  let groups: [TensorGroup]
  let facts: [TensorFact]
  private let tensors: StateDict
  private let refused: [(name: String, error: ReadError)]

  init(_ graph: ONNXFile) {
    var tensors = StateDict()
    var refused: [(name: String, error: ReadError)] = []
    var entries: [TensorGroup.Entry] = []
    for initializer in graph.graph.initializers {
      let name = initializer.name
      if let tensor = initializer.tensor {
        guard tensors.append(tensor, named: name) else { continue }
        entries.append(
          TensorGroup.Entry(name, shape: tensor.shape, elementType: tensor.elementType))
      } else {
        entries.append(TensorGroup.Entry(name, shape: initializer.shape, elementType: nil))
        refused.append(
          (
            name,
            ReadError(
              .onnxTensorType, "elements of this type are not carried", path: [name],
              expected: ElementType.allCases.map(\.rawValue).joined(separator: ", "),
              found: "\(initializer.dataType)")
          ))
      }
    }
    groups = [TensorGroup(keyPath: "", entries: entries)]
    facts = graph.metadata.map { TensorFact(path: $0.key, value: $0.value) }
    self.tensors = tensors
    self.refused = refused
  }

  var formatName: String { "onnx" }
  var innerName: String? { nil }
  var otherPaths: [String] { [] }

  func tensors(_ names: [String], ofGroup index: Int) -> StateDict { tensors.keeping(names) }

  func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] { refused }
}

extension TensorGroup {
  /// Tensors that are there already, as a group at the top level.
  fileprivate init(_ tensors: StateDict) {
    self.init(
      keyPath: "",
      entries: tensors.map { name, tensor in
        Entry(name, shape: tensor.shape, elementType: tensor.elementType)
      })
  }
}

extension StateDict {
  /// Those of some names, in the order of the names.
  fileprivate func keeping(_ names: [String]) -> StateDict {
    var kept = StateDict()
    for name in names {
      guard let tensor = self[name] else { continue }
      _ = kept.append(tensor, named: name)
    }
    return kept
  }
}
