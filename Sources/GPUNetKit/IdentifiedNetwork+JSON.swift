import BinaryInput
import NetworkFamilies
public import NetworkProgram
import GPWFormat
import ModelFiles
import NetworkRecognition
public import StrictJSON
import TensorData

extension IdentifiedNetwork {
  /// What the file holds, for machines; `Schemas/gpunet-inspect.schema.json` describes it. The
  /// summaries are those of the layers at the resolution that is wanted.
  public func json(_ summaries: [LayerSummary]) -> JSONValue {
    [
      "schema": "gpunet-inspect/1",
      "file": .string(source.file.path),
      "format": .string(source.file.formatName),
      "byteCount": JSONValue(source.file.bytes.count),
      "layout": source.layoutName.map { .string($0) } ?? nil,
      "stateDict": source.stateDictJSON,
      "network": networkJSON(summaries),
      "layers": .array(summaries.map(\.json)),
      "preprocessing": hasOwnPreprocessing ? preprocessing.json : nil,
      "assumesPreprocessing": .bool(assumesPreprocessing),
      "licence": licence.map { .string($0) } ?? nil,
      "labels": source.notes.labels.map { .array($0.map { .string($0) }) } ?? nil,
      "provenance": source.model?.provenance.json ?? nil,
      "graphRemarks": source.graphRemarksJSON,
      "warnings": .array(warnings.map { .string($0) }),
    ]
  }

  /// The network as a whole, as all reports have it.
  public func networkJSON(_ summaries: [LayerSummary]) -> JSONValue {
    let totals = NetworkTotals(summaries)
    let resolution = architecture.resolution
    return [
      "name": published.map { .string($0.name) } ?? nil,
      "convention": .string(architecture.convention.name),
      "epsilon": JSONValue(architecture.rules.epsilon),
      "padding": .string("\(architecture.rules.padding)"),
      "resolution": [JSONValue(resolution.height), JSONValue(resolution.width)],
      "classes": JSONValue(architecture.classCount),
      "parameters": JSONValue(totals.parameterCount),
      "multiplyAdds": JSONValue(totals.multiplyAdds),
    ]
  }
}

extension NetworkSource {
  /// The order of the elements in a native file: `row-major`, `blocked` or, where not all tensors
  /// have the same, `mixed`; nil for other formats.
  public var layoutName: String? {
    guard let model else { return nil }
    let layouts = Set(model.network.parameters.map(\.tensor.layout))
    return layouts.count > 1 ? "mixed" : layouts.first?.rawValue
  }

  /// What of a graph is not part of the network.
  var graphRemarksJSON: JSONValue { .array(graphRemarks.map { .string($0) }) }

  /// Which state dict was taken; null for a format that holds one network.
  var stateDictJSON: JSONValue {
    choice.map { choice in
      [
        "key": .string(choice.taken.candidate.keyPath), "reason": .string(choice.reason),
        "prefix": .string(choice.taken.candidate.prefix),
        "others": .array(
          choice.others.map {
            ["path": .string($0.candidate.shortPath), "reason": .string($0.reason)]
          }),
        "remarks": .array(choice.remarks.map { .string($0) }),
      ]
    } ?? nil
  }
}

extension GPWModel.Provenance {
  fileprivate var json: JSONValue {
    [
      "source": .string(sourceName), "sha256": .string(sourceSHA256),
      "format": .string(sourceFormat), "key": .string(key), "toolVersion": .string(toolVersion),
      "options": .array(options.map { .string($0) }),
    ]
  }
}

extension LayerSummary {
  fileprivate var json: JSONValue {
    [
      "module": .string(label.moduleName), "layer": .string(label.text),
      "input": input.json, "output": output.json, "parameters": JSONValue(parameterCount),
      "multiplyAdds": JSONValue(multiplyAdds),
    ]
  }
}

extension FeatureShape {
  fileprivate var json: JSONValue {
    [JSONValue(channels), JSONValue(height), JSONValue(width)]
  }
}
