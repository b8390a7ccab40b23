public import BinaryInput
public import ModelFiles
import TensorData
public import TensorMeasures

/// What the numbers of every named tensor of a file are like.
public struct FileStatistics: Sendable {
  /// A tensor and its numbers.
  public struct Row: Sendable {
    /// The tensor.
    public let entry: NamedTensors.Entry
    /// Its statistics; nil for a tensor that cannot be read.
    public let statistics: TensorStatistics?
  }

  /// The path of the file.
  public let path: String
  /// The tensors, in the order of the file.
  public let rows: [Row]
  /// All numbers together but integers and truth values, which are no weights; what several names
  /// share counts once.
  public let totals: StatisticsTotals

  /// Reads all tensors that can be read.
  ///
  /// - Throws: What reading throws, the path in front.
  /// - Complexity: O(*n*) in the number of bytes.
  public init(of tensors: NamedTensors) throws(ReadError) {
    path = tensors.path
    var found: [NamedTensors.Entry: TensorStatistics] = [:]
    var totals = StatisticsTotals()
    try tensors.forEach(tensors.entries.filter { $0.refusal == nil }) {
      (entry, tensor) throws(ReadError) in
      let statistics = try TensorStatistics(tensor)
      found[entry] = statistics
      guard entry.original == nil, !tensor.elementType.isInteger else { return }
      totals.add(statistics)
    }
    rows = tensors.entries.map { Row(entry: $0, statistics: found[$0]) }
    self.totals = totals
  }
}
