import NetworkFamilies
public import BinaryInput
public import GPUNetRuntime
public import ImagePreparation
public import ModelFiles
public import NetworkProgram
public import PictureFiles
import Synchronization

/// A network that says what it sees in pictures, from any file that can be converted.
///
///     let classifier = try Classifier(contentsOf: "network.gpw")
///     for seen in try classifier.classify(Picture(opening: "cat.jpg")) {
///       print(seen.title, seen.percentage)
///     }
///
/// One classifier serves any number of threads; its answers have the same bits whatever their number.
public final class Classifier: Sendable {
  /// What is opened, and how pictures are shown to it.
  public struct Request: Sendable {
    /// The path of the network: a `.gpw` file, which is used where it lies, or any other file that can
    /// be converted, which is converted in memory.
    public var model: String
    /// The architecture; nil where the file says it.
    public var architecture: ArchitectureChoice?
    /// Which of the networks in the file is meant.
    public var selection = NetworkSource.Selection()
    /// How the file is read.
    public var source = SourceFile.Options()
    /// How pictures are prepared.
    public var preparation = PreparationChoice()
    /// The path of the classes' names, one a line; nil for those that the file has.
    public var labels: String?
    /// Whether convolutions may be computed by Winograd's algorithm.
    public var usesWinograd = true

    /// Describes a classifier with default options.
    public init(model: String) {
      self.model = model
    }
  }

  /// What the file holds.
  public let identified: IdentifiedNetwork
  /// The network as the file has it.
  public let network: Network
  /// The network, ready to run.
  public let model: InferenceModel
  /// How pictures are prepared.
  public let preparation: ImagePreparation
  /// Whether that is only usual for such a network, as nothing says which weights these are.
  public let assumesPreparation: Bool
  /// The names of the classes, in index order; nil where they are not known.
  public let names: [String]?

  /// A session that a thread uses, and then another one: never two at once.
  private struct Lent: @unchecked Sendable {
    let session: InferenceSession
  }

  private let idle = Mutex<[Lent]>([])

  /// Opens a network with default options.
  ///
  /// - Throws: As ``init(_:)``.
  public convenience init(contentsOf path: String) throws {
    try self.init(Request(model: path))
  }

  /// Opens a network.
  ///
  /// - Throws: What reading the file throws; a ``Rejection`` where it holds no network that is known;
  ///   `labels.count` and `labels.text` for names that do not fit; `preparation.steps` for steps that
  ///   cannot be done; `network.input` for networks of other than three channels.
  public init(_ request: Request) throws {
    let file = try SourceFile(opening: request.model, options: request.source)
    identified = try file.identify(given: request.architecture, selecting: request.selection)
    network = try identified.network()
    let labels = try request.labels.map { try ClassLabels(path: $0) }
    let classCount = network.program.classCount
    try labels?.require(count: classCount)
    names =
      labels?.names ?? identified.source.notes.labels ?? ImageNetClasses.names(count: classCount)
    guard network.program.input.channels == 3 else {
      throw ReadError(
        .networkInput, "the network is not for pictures", path: [request.model],
        expected: "3 channels, red, green and blue",
        found: "\(network.program.input.channels)", advice: "run it on tensors")
    }
    preparation = try request.preparation.preparation(for: identified)
    assumesPreparation =
      request.preparation.preset == .published && identified.assumesPreprocessing
    model = try InferenceModel(
      network, name: identified.published?.name, labels: names,
      preprocessing: identified.preprocessing,
      assumesPreprocessing: identified.assumesPreprocessing, usesWinograd: request.usesWinograd)
  }

  /// Whether the file is no `.gpw` file, so that its network was converted in memory.
  public var isConverted: Bool { identified.source.model == nil }

  /// The number of classes.
  public var classCount: Int { model.program.classCount }

  /// What the network sees in a picture.
  ///
  /// - Parameters:
  ///   - picture: The picture; turn it first where its orientation matters.
  ///   - count: How many classes are wanted.
  /// - Returns: The most probable classes, best first.
  /// - Throws: `preparation.extent`, `architecture.resolution` where the crop is too small for the
  ///   network, `io.memory`.
  public func classify(_ picture: Picture, top count: Int = 5) throws(ReadError) -> [Classification]
  {
    let logits = try logits(of: picture)
    return Classification.best(of: logits.span, count: count, names: names)
  }

  /// What the network sees in each of some pictures, on several threads.
  ///
  /// - Parameters:
  ///   - pictures: The pictures.
  ///   - count: How many classes are wanted of each.
  ///   - threadCount: How many threads compute.
  /// - Returns: As many lists as there are pictures, in their order.
  /// - Throws: As for one picture.
  public func classify(
    _ pictures: [Picture], top count: Int = 5, threadCount: Int
  ) throws(ReadError) -> [[Classification]] {
    let results = Mutex(
      [Result<[Classification], ReadError>?](repeating: nil, count: pictures.count))
    try WorkerThreads.run(itemCount: pictures.count, threadCount: threadCount) { index in
      let result = Result { () throws(ReadError) in try classify(pictures[index], top: count) }
      results.withLock { $0[index] = result }
    }
    var lists: [[Classification]] = []
    for result in results.withLock({ $0 }) {
      if let result { lists.append(try result.get()) }
    }
    return lists
  }

  /// What the network answers to a picture, a number for each class.
  ///
  /// - Parameters:
  ///   - picture: The picture.
  ///   - threadCount: How many threads compute; the answer is the same.
  /// - Returns: The logits.
  /// - Throws: As ``classify(_:top:)``.
  public func logits(of picture: Picture, threadCount: Int = 1) throws(ReadError) -> [Float] {
    let lent = try idleSession(threadCount)
    defer { idle.withLock { $0.append(lent) } }
    var elements = [Float](repeating: 0, count: preparation.elementCount)
    var span = elements.mutableSpan
    try preparation.prepare(picture, into: &span)
    var logits = [Float](repeating: 0, count: classCount)
    lent.session.predict(elements, into: &logits)
    return logits
  }

  private func idleSession(_ threadCount: Int) throws(ReadError) -> Lent {
    let found = idle.withLock { idle -> Lent? in
      idle.firstIndex { $0.session.threadCount == threadCount }.map { idle.remove(at: $0) }
    }
    if let found { return found }
    return Lent(
      session: try InferenceSession(
        model, threadCount: threadCount, resolution: preparation.crop))
  }
}
