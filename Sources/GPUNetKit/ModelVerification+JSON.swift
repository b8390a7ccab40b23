import BinaryInput
import Equivalence
import ModelFiles
public import StrictJSON

extension ModelVerification {
  /// The report for machines; `Schemas/gpunet-verify.schema.json` describes it.
  public var json: JSONValue {
    [
      "schema": "gpunet-verify/1",
      "file": .string(identified.source.file.path),
      "format": .string(identified.source.file.formatName),
      "verified": .bool(isVerified),
      "tensors": JSONValue(tensorCount),
      "fingerprint": fingerprint?.json ?? nil,
      "golden": golden?.json ?? nil,
      "layers": .array(
        (golden?.comparisons ?? []).compactMap { comparison in
          comparison.moduleName.map { name in
            [
              "name": .string(name),
              "relativeDifference": JSONValue(comparison.difference.relative),
              "matches": .bool(comparison.isMatch),
            ]
          }
        }),
    ]
  }
}
