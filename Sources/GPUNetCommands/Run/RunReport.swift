import BinaryInput
import CommandLineTool
import GPUNetKit
import ImagePreparation
import ModelFiles
import NetworkProgram
import StrictJSON

/// What a network saw in some pictures.
struct RunReport {
  let classifier: Classifier
  /// How many classes are told of each picture.
  let top: Int
  var outcomes: [PictureRun.Outcome] = []
  /// How often it was right, where the classes of the pictures are known.
  var accuracy: Accuracy?

  /// The report for machines; `Schemas/gpunet-run.schema.json` describes it.
  func json() throws(ReadError) -> JSONValue {
    let identified = classifier.identified
    return [
      "schema": "gpunet-run/1",
      "toolVersion": .string(toolVersion),
      "model": .string(identified.source.file.path),
      "sha256": .string(identified.source.file.sha256()),
      "network": identified.networkJSON(try identified.summaries()),
      "preparation": classifier.preparation.json,
      "assumesPreparation": .bool(classifier.assumesPreparation),
      "pictures": .array(outcomes.map { $0.json(top) }),
      "accuracy": accuracy.map { json($0) } ?? nil,
    ]
  }

  private func json(_ accuracy: Accuracy) -> JSONValue {
    [
      "pictures": JSONValue(accuracy.pictureCount), "top1": JSONValue(accuracy.firstCount),
      "top5": JSONValue(accuracy.fiveCount),
      "confusions": .array(
        accuracy.confusions(limit: 20).map { confusion, count in
          [
            "actual": JSONValue(confusion.actual), "said": JSONValue(confusion.said),
            "count": JSONValue(count),
          ]
        }),
    ]
  }

  /// A line for each class that was told, as RFC 4180 has it.
  var csv: String {
    var lines = ["file,rank,index,class,probability"]
    for outcome in outcomes {
      guard case .success(let seen) = outcome.result else { continue }
      for (rank, seen) in seen.classes.prefix(top).enumerated() {
        lines.append(
          [
            RunReport.quoted(outcome.path), "\(rank + 1)", "\(seen.index)",
            RunReport.quoted(seen.name ?? ""), "\(seen.probability)",
          ].joined(separator: ","))
      }
    }
    return lines.map { $0 + "\r\n" }.joined()
  }

  private static func quoted(_ text: String) -> String {
    text.contains { ",\"\r\n".contains($0) } ? "\"\(text.replacing("\"", with: "\"\""))\"" : text
  }
}

extension PictureRun.Outcome {
  fileprivate func json(_ top: Int) -> JSONValue {
    switch result {
    case .success(let seen):
      return [
        "file": .string(path), "width": JSONValue(seen.width), "height": JSONValue(seen.height),
        "classes": .array(
          seen.classes.prefix(top).map {
            [
              "index": JSONValue($0.index), "name": $0.name.map { .string($0) } ?? nil,
              "probability": JSONValue(Double($0.probability)),
            ]
          }),
      ]
    case .failure(let error):
      let failure = EarlyExit(error)
      return [
        "file": .string(path), "error": .string(failure.message),
        "exitCode": JSONValue(Int(failure.code.rawValue)),
      ]
    }
  }
}

extension ImagePreparation {
  fileprivate var json: JSONValue {
    let edges: JSONValue =
      switch resizing {
      case .none: nil
      case .shorterEdge(let edge): [JSONValue(edge)]
      case .covering(let width, let height): [JSONValue(height), JSONValue(width)]
      }
    return [
      "resize": edges, "crop": [JSONValue(crop.height), JSONValue(crop.width)],
      "interpolation": .string(interpolation.rawValue),
      "mean": .array(mean.map { JSONValue($0) }),
      "std": .array(standardDeviation.map { JSONValue($0) }),
    ]
  }
}
