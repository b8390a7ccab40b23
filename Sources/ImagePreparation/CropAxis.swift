/// Along one axis, what a crop keeps of a resized picture and where it comes to lie, as torchvision's
/// `CenterCrop` rounds it.
struct CropAxis: Hashable {
  /// The pixels of the resized picture that are kept.
  let kept: Range<Int>
  /// How many pixels of the crop lie before them.
  let offset: Int

  /// - Parameters:
  ///   - count: The pixels of the crop; at least one.
  ///   - extent: Those of the resized picture; at least one.
  init(_ count: Int, of extent: Int) {
    guard count < extent else {
      kept = 0..<extent
      offset = (count - extent) / 2
      return
    }
    let start = Int((Double(extent - count) / 2).rounded(.toNearestOrEven))
    kept = start..<(start + count)
    offset = 0
  }
}
