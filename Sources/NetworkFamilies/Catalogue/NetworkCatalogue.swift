/// The networks beside GPUNet that are built of its kinds of blocks, as the libraries build them
/// that publish weights for them.
///
/// Nothing but the families' tables is kept: layers are made from a base and a scale.
public enum NetworkCatalogue {
  /// All networks, by library and family, smaller ones first.
  public static let entries: [CatalogueEntry] = series.flatMap(\.entries)

  private static let series: [CatalogueSeries] = [
    .timmEfficientNet, .timmTensorFlowEfficientNet,
    .timmEfficientNetLite, .timmTensorFlowEfficientNetLite,
    .timmEfficientNetEdge, .timmTensorFlowEfficientNetEdge, .timmMobileNetEdge,
    .timmMobileNetV2, .timmMobileNetV2Deep,
    .timmMnasNet, .timmMnasNetSmall, .timmSEMnasNet, .timmSinglePathNAS,
    .timmTinyNet, .timmFBNetC,
    .torchvisionEfficientNet, .torchvisionLargeEfficientNet,
    .torchvisionMobileNetV2, .torchvisionMnasNet,
    .pytorchEfficientNet, .pytorchEfficientNetLite,
  ]
}
