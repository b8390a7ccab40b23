public import BinaryInput
public import TensorData
internal import ZipArchive

/// An `.npz` file as a container of weights: every array is a tensor of one group.
public struct NumPyContainer: TensorContainer {
  /// The one group, without a key path, in the order of the file.
  public let groups: [TensorGroup]

  private let archive: NumPyArchive
  private let arrays: [Member]
  /// The arrays by their names.
  private let indices: [String: Int]

  /// An array, or why it cannot be read.
  private struct Member: Sendable {
    let name: String
    let refusal: ReadError?
  }

  /// So many bytes of an array are looked at first; the header is longer only for many axes.
  private static let firstByteCount = 256

  /// Opens an archive and reads the header of every array, but none of the elements. An array that
  /// no tensor can hold is among ``refusals(ofGroup:)``.
  ///
  /// - Parameters:
  ///   - bytes: The file.
  ///   - maximumByteCount: What all deflated arrays together may claim to inflate to; nil for 4 GiB.
  ///   - budget: Pays for the headers.
  /// - Throws: One of the codes of `ZipArchive`; `work.budget`.
  /// - Complexity: O(*n*) in the number of arrays, and in the bytes of their headers.
  public init(
    _ bytes: Bytes, maximumByteCount: Int? = nil, budget: WorkBudget = WorkBudget()
  ) throws(ReadError) {
    archive = try NumPyArchive(bytes, maximumByteCount: maximumByteCount)
    var arrays: [Member] = []
    var entries: [TensorGroup.Entry] = []
    for name in archive.names where !NumPyContainer.isLitter(name) {
      guard let entry = archive.archive.entry(named: name + NumPyArchive.suffix) else { continue }
      do throws(ReadError) {
        let header = try NumPyContainer.header(of: entry, in: archive.archive, budget)
        entries.append(
          TensorGroup.Entry(name, shape: header.shape, elementType: header.elementType))
        arrays.append(Member(name: name, refusal: nil))
      } catch {
        guard error.code != .workBudget else { throw error }
        entries.append(TensorGroup.Entry(name, shape: nil, elementType: nil))
        arrays.append(Member(name: name, refusal: NumPyContainer.error(error, in: name)))
      }
    }
    self.arrays = arrays
    indices = Dictionary(
      arrays.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    groups = [TensorGroup(keyPath: "", entries: entries)]
  }

  /// The header of an array whose elements fill the rest of its entry.
  private static func header(
    of entry: ZipArchive.Entry, in archive: ZipArchive, _ budget: WorkBudget
  ) throws(ReadError) -> NumPyHeader {
    var byteCount = firstByteCount
    while true {
      try budget.spend(steps: byteCount / 8, on: "reading the headers of arrays")
      let prefix = try archive.prefix(of: entry, byteCount: byteCount)
      do throws(ReadError) {
        let header = try NumPyHeader(of: prefix)
        try header.requireElements(byteCount: entry.byteCount - header.byteCount)
        return header
      } catch {
        let isWhole = prefix.count == entry.byteCount || byteCount == NumPyHeader.maximumByteCount
        guard error.code == .npyTruncated, !isWhole else { throw error }
        byteCount = NumPyHeader.maximumByteCount
      }
    }
  }

  /// The same error under the name of the array, and not of its entry.
  private static func error(_ error: ReadError, in name: String) -> ReadError {
    guard error.path.first == name + NumPyArchive.suffix else { return error.within(name) }
    var error = error
    error.path[0] = name
    return error
  }

  /// Whether this is what a desktop puts beside a file that it packs.
  private static func isLitter(_ name: String) -> Bool { name.hasPrefix("__MACOSX/") }

  /// `npz`.
  public var formatName: String { "npz" }
  /// Nothing is around it.
  public var innerName: String? { nil }
  /// Every array has a name.
  public var otherPaths: [String] { [] }
  /// An archive says nothing beside its arrays.
  public var facts: [TensorFact] { [] }

  /// Some of the arrays, in the order of the file, checksums verified. An array that is stored as
  /// tensors keep it shares the memory of the file; one in Fortran's order is a strided view.
  ///
  /// - Parameters:
  ///   - names: The names; those that are not there are passed over.
  ///   - index: 0.
  /// - Returns: The arrays.
  /// - Throws: `zip.crc`, `zip.deflate` or `zip.bomb` for a damaged entry, one of
  ///   `NumPyArchive.errorCodes` for an array that no tensor can hold; `io.memory`.
  /// - Complexity: O(*n*) in the number of names and of the bytes of the arrays.
  public func tensors(_ names: [String], ofGroup index: Int) throws(ReadError) -> StateDict {
    precondition(index == 0, "the only group")
    var dictionary = StateDict()
    for position in Set(names.compactMap { indices[$0] }).sorted() {
      let array = arrays[position]
      if let refusal = array.refusal { throw refusal }
      do {
        guard let tensor = try archive.tensor(named: array.name) else { continue }
        _ = dictionary.append(tensor, named: array.name)
      } catch {
        throw NumPyContainer.error(error, in: array.name)
      }
    }
    return dictionary
  }

  /// Why arrays cannot be read, as far as their headers show it.
  ///
  /// - Parameter index: 0.
  /// - Returns: The names of these arrays, and the error that reading each throws.
  public func refusals(ofGroup index: Int) -> [(name: String, error: ReadError)] {
    precondition(index == 0, "the only group")
    return arrays.compactMap { array in array.refusal.map { (array.name, $0) } }
  }
}
