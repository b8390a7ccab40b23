import BinaryInput
import HDF5Weights
import TensorData
import ZipArchive

/// A model as Keras 3 saves it: an archive of its weights, an HDF5 file, and of its settings, which are
/// not asked.
struct KerasArchive: TensorContainer {
  private let weights: HDF5File

  private static let weightsName = "model.weights.h5"
  private static let settingsName = "config.json"
  private static let magic: [UInt8] = [0x50, 0x4B, 3, 4]

  /// Whether these bytes are an archive with both.
  ///
  /// - Complexity: O(*n*) in the number of entries.
  static func canRead(_ bytes: Bytes) -> Bool {
    guard bytes.count >= magic.count, magic.indices.allSatisfy({ bytes[$0] == magic[$0] }),
      let archive = try? ZipArchive(bytes, profile: .general)
    else { return false }
    return [weightsName, settingsName].allSatisfy { archive.entry(named: $0) != nil }
  }

  /// Opens the weights in an archive, which are copied for whoever reads them.
  ///
  /// - Throws: One of the codes of `ZipArchive`; what reading an HDF5 file throws, its name in front;
  ///   `work.budget`.
  /// - Precondition: ``canRead(_:)`` is true of the file.
  init(
    _ file: MappedFile, options: SourceFile.Options, budget: WorkBudget
  ) throws(ReadError) {
    var limits = ZipArchive.Limits()
    if let byteCount = options.maximumByteCount { limits.maximumInflatedByteCount = byteCount }
    let archive = try ZipArchive(file.bytes, profile: .general, limits: limits)
    guard let entry = archive.entry(named: KerasArchive.weightsName) else {
      preconditionFailure("an archive without weights")
    }
    try budget.reserve(bytes: entry.byteCount, for: "copying the weights out of the archive")
    let content = try archive.contents(of: entry)
    do throws(ReadError) {
      weights = try HDF5File(content, options: options.hdf5, budget: budget)
    } catch {
      throw error.within(KerasArchive.weightsName)
    }
  }

  /// `keras`.
  var formatName: String { "keras" }
  var innerName: String? { KerasArchive.weightsName }
  var groups: [TensorGroup] { weights.groups }
  var otherPaths: [String] { weights.otherPaths }
  var facts: [TensorFact] { weights.facts }

  func tensors(_ names: [String], ofGroup index: Int) throws(ReadError) -> StateDict {
    try weights.tensors(names, ofGroup: index)
  }

  func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] {
    weights.refusals(ofGroup: index)
  }
}
