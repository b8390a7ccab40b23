public import BinaryInput

/// A tensor by its first axis: one row for each output channel of a weight.
///
/// Rows are widened when they are asked for, so that a large tensor never exists twice.
public struct TensorRows: Sendable {
  /// The number of rows.
  public let count: Int
  /// The number of elements of a row.
  public let length: Int

  private let elementType: ElementType
  /// The order of `bytes`, which have no other strides.
  private let layout: TensorLayout
  /// Nil for a tensor that has no blocked order.
  private let blocks: BlockedLayout?
  private let bytes: Bytes

  fileprivate init(_ tensor: Tensor) throws(ReadError) {
    count = tensor.shape.first ?? 1
    length = tensor.elementCount / max(count, 1)
    elementType = tensor.elementType
    layout = tensor.layout
    blocks = BlockedLayout(tensor.shape)
    bytes = layout == .blocked ? tensor.storage : try tensor.contiguousBytes()
  }

  /// The elements of a row as 64-bit numbers; exact but for integers beyond 2⁵³.
  ///
  /// - Precondition: `row` lies inside `0..<count`.
  /// - Complexity: O(*n*) in ``length``.
  public subscript(row: Int) -> [Double] {
    precondition((0..<count).contains(row), "a row outside the tensor")
    return elementType.doubles(
      bytes, (row * length)..<((row + 1) * length), of: layout == .blocked ? blocks : nil)
  }

  /// The bytes of some rows, multiplied by a factor each where there are factors: computed in 64
  /// bits and rounded once to their own type.
  ///
  /// - Parameters:
  ///   - rows: Which rows; whole blocks in blocked order.
  ///   - layout: The order that is wanted.
  ///   - factors: One for each row of the whole tensor.
  /// - Returns: The elements of these rows, shared where they are kept like that, else in memory of
  ///   their own; in blocked order with padding.
  /// - Precondition: The rows are inside the tensor, which has the layout; where there are factors,
  ///   the elements are floating-point numbers.
  /// - Throws: `io.memory` where there is no room for the result.
  /// - Complexity: O(*n*) in the number of elements of these rows, or O(1) where they are shared.
  public func bytes(
    _ rows: Range<Int>, in layout: TensorLayout, multipliedBy factors: [Double]? = nil
  ) throws(ReadError) -> Bytes {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows outside the tensor")
    if layout == .blocked {
      precondition(blocks != nil, "a tensor that has a blocked order")
      let ends = [rows.lowerBound, rows.upperBound]
      precondition(
        ends.allSatisfy { $0 == count || $0.isMultiple(of: BlockedLayout.width) }, "whole blocks")
    }
    guard let factors else {
      if layout == self.layout { return bytes[byteRange(of: rows)] }
      if layout == .rowMajor { return try gathered(rows) }
      return switch elementType.byteCount {
      case 16: try made(of: Pair<UInt64>.self, rows, in: layout)
      case 8: try made(of: UInt64.self, rows, in: layout)
      case 4: try made(of: UInt32.self, rows, in: layout)
      case 2: try made(of: UInt16.self, rows, in: layout)
      default: try made(of: UInt8.self, rows, in: layout)
      }
    }
    precondition(factors.count == count, "a factor a row")
    let parts = Array(factors[rows])
    switch elementType {
    case .f64: return try made(of: Double.self, rows, in: layout, parts)
    case .f32: return try made(of: Float.self, rows, in: layout, parts)
    case .f16: return try made(of: Float16.self, rows, in: layout, parts)
    case .bf16: return try made(of: BFloat16.self, rows, in: layout, parts)
    default: preconditionFailure("only floating-point tensors are multiplied")
    }
  }

  /// Tells the system that the pages of these rows in a mapped file will not be needed again soon.
  public func releasePages(_ rows: Range<Int>) {
    bytes[byteRange(of: rows)].releasePages()
  }

  /// Where these rows are kept; in blocked order, where the blocks are that they lie in.
  private func byteRange(of rows: Range<Int>) -> Range<Int> {
    let rowByteCount = length * elementType.byteCount
    guard layout == .blocked else {
      return (rows.lowerBound * rowByteCount)..<(rows.upperBound * rowByteCount)
    }
    let width = BlockedLayout.width
    let blocks = (rows.lowerBound / width)..<((rows.upperBound + (width - 1)) / width)
    let blockByteCount = width * rowByteCount
    return (blocks.lowerBound * blockByteCount)..<(blocks.upperBound * blockByteCount)
  }

  /// Rows in row-major order, shared where they are kept so.
  private func gathered(_ rows: Range<Int>) throws(ReadError) -> Bytes {
    guard layout == .blocked, let blocks else { return bytes[byteRange(of: rows)] }
    return switch elementType.byteCount {
    case 16: try gathered(Pair<UInt64>.self, rows, of: blocks)
    case 8: try gathered(UInt64.self, rows, of: blocks)
    case 4: try gathered(UInt32.self, rows, of: blocks)
    case 2: try gathered(UInt16.self, rows, of: blocks)
    default: try gathered(UInt8.self, rows, of: blocks)
    }
  }

  private func gathered<Element: BitwiseCopyable>(
    _ type: Element.Type, _ rows: Range<Int>, of blocks: BlockedLayout
  ) throws(ReadError) -> Bytes {
    let width = MemoryLayout<Element>.stride
    return try Bytes(byteCount: rows.count * length * width) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe bytes.span.withUnsafeBytes { input in
          for row in rows {
            let start = (row - rows.lowerBound) * length
            blocks.forEachElement(ofRow: row) { place, index in
              let element = unsafe input.loadUnaligned(
                fromByteOffset: index &* width, as: Element.self)
              unsafe output.storeBytes(
                of: element, toByteOffset: (start &+ place) &* width, as: Element.self)
            }
          }
        }
      }
    }
  }

  /// Rows in the wanted order, each multiplied by its factor.
  private func made<Element: Multiplicable>(
    of type: Element.Type, _ rows: Range<Int>, in layout: TensorLayout, _ factors: [Double]? = nil
  ) throws(ReadError) -> Bytes {
    let source = try gathered(rows)
    let factors = factors ?? Array(repeating: 1, count: rows.count)
    let blocks = layout == .blocked ? blocks : nil
    let width = BlockedLayout.width
    let rowCount = blocks == nil ? rows.count : (rows.count + (width - 1)) / width * width
    return try Bytes(byteCount: rowCount * length * MemoryLayout<Element>.stride) {
      (output: inout MutableRawSpan) throws(ReadError) -> Void in
      unsafe output.withUnsafeMutableBytes { output in
        unsafe source.span.withUnsafeBytes { input in
          guard let blocks else {
            for row in 0..<rows.count {
              let factor = factors[row]
              for index in (row * length)..<((row + 1) * length) {
                unsafe Element.multiply(input, at: index, by: factor, into: output, at: index)
              }
            }
            return
          }
          for row in stride(from: 0, to: rows.count, by: width) {
            var laneFactors = InlineArray<16, Double>(repeating: 1)
            let laneCount = min(width, rows.count - row)
            for lane in 0..<laneCount { laneFactors[lane] = factors[row + lane] }
            blocks.forEachGroup { group, place in
              let from = row &* length &+ place
              let to = row &* length &+ group &* width
              for lane in 0..<laneCount {
                unsafe Element.multiply(
                  input, at: from &+ lane &* length, by: laneFactors[unchecked: lane],
                  into: output, at: to &+ lane)
              }
            }
          }
        }
      }
    }
  }
}

/// What rows are made of: numbers that can be multiplied, or bits that stay as they are. A type and
/// not a function, so that the loops over them are compiled for each.
private protocol Multiplicable: BitwiseCopyable {
  func multiplied(by factor: Double) -> Self
}

extension Multiplicable {
  @inline(__always)
  fileprivate static func multiply(
    _ input: UnsafeRawBufferPointer, at source: Int, by factor: Double,
    into output: UnsafeMutableRawBufferPointer, at target: Int
  ) {
    let width = MemoryLayout<Self>.stride
    let element = unsafe input.loadUnaligned(fromByteOffset: source &* width, as: Self.self)
    unsafe output.storeBytes(
      of: element.multiplied(by: factor), toByteOffset: target &* width, as: Self.self)
  }
}

extension Double: Multiplicable {
  fileprivate func multiplied(by factor: Double) -> Double { self * factor }
}

extension Float: Multiplicable {
  fileprivate func multiplied(by factor: Double) -> Float { Float(Double(self) * factor) }
}

extension Float16: Multiplicable {
  fileprivate func multiplied(by factor: Double) -> Float16 { Float16(Double(self) * factor) }
}

extension BFloat16: Multiplicable {
  fileprivate func multiplied(by factor: Double) -> BFloat16 { BFloat16(Double(self) * factor) }
}

/// 16 bytes that belong together.
private struct Pair<Half: BitwiseCopyable>: Multiplicable {
  let halves: (Half, Half)

  func multiplied(by factor: Double) -> Pair { self }
}

extension UInt64: Multiplicable {
  fileprivate func multiplied(by factor: Double) -> UInt64 { self }
}

extension UInt32: Multiplicable {
  fileprivate func multiplied(by factor: Double) -> UInt32 { self }
}

extension UInt16: Multiplicable {
  fileprivate func multiplied(by factor: Double) -> UInt16 { self }
}

extension UInt8: Multiplicable {
  fileprivate func multiplied(by factor: Double) -> UInt8 { self }
}

extension Tensor {
  /// The elements by the first axis; those of a tensor in blocked order stay as they are kept.
  ///
  /// - Throws: `io.memory` where a strided tensor cannot be gathered.
  public func rows() throws(ReadError) -> TensorRows {
    try TensorRows(self)
  }
}

extension ElementType {
  /// Elements as 64-bit numbers; of complex ones the real parts.
  ///
  /// - Parameters:
  ///   - bytes: All bytes of a tensor, row-major or in blocked order.
  ///   - elements: The elements' indices in row-major order; those of one row in blocked order.
  ///   - blocks: The blocked order, if the bytes are in it.
  /// - Returns: The elements in row-major order.
  /// - Precondition: The bytes hold the elements.
  func doubles(
    _ bytes: Bytes, _ elements: Range<Int>, of blocks: BlockedLayout? = nil
  ) -> [Double] {
    switch self {
    case .f64: widen(bytes, elements, blocks, Double.self) { $0 }
    case .f32: widen(bytes, elements, blocks, Float.self) { Double($0) }
    case .f16: widen(bytes, elements, blocks, Float16.self) { Double($0) }
    case .bf16: widen(bytes, elements, blocks, UInt16.self) { Double(BFloat16(bitPattern: $0)) }
    case .i64: widen(bytes, elements, blocks, Int64.self) { Double($0) }
    case .i32: widen(bytes, elements, blocks, Int32.self) { Double($0) }
    case .i16: widen(bytes, elements, blocks, Int16.self) { Double($0) }
    case .i8: widen(bytes, elements, blocks, Int8.self) { Double($0) }
    case .u8, .bool: widen(bytes, elements, blocks, UInt8.self) { Double($0) }
    case .u64: widen(bytes, elements, blocks, UInt64.self) { Double($0) }
    case .u32: widen(bytes, elements, blocks, UInt32.self) { Double($0) }
    case .u16: widen(bytes, elements, blocks, UInt16.self) { Double($0) }
    case .c128: widen(bytes, elements, blocks, Pair<Double>.self) { $0.halves.0 }
    case .c64: widen(bytes, elements, blocks, Pair<Float>.self) { Double($0.halves.0) }
    case .f8e4m3fn, .f8e5m2, .f8e4m3fnuz, .f8e5m2fnuz, .f8e8m0fnu:
      widen(bytes, elements, blocks, UInt8.self) { [values = smallFloatValues!] in values[Int($0)] }
    }
  }

  private func widen<Element: BitwiseCopyable>(
    _ bytes: Bytes, _ elements: Range<Int>, _ blocks: BlockedLayout?, _ type: Element.Type,
    _ body: (Element) -> Double
  ) -> [Double] {
    let width = MemoryLayout<Element>.stride
    let end = blocks?.elementCount ?? elements.upperBound
    precondition(end * width <= bytes.count, "elements outside the bytes")
    let span = bytes.span
    return unsafe [Double](unsafeUninitializedCapacity: elements.count) { buffer, initialized in
      if let blocks, !elements.isEmpty {
        precondition(elements.count == blocks.groupCount, "one row")
        blocks.forEachElement(ofRow: elements.lowerBound / blocks.groupCount) { place, index in
          let element = unsafe span.unsafeLoadUnaligned(
            fromByteOffset: index &* width, as: Element.self)
          unsafe buffer.initializeElement(at: place, to: body(element))
        }
      } else {
        for (position, index) in elements.enumerated() {
          let element = unsafe span.unsafeLoadUnaligned(
            fromByteOffset: index * width, as: Element.self)
          unsafe buffer.initializeElement(at: position, to: body(element))
        }
      }
      initialized = elements.count
    }
  }
}
