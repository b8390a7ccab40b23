import ImagePreparation
public import BinaryInput
public import PictureFiles
import Synchronization

/// The pictures in some files, each read, prepared and shown to a network: reading one overlaps with
/// computing on another.
public struct PictureRun: Sendable {
  /// What became of one picture.
  public struct Outcome: Sendable {
    /// The path of the file; `-` for standard input.
    public let path: String
    /// What the network sees in it, or why it could not be read.
    public let result: Result<Seen, ReadError>
  }

  /// What a network sees in one picture.
  public struct Seen: Sendable {
    /// Width and height of the picture in pixels, turned as it was shown.
    public let width: Int, height: Int
    /// The most probable classes, best first.
    public let classes: [Classification]
    /// How the file says that the picture is to be turned, where it was not.
    public let unappliedOrientation: PictureOrientation?
    /// What the network was shown: resized and cropped; nil where nobody asked for it.
    public let shown: Picture?
  }

  /// The classifier.
  public let classifier: Classifier
  /// How many classes are wanted of each picture.
  public var count = 5
  /// How many threads work.
  public var threadCount = 1
  /// How pictures are read.
  public var options = PictureOptions()
  /// Whether pictures are turned as their files say.
  public var appliesOrientation = false
  /// Whether what the network was shown is wanted.
  public var keepsShown = false

  /// Describes a run with default options.
  public init(_ classifier: Classifier) {
    self.classifier = classifier
  }

  /// Classifies the pictures in files.
  ///
  /// - Parameters:
  ///   - paths: The paths; `-` for standard input.
  ///   - each: Is given every outcome, in the order of the paths and one at a time, on any thread.
  /// - Throws: `io.memory` where the system has no more threads.
  public func run(
    _ paths: [String], each: @escaping @Sendable (Int, Outcome) -> Void
  ) throws(ReadError) {
    let order = Ordered(each)
    // One picture alone is computed by all threads.
    let isAlone = paths.count == 1
    try WorkerThreads.run(itemCount: paths.count, threadCount: threadCount) { index in
      let result = Result { () throws(ReadError) in
        try seen(in: paths[index], threadCount: isAlone ? threadCount : 1)
      }
      order.append(Outcome(path: paths[index], result: result), at: index)
    }
  }

  /// Reads a picture as the run does, turned where that is asked for.
  ///
  /// - Parameter path: The file; `-` for standard input.
  /// - Returns: The picture.
  /// - Throws: What reading a picture throws.
  public func picture(at path: String) throws(ReadError) -> Picture {
    let picture =
      path == "-"
      ? try Picture(Bytes.standardInput(), name: "standard input", options: options)
      : try Picture(opening: path, options: options)
    return appliesOrientation ? try picture.oriented() : picture
  }

  private func seen(in path: String, threadCount: Int) throws(ReadError) -> Seen {
    let picture = try picture(at: path)
    let orientation = picture.orientation.flatMap { $0 == .upright ? nil : $0 }
    do {
      let logits = try classifier.logits(of: picture, threadCount: threadCount)
      return Seen(
        width: picture.width, height: picture.height,
        classes: Classification.best(of: logits.span, count: count, names: classifier.names),
        unappliedOrientation: appliesOrientation ? nil : orientation,
        shown: keepsShown ? try classifier.preparation.croppedPicture(picture) : nil)
    } catch {
      throw error.within(path)
    }
  }

  /// Gives outcomes away in their order, whenever they come.
  private final class Ordered: Sendable {
    private struct State {
      var next = 0
      var waiting: [Int: Outcome] = [:]
    }

    private let state = Mutex(State())
    private let each: @Sendable (Int, Outcome) -> Void

    init(_ each: @escaping @Sendable (Int, Outcome) -> Void) {
      self.each = each
    }

    func append(_ outcome: Outcome, at index: Int) {
      state.withLock { state in
        state.waiting[index] = outcome
        while let outcome = state.waiting.removeValue(forKey: state.next) {
          each(state.next, outcome)
          state.next += 1
        }
      }
    }
  }
}

extension PictureRun.Outcome {
  /// The outcome without what the network was shown, which is nearly all of its memory.
  public func withoutShown() -> PictureRun.Outcome {
    PictureRun.Outcome(
      path: path,
      result: result.map { seen in
        PictureRun.Seen(
          width: seen.width, height: seen.height, classes: seen.classes,
          unappliedOrientation: seen.unappliedOrientation, shown: nil)
      })
  }
}
