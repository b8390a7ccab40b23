import BinaryInput
import ModelFiles
public import StrictJSON
import TensorData
import TensorMeasures

extension FileStatistics {
  /// The statistics for machines; `Schemas/gpunet-inspect-stats.schema.json` describes them.
  public var json: JSONValue {
    var totals = totals.counts.countsJSON
    totals.append(contentsOf: [
      ("minimum", JSONValue(finite: self.totals.minimum)),
      ("maximum", JSONValue(finite: self.totals.maximum)),
      ("mean", JSONValue(finite: self.totals.minimum.map { _ in self.totals.mean })),
      (
        "standardDeviation",
        JSONValue(finite: self.totals.minimum.map { _ in self.totals.standardDeviation })
      ),
    ])
    return [
      "schema": "gpunet-inspect-stats/1",
      "file": .string(path),
      "tensors": .array(rows.map(\.json)),
      "totals": .object(JSONObject(totals)),
    ]
  }
}

extension FileStatistics.Row {
  fileprivate var json: JSONValue {
    [
      "name": .string(entry.name),
      "type": entry.elementType.map { .string($0.rawValue) } ?? nil,
      "shape": entry.shape.map { .array($0.map { JSONValue($0) }) } ?? nil,
      "sameAs": entry.original.map { .string($0) } ?? nil,
      "refusal": entry.refusal.map { .string($0.description) } ?? nil,
      "statistics": statistics?.json ?? nil,
    ]
  }
}

extension TensorStatistics {
  fileprivate var countsJSON: [(String, JSONValue)] {
    [
      ("count", JSONValue(count)), ("zeros", JSONValue(zeroCount)), ("nans", JSONValue(nanCount)),
      ("infinities", JSONValue(infinityCount)), ("subnormals", JSONValue(subnormalCount)),
      ("f16Overflows", JSONValue(halfOverflowCount)), ("f16Losses", JSONValue(halfLossCount)),
      ("f16Subnormals", JSONValue(halfSubnormalCount)),
    ]
  }

  fileprivate var json: JSONValue {
    .object(
      JSONObject(
        countsJSON + [
          ("minimum", JSONValue(finite: finite?.minimum)),
          ("maximum", JSONValue(finite: finite?.maximum)),
          ("mean", JSONValue(finite: finite?.mean)),
          ("standardDeviation", JSONValue(finite: finite?.standardDeviation)),
          ("histogram", finite.map { .array($0.histogram.map { JSONValue($0) }) } ?? nil),
        ]))
  }
}

extension JSONValue {
  /// A number; null where there is none, or none that JSON has.
  init(finite value: Double?) {
    self = value.flatMap { $0.isFinite ? JSONValue($0) : nil } ?? nil
  }
}
