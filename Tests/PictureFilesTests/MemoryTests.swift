import BinaryInput
import PictureFiles
import TestSupport
import Testing

@Suite struct `A picture from memory` {
  @Test(arguments: PixelLayout.allCases) func `has its bytes in any order and stride`(
    layout: PixelLayout
  ) throws {
    // Each byte says what it is: red 1…, green 101…, blue 201…, and 255 where nothing is.
    let colors: [(UInt8, UInt8, UInt8)] = (0..<6).map { (1 + $0, 101 + $0, 201 + $0) }
    for gap in [0, 1, 5] {
      var memory: [UInt8] = []
      for row in 0..<2 {
        for (red, green, blue) in colors[(3 * row)..<(3 * row + 3)] {
          switch layout {
          case .rgb: memory += [red, green, blue]
          case .rgba: memory += [red, green, blue, 255]
          case .bgr: memory += [blue, green, red]
          case .bgra: memory += [blue, green, red, 255]
          case .grey: memory += [red]
          }
        }
        // The last row has no gap after it.
        if row == 0 { memory += [UInt8](repeating: 255, count: gap) }
      }
      let stride = 3 * layout.byteCount + gap
      let picture = try Picture(
        width: 3, height: 2, layout: layout, rowStride: gap == 0 ? nil : stride,
        copying: Bytes(copying: memory).span)
      let expected = colors.flatMap { layout == .grey ? [$0.0, $0.0, $0.0] : [$0.0, $0.1, $0.2] }
      #expect(picture.pixels.array == expected)
      #expect(picture.format == nil && picture.orientation == nil)
    }
  }

  @Test func `is refused where its memory is not enough`() {
    let memory = Bytes(copying: [UInt8](repeating: 0, count: 24))
    for (width, height, stride, code) in [
      (4, 2, nil, nil), (4, 3, nil, ErrorCode.pictureMemory), (4, 2, 11, .pictureMemory),
      (4, 2, 13, .pictureMemory), (4, 1, 999, nil), (0, 2, nil, .pictureSize),
      (4, -1, nil, .pictureSize), (.max, 2, nil, .picturePixels), (.max, .max, nil, .picturePixels),
      (1, 2, .max, .pictureMemory), (2, 3, .max / 2, .pictureMemory), (2, 2, -6, .pictureMemory),
    ] as [(Int, Int, Int?, ErrorCode?)] {
      do throws(ReadError) {
        _ = try Picture(
          width: width, height: height, layout: .rgb, rowStride: stride, copying: memory.span)
        #expect(code == nil)
      } catch {
        #expect(error.code == code, "\(width)×\(height): \(error)")
      }
    }
  }
}
