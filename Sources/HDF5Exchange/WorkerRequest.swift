public import BinaryInput
public import TensorData

/// What the worker is asked to do.
///
/// A reading worker is asked for ``list`` first, a writing one for ``create``.
public enum WorkerRequest: Hashable, Sendable {
  /// Open the file for reading and say what is in it; answered by a listing.
  case list
  /// Send the elements of the dataset at an index of the listing; answered by elements and done.
  case read(Int)
  /// Make the file; what follows has no answer until ``finish``, or until the first failure.
  case create
  /// Make a group and those that it is in, where they are not there yet.
  case group([String])
  /// Give a group an attribute.
  case attribute(path: [String], name: String, text: String)
  /// Make a dataset, whose elements follow as messages of their own.
  case dataset(DatasetPlan)
  /// Give a dataset that was made another name.
  case link(path: [String], original: [String])
  /// Close the file; answered by done.
  case finish

  /// A dataset that is to be made.
  public struct DatasetPlan: Hashable, Sendable {
    /// The names that lead to it from the root.
    public let path: [String]
    /// The type of the elements.
    public let elementType: ElementType
    /// The shape.
    public let shape: [Int]
    /// The shape of what is written at once: ones, then a part of one axis, then whole axes, so that
    /// its elements follow each other.
    public let run: [Int]
    /// Whether each run is a chunk, shuffled and deflated at this level; nil for a contiguous dataset.
    public let compression: Int?

    /// Plans a dataset.
    public init(
      path: [String], elementType: ElementType, shape: [Int], run: [Int], compression: Int?
    ) {
      self.path = path
      self.elementType = elementType
      self.shape = shape
      self.run = run
      self.compression = compression
    }
  }
}

extension WorkerRequest {
  /// The message.
  public var encoded: [UInt8] {
    var writer = MessageWriter()
    switch self {
    case .list: writer.write(UInt8(0))
    case .read(let index):
      writer.write(UInt8(1))
      writer.write(index)
    case .create: writer.write(UInt8(2))
    case .group(let path):
      writer.write(UInt8(3))
      writer.write(path)
    case .attribute(let path, let name, let text):
      writer.write(UInt8(4))
      writer.write(path)
      writer.write(name)
      writer.write(text)
    case .dataset(let plan):
      writer.write(UInt8(5))
      writer.write(plan.path)
      writer.write(plan.elementType.rawValue)
      writer.write(plan.shape)
      writer.write(plan.run)
      writer.write(UInt8(plan.compression.map { $0 + 1 } ?? 0))
    case .link(let path, let original):
      writer.write(UInt8(6))
      writer.write(path)
      writer.write(original)
    case .finish: writer.write(UInt8(7))
    }
    return writer.bytes
  }

  /// Understands a message.
  ///
  /// - Throws: `h5.worker` for anything else.
  public init(decoding bytes: Bytes) throws(ReadError) {
    var reader = ByteReader(bytes.span, truncation: .h5Worker)
    switch try reader.read(UInt8.self, "a request") {
    case 0: self = .list
    case 1: self = .read(try MessageFields.dimension(&reader))
    case 2: self = .create
    case 3: self = .group(try MessageFields.texts(&reader))
    case 4:
      let path = try MessageFields.texts(&reader)
      let name = try MessageFields.text(&reader)
      self = .attribute(path: path, name: name, text: try MessageFields.text(&reader))
    case 5: self = .dataset(try DatasetPlan(parsing: &reader))
    case 6:
      let path = try MessageFields.texts(&reader)
      self = .link(path: path, original: try MessageFields.texts(&reader))
    case 7: self = .finish
    case let other: throw MessageFields.unknown("a request", "\(other)", at: reader.position)
    }
    try MessageFields.requireEnd(&reader)
  }
}

extension WorkerRequest.DatasetPlan {
  fileprivate init(parsing reader: inout ByteReader) throws(ReadError) {
    let path = try MessageFields.texts(&reader)
    let name = try MessageFields.text(&reader)
    guard let type = ElementType(rawValue: name) else {
      throw MessageFields.unknown("a type", name, at: reader.position)
    }
    let shape = try MessageFields.shape(&reader)
    let run = try MessageFields.shape(&reader)
    let level = Int(try reader.read(UInt8.self))
    guard shape.count == run.count, level <= 10,
      zip(shape, run).allSatisfy({ $1 <= max($0, 1) && $1 > 0 }),
      shape.filter({ $0 != 0 }).exactProduct()?.multiplied(exactly: type.byteCount) != nil
    else { throw MessageFields.unknown("a plan", "\(shape), \(run)", at: reader.position) }
    self.init(
      path: path, elementType: type, shape: shape, run: run,
      compression: level == 0 ? nil : level - 1)
  }
}
