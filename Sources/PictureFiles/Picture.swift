public import BinaryInput

/// A picture as 8-bit red, green and blue, as Pillow's `Image.open(file).convert("RGB")` has it.
public struct Picture: Sendable {
  /// The number of pixels of a row; at least one.
  public let width: Int
  /// The number of rows; at least one.
  public let height: Int
  /// `height × width × 3` bytes: red, green and blue of each pixel, row after row from the top.
  public let pixels: Bytes
  /// The format of the file; nil for a picture that comes from memory.
  public let format: PictureFormat?
  /// How the file says that the picture is to be turned; nil where it says nothing.
  ///
  /// ``pixels`` are as the file has them; ``oriented()`` turns them.
  public let orientation: PictureOrientation?

  /// Takes pixels that are there.
  ///
  /// - Precondition: `pixels` has three bytes for each pixel, and there is at least one.
  init(
    width: Int, height: Int, pixels: Bytes, format: PictureFormat? = nil,
    orientation: PictureOrientation? = nil
  ) {
    precondition(
      width > 0 && height > 0 && [width, height, 3].exactProduct() == pixels.count,
      "three bytes a pixel")
    self.width = width
    self.height = height
    self.pixels = pixels
    self.format = format
    self.orientation = orientation
  }

  /// Reads the picture in the file at `path`.
  ///
  /// - Throws: What opening a file throws, and what reading its bytes does.
  public init(
    opening path: String, options: PictureOptions = PictureOptions()
  ) throws(ReadError) {
    let file = try MappedFile(path: path)
    try self.init(file.bytes, name: path, options: options)
    try file.requireUnchanged()
  }

  /// Reads the picture in the bytes of a file; its content decides what it is.
  ///
  /// - Parameters:
  ///   - bytes: The whole file.
  ///   - name: What the file is called in messages.
  ///   - options: What is asked of reading it.
  /// - Throws: `picture.format` for what is no picture of a kind that is read, `picture.coding` for a
  ///   way to code one that is not, `picture.size` and `picture.pixels` for none or too many pixels,
  ///   `picture.truncated`, `picture.checksum`, `picture.malformed` and `picture.scans` for damaged
  ///   and hostile files; `io.memory` where there is no room for the pixels.
  /// - Complexity: O(*n*) in the number of bytes and of pixels.
  public init(
    _ bytes: Bytes, name: String, options: PictureOptions = PictureOptions()
  ) throws(ReadError) {
    do throws(ReadError) {
      self =
        switch try PictureFormat(of: bytes) {
        case .jpeg: try Picture(jpeg: bytes, options: options)
        case .png: try Picture(png: bytes, options: options)
        case .webp: try Picture(webp: bytes, options: options)
        case .gif: try Picture(gif: bytes, options: options)
        case .netpbm: try Picture(netpbm: bytes, options: options)
        }
    } catch {
      throw error.within(name)
    }
  }
}

extension PictureOptions {
  /// The number of bytes of a picture of this size in memory.
  ///
  /// - Throws: `picture.size` for no pixels, `picture.pixels` for too many.
  func byteCount(width: Int, height: Int) throws(ReadError) -> Int {
    guard width > 0, height > 0 else {
      throw ReadError(
        .pictureSize, "the picture has no pixels", expected: "a width and a height of at least 1",
        found: "\(width)×\(height)", advice: "save it again with the program that made it")
    }
    guard let pixelCount = width.multiplied(exactly: height), pixelCount <= maximumPixelCount,
      let byteCount = pixelCount.multiplied(exactly: 3)
    else {
      throw ReadError(
        .picturePixels, "the picture is too large", expected: "at most \(maximumPixelCount) pixels",
        found: "\(width)×\(height)", advice: "make it smaller", remedy: .allowMorePixels)
    }
    return byteCount
  }
}

extension ReadError {
  /// The file ends before the picture does.
  static func truncated(_ what: String, at offset: Int? = nil) -> ReadError {
    ReadError(
      .pictureTruncated, what, offset: offset, advice: "download or copy it again",
      remedy: .allowTruncated)
  }
}
