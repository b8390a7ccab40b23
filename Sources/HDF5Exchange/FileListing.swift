public import BinaryInput
public import TensorData

/// What the worker found in a file.
public struct FileListing: Hashable, Sendable {
  /// The datasets, in the order of the file.
  public var datasets: [Dataset]
  /// The attributes of groups and datasets, in the order of the file.
  public var attributes: [Attribute]
  /// The paths of datasets that hold no numbers, and of named types.
  public var otherPaths: [[String]]
  /// The number of bytes of the largest chunk when it is decoded, which are needed at once; 0 where
  /// nothing is in chunks.
  public var largestChunkByteCount: Int

  /// A dataset, or something that stands in its place.
  public struct Dataset: Hashable, Sendable {
    /// The names that lead to it from the root.
    public let path: [String]
    /// What is known of it.
    public let content: Content

    /// What is known of a dataset.
    public enum Content: Hashable, Sendable {
      /// It can be read.
      case tensor(ElementType, shape: [Int])
      /// It is the dataset at an index before this one, under another name.
      case original(Int)
      /// It will not be read.
      case refused(WorkerFailure)
    }

    /// Describes a dataset.
    public init(path: [String], content: Content) {
      self.path = path
      self.content = content
    }
  }

  /// An attribute, or a dataset of texts, which is no tensor and says something as well.
  public struct Attribute: Hashable, Sendable {
    /// The names that lead from the root to the group or dataset that has it.
    public let path: [String]
    /// The name; empty for a dataset of texts itself.
    public let name: String
    /// What it says.
    public let value: Value

    /// What an attribute says.
    public enum Value: Hashable, Sendable {
      /// A text.
      case text(String)
      /// Several texts.
      case texts([String])
      /// Something else, as it is to be shown.
      case shown(String)
    }

    /// Describes an attribute.
    public init(path: [String], name: String, value: Value) {
      self.path = path
      self.name = name
      self.value = value
    }
  }

  /// Gathers what was found.
  public init(
    datasets: [Dataset] = [], attributes: [Attribute] = [], otherPaths: [[String]] = [],
    largestChunkByteCount: Int = 0
  ) {
    self.datasets = datasets
    self.attributes = attributes
    self.otherPaths = otherPaths
    self.largestChunkByteCount = largestChunkByteCount
  }

  /// The most axes that a dataset has.
  public static let maximumRank = 32
}

extension FileListing {
  /// The message.
  public var encoded: [UInt8] {
    var writer = MessageWriter()
    writer.write(datasets.count)
    for dataset in datasets {
      writer.write(dataset.path)
      switch dataset.content {
      case .tensor(let type, let shape):
        writer.write(UInt8(0))
        writer.write(type.rawValue)
        writer.write(shape)
      case .original(let index):
        writer.write(UInt8(1))
        writer.write(index)
      case .refused(let failure):
        writer.write(UInt8(2))
        failure.write(to: &writer)
      }
    }
    writer.write(attributes.count)
    for attribute in attributes {
      writer.write(attribute.path)
      writer.write(attribute.name)
      switch attribute.value {
      case .text(let text):
        writer.write(UInt8(0))
        writer.write(text)
      case .texts(let texts):
        writer.write(UInt8(1))
        writer.write(texts)
      case .shown(let text):
        writer.write(UInt8(2))
        writer.write(text)
      }
    }
    writer.write(otherPaths.count)
    for path in otherPaths { writer.write(path) }
    writer.write(largestChunkByteCount)
    return writer.bytes
  }

  /// Understands a message.
  ///
  /// - Throws: `h5.worker` for anything else, and for statements that contradict each other: a shape
  ///   whose product does not fit, an original that is none.
  public init(decoding bytes: Bytes) throws(ReadError) {
    var reader = ByteReader(bytes.span, truncation: .h5Worker)
    self.init()
    for _ in 0..<(try MessageFields.count(&reader, ofAtLeast: 9)) {
      let path = try MessageFields.texts(&reader)
      let content = try Dataset.Content(parsing: &reader)
      if case .original(let index) = content {
        guard datasets.indices.contains(index), case .tensor = datasets[index].content else {
          throw ReadError(
            .h5Worker, "the worker took something for a tensor that is none",
            offset: reader.position, found: "\(index)")
        }
      }
      datasets.append(Dataset(path: path, content: content))
    }
    for _ in 0..<(try MessageFields.count(&reader, ofAtLeast: 17)) {
      let path = try MessageFields.texts(&reader)
      let name = try MessageFields.text(&reader)
      attributes.append(
        Attribute(path: path, name: name, value: try Attribute.Value(parsing: &reader)))
    }
    for _ in 0..<(try MessageFields.count(&reader, ofAtLeast: 8)) {
      otherPaths.append(try MessageFields.texts(&reader))
    }
    largestChunkByteCount = try MessageFields.dimension(&reader)
    try MessageFields.requireEnd(&reader)
  }
}

extension FileListing.Dataset.Content {
  fileprivate init(parsing reader: inout ByteReader) throws(ReadError) {
    switch try reader.read(UInt8.self, "the kind of a dataset") {
    case 0:
      let name = try MessageFields.text(&reader)
      guard let type = ElementType(rawValue: name) else {
        throw MessageFields.unknown("a type", name, at: reader.position)
      }
      let shape = try MessageFields.shape(&reader)
      guard shape.count <= FileListing.maximumRank,
        let product = shape.filter({ $0 != 0 }).exactProduct(),
        product.multiplied(exactly: type.byteCount) != nil
      else {
        throw ReadError(
          .h5Worker, "the worker sent a shape that does not fit", offset: reader.position,
          found: "\(shape)")
      }
      self = .tensor(type, shape: shape)
    case 1: self = .original(try MessageFields.dimension(&reader))
    case 2: self = .refused(try WorkerFailure(parsing: &reader))
    case let other: throw MessageFields.unknown("a dataset", "\(other)", at: reader.position)
    }
  }
}

extension FileListing.Attribute.Value {
  fileprivate init(parsing reader: inout ByteReader) throws(ReadError) {
    switch try reader.read(UInt8.self, "the kind of a value") {
    case 0: self = .text(try MessageFields.text(&reader))
    case 1: self = .texts(try MessageFields.texts(&reader))
    case 2: self = .shown(try MessageFields.text(&reader))
    case let other: throw MessageFields.unknown("a value", "\(other)", at: reader.position)
    }
  }
}
