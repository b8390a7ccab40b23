import Equivalence
import NetworkFamilies
import NetworkProgram
import GPUNetValidation
import GPWFormat
import ModelFiles
import NetworkRecognition
import ONNXModel
public import StrictJSON
import TensorData

extension ConversionReport {
  /// The report for machines; `Schemas/gpunet-convert.schema.json` describes it.
  public var json: JSONValue {
    let counts = ledger.counts
    return [
      "schema": "gpunet-convert/1",
      "input": .string(request.input),
      "inputFormat": .string(identified.source.file.formatName),
      "stateDict": identified.source.stateDictJSON,
      "output": request.isDryRun ? nil : .string(request.output),
      "outputByteCount": JSONValue(byteCount),
      "externalData": externalData.map {
        ["fileName": .string($0.fileName), "byteCount": JSONValue($0.byteCount)]
      } ?? nil,
      "network": identified.networkJSON(summaries),
      "normalization": .string(model.writtenForm.rawValue),
      "layout": .string(model.layout.rawValue),
      "tensors": [
        "used": JSONValue(counts.used), "folded": JSONValue(counts.folded),
        "ignored": JSONValue(counts.ignored), "unused": JSONValue(counts.unused),
        "ignoredBecause": .array(
          ledger.ignoredCounts.map { ["reason": .string($0.why), "count": JSONValue($0.count)] }),
      ],
      "nonfinite": .array(numberFindings.map { .string($0.description) }),
      "verification": comparisons.verification?.json ?? nil,
      "copiedTensors": comparisons.copiedCount.map { JSONValue($0) } ?? nil,
      "graph": comparisons.graph?.json ?? nil,
      "writtenGraph": comparisons.writtenGraph?.json ?? nil,
      "against": comparisons.counterpart?.json ?? nil,
      "golden": comparisons.golden?.json ?? nil,
      "fields": evidence.json,
      "graphRemarks": identified.source.graphRemarksJSON,
      "warnings": .array(warnings.map { .string($0) }),
    ]
  }
}

extension EvidenceSummary {
  fileprivate var json: JSONValue {
    .array(
      layers.map { layer, fields in
        func texts(_ evidence: FieldEvidence) -> JSONValue {
          .array((fields[evidence] ?? []).map { .string(layer.text(of: $0)) })
        }
        return [
          "layer": .string(layer.description), "shapes": texts(.shapes), "widths": texts(.widths),
          "graph": texts(.graph), "modules": texts(.modules), "asserted": texts(.assertion),
        ]
      })
  }
}

extension CounterpartComparison {
  fileprivate var json: JSONValue {
    [
      "file": .string(path), "parameterCount": JSONValue(parameterCount),
      "relativeDifference": JSONValue(worst.difference), "bound": JSONValue(bound),
      "worstParameter": .string(worst.name), "worstChannel": JSONValue(worst.channel),
    ]
  }
}

extension ConversionReport.GoldenComparison {
  fileprivate var json: JSONValue {
    let layers = zip(source.comparisons, written.comparisons).compactMap { source, written in
      source.moduleName.map { name -> JSONValue in
        [
          "name": .string(name), "source": JSONValue(source.difference.relative),
          "written": JSONValue(written.difference.relative),
        ]
      }
    }
    return [
      "file": .string(path),
      "outputs": ["source": source.json, "written": written.json],
      "layers": .array(layers),
    ]
  }
}

extension ComparisonReport {
  /// The comparison for machines.
  var json: JSONValue {
    [
      "relativeDifference": output.map { JSONValue($0.difference.relative) } ?? nil,
      "bound": JSONValue(tolerance.output),
      "worstLayer": worstLayer?.moduleName.map { .string($0) } ?? nil,
      "worstLayerDifference": worstLayer.map { JSONValue($0.difference.relative) } ?? nil,
      "layerBound": JSONValue(tolerance.layer),
      "reason": .string(tolerance.reason),
    ]
  }
}
