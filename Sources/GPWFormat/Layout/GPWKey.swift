/// The registered keys of the metadata section.
package enum GPWKey {
  package static let input = "program.input"
  package static let operationCounts = "program.layers"
  package static let operations = "program.operations"
  package static let epsilon = "program.epsilon"
  package static let name = "architecture.name"
  package static let convention = "architecture.convention"
  package static let layers = "architecture.layers"
  package static let modules = "architecture.modules"
  package static let stages = "architecture.stages"
  package static let mean = "preprocessing.mean"
  package static let standardDeviation = "preprocessing.std"
  package static let interpolation = "preprocessing.interpolation"
  package static let crop = "preprocessing.crop"
  package static let preprocessingOrigin = "preprocessing.origin"
  package static let licence = "provenance.licence"
  package static let labels = "labels"
  package static let fingerprintSize = "fingerprint.size"
  package static let fingerprintLogits = "fingerprint.logits"
  package static let fingerprintTolerance = "fingerprint.tolerance"
  package static let sourceName = "provenance.source"
  package static let sourceSHA256 = "provenance.sha256"
  package static let sourceFormat = "provenance.format"
  package static let sourceKey = "provenance.key"
  package static let toolVersion = "provenance.tool-version"
  package static let options = "provenance.options"
  /// Not registered: which parameters the source did not have.
  package static let supplied = "gpunet-tools.supplied"
  /// Not registered: pairs of names, of which the first was the very same tensor as the second.
  package static let tied = "gpunet-tools.tied"

  /// The value of ``preprocessingOrigin`` where it is only what is usual.
  package static let assumed = "assumed"
  /// What stands for a layer without a stage in ``stages``.
  package static let noStage: Int64 = -1
}
