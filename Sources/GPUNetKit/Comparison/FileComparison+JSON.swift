import BinaryInput
import NetworkFamilies
import NetworkProgram
import ModelFiles
public import StrictJSON
import TensorData
import TensorMeasures

extension FileComparison {
  /// The comparison for machines; `Schemas/gpunet-inspect-diff.schema.json` describes it.
  public var json: JSONValue {
    [
      "schema": "gpunet-inspect-diff/1",
      "same": .bool(isSame),
      "a": left.json, "b": right.json,
      "architecture": architecture?.json ?? nil,
      "parameters": parameters?.json ?? nil,
      "prefixes": ["a": .string(leftPrefix), "b": .string(rightPrefix)],
      "sameTensorCount": JSONValue(pairs.count { $0.isSame }),
      "differing": .array(pairs.filter { !$0.isSame }.map(\.json)),
      "renamed": .array(renamed.map(\.json)),
      "onlyInA": .array(onlyLeft.map(\.json)),
      "onlyInB": .array(onlyRight.map(\.json)),
    ]
  }
}

extension FileComparison.Side {
  fileprivate var json: JSONValue {
    [
      "file": .string(file.path), "format": .string(file.formatName),
      "keys": .array(tensors.keys.map { .string($0) }),
      "network": network?.published.map { .string($0.name) } ?? nil,
      "normalization": network.map { .string($0.source.form.rawValue) } ?? nil,
      "tensorCount": JSONValue(tensors.entries.count),
    ]
  }
}

extension ArchitectureComparison {
  fileprivate var json: JSONValue {
    func pair(_ resolution: Resolution) -> JSONValue {
      [JSONValue(resolution.height), JSONValue(resolution.width)]
    }
    return [
      "same": .bool(isSame),
      "layers": .array(
        layers.map { layer in
          [
            "module": .string(layer.moduleName), "a": layer.left.map { .string($0) } ?? nil,
            "b": layer.right.map { .string($0) } ?? nil,
          ]
        }),
      "resolution": resolutions.map { ["a": pair($0.left), "b": pair($0.right)] } ?? nil,
      "classes": classCounts.map { ["a": JSONValue($0.left), "b": JSONValue($0.right)] } ?? nil,
    ]
  }
}

extension ParameterComparison {
  fileprivate var json: JSONValue {
    [
      "count": JSONValue(count), "foldsNorms": .bool(foldsNorms),
      "differing": .array(
        differing.map { ["name": .string($0.name), "difference": $0.difference.json] }),
    ]
  }
}

extension TensorPair {
  fileprivate var json: JSONValue {
    var reason: JSONValue = nil
    var difference: JSONValue = nil
    let kind: String
    switch outcome {
    case .same: kind = "same"
    case .reshaped: kind = "reshaped"
    case .otherShape: kind = "shape"
    case .otherKind: kind = "type"
    case .numbers(let found):
      kind =
        left.elementType == right.elementType ? "values" : found.isNone ? "type" : "type and values"
      difference = found.json
    case .unreadable(let error):
      kind = "unreadable"
      reason = .string(error.description)
    }
    return [
      "outcome": .string(kind), "a": left.json, "b": right.json, "difference": difference,
      "reason": reason,
    ]
  }
}

extension TensorDifference {
  fileprivate var json: JSONValue {
    [
      "elements": JSONValue(elementCount), "differing": JSONValue(differingCount),
      "largest": JSONValue(finite: largest),
      "index": index.map { .array($0.map { JSONValue($0) }) } ?? nil,
      "a": JSONValue(finite: left), "b": JSONValue(finite: right),
      "nmseDecibels": JSONValue(finite: decibels),
    ]
  }
}

extension NamedTensors.Entry {
  fileprivate var json: JSONValue {
    [
      "name": .string(name), "type": elementType.map { .string($0.rawValue) } ?? nil,
      "shape": shape.map { .array($0.map { JSONValue($0) }) } ?? nil,
    ]
  }
}
