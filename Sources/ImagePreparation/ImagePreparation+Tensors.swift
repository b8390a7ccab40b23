public import BinaryInput
internal import CPictureKernels
internal import NetworkProgram
public import PictureFiles
public import TensorData

extension ImagePreparation {
  /// The number of elements of a prepared picture: three channels of the crop.
  public var elementCount: Int { 3 * crop.height * crop.width }

  /// The size to which a picture is resized.
  ///
  /// - Throws: `preparation.extent` where a side would be longer than any program could hold.
  public func resizedExtent(of picture: Picture) throws(ReadError) -> (width: Int, height: Int) {
    let extent = resizing.extent(ofWidth: picture.width, height: picture.height)
    let limit = Double(ImagePreparation.longestSide)
    guard extent.width <= limit, extent.height <= limit else {
      throw ReadError(
        .preparationExtent, "the picture is too long and thin to be resized",
        expected: "sides of at most \(ImagePreparation.longestSide) pixels",
        found: "\(picture.width)×\(picture.height) pixels",
        advice: "crop it with another program")
    }
    return (Int(extent.width), Int(extent.height))
  }

  /// The longest side of a resized picture.
  private static let longestSide = 1 << 24

  /// Prepares a picture: channel after channel, row after row, in 32 bits.
  ///
  /// Each byte *x* becomes (*x* / 255 − mean) / deviation, each operation rounded to 32 bits.
  ///
  /// - Parameters:
  ///   - picture: The picture; its orientation is not looked at.
  ///   - output: Gets the elements.
  /// - Precondition: `output` has ``elementCount`` elements.
  /// - Throws: `preparation.extent` where the picture is too long and thin.
  /// - Complexity: O(*n*) in the number of pixels of the part of the picture that the crop keeps.
  public func prepare(
    _ picture: Picture, into output: inout MutableSpan<Float>
  ) throws(ReadError) {
    precondition(output.count == elementCount, "three channels of the crop")
    let part = try croppedPart(of: picture)
    let table = channelTable
    let planeCount = crop.height * crop.width
    unsafe output.withUnsafeMutableBufferPointer { output in
      unsafe table.withUnsafeBufferPointer { table in
        if part.columns.kept.count < crop.width || part.rows.kept.count < crop.height {
          for channel in 0..<3 {
            unsafe UnsafeMutableBufferPointer(
              rebasing: output[(channel * planeCount)..<((channel + 1) * planeCount)]
            ).update(repeating: table[256 * channel])
          }
        }
        unsafe part.resized.forEach { row, pixels in
          let first =
            unsafe output.baseAddress!
            + (part.rows.offset + row) * crop.width + part.columns.offset
          unsafe gpi_look_up_row(
            pixels, part.columns.kept.count, table.baseAddress, first, first + planeCount,
            first + 2 * planeCount)
        }
      }
    }
  }

  /// Prepares a picture as a tensor of shape 1×3×height×width.
  ///
  /// - Throws: `preparation.extent` where the picture is too long and thin; `io.memory` where there is
  ///   no room for the tensor.
  public func tensor(of picture: Picture) throws(ReadError) -> Tensor {
    let bytes = try Bytes(byteCount: elementCount * MemoryLayout<Float>.size) {
      (memory: inout MutableRawSpan) throws(ReadError) -> Void in
      try unsafe memory.withUnsafeMutableBytes { (memory) throws(ReadError) -> Void in
        var elements = unsafe memory.bindMemory(to: Float.self).mutableSpan
        try prepare(picture, into: &elements)
      }
    }
    return try Tensor(
      elementType: .f32, shape: [1, 3, crop.height, crop.width], storage: bytes)
  }

  /// What the network is shown: the picture resized and cropped, and not yet normalised.
  ///
  /// - Throws: `preparation.extent` where the picture is too long and thin; `io.memory` where there is
  ///   no room for the result.
  public func croppedPicture(_ picture: Picture) throws(ReadError) -> Picture {
    let part = try croppedPart(of: picture)
    let pixels = try Bytes(byteCount: elementCount) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe part.resized.forEach { row, pixels in
          let place = 3 * ((part.rows.offset + row) * crop.width + part.columns.offset)
          let count = 3 * part.columns.kept.count
          unsafe UnsafeMutableRawBufferPointer(rebasing: output[place..<(place + count)])
            .copyMemory(from: UnsafeRawBufferPointer(start: pixels, count: count))
        }
      }
    }
    return try Picture(
      width: crop.width, height: crop.height, layout: .rgb, copying: pixels.span)
  }

  /// What a crop keeps of a resized picture, and how it is computed.
  private struct CroppedPart {
    let columns: CropAxis
    let rows: CropAxis
    let resized: ResizedRows
  }

  private func croppedPart(of picture: Picture) throws(ReadError) -> CroppedPart {
    let extent = try resizedExtent(of: picture)
    let columns = CropAxis(crop.width, of: extent.width)
    let rows = CropAxis(crop.height, of: extent.height)
    return CroppedPart(
      columns: columns, rows: rows,
      resized: ResizedRows(
        columns: columns.kept, rows: rows.kept, of: extent, from: picture, interpolation))
  }

  /// What each byte of each channel becomes.
  private var channelTable: [Float] {
    (0..<3).flatMap { channel in
      let (mean, deviation) = (Float(mean[channel]), Float(standardDeviation[channel]))
      return (0..<256).map { (Float($0) / 255 - mean) / deviation }
    }
  }
}
