import BinaryInput

/// The pointer, which may not be nil, and must be aligned as what it leads to.
///
/// - Throws: `interface.pointer`.
func required<Pointee>(
  _ pointer: UnsafePointer<Pointee>?, _ name: String
) throws(ReadError) -> UnsafePointer<Pointee> {
  guard let pointer = unsafe pointer else { throw missing(name) }
  try requireAlignment(Int(bitPattern: pointer), of: Pointee.self, name)
  return unsafe pointer
}

/// Likewise where something is stored.
///
/// - Throws: `interface.pointer`.
func required<Pointee>(
  _ pointer: UnsafeMutablePointer<Pointee>?, _ name: String
) throws(ReadError) -> UnsafeMutablePointer<Pointee> {
  guard let pointer = unsafe pointer else { throw missing(name) }
  try requireAlignment(Int(bitPattern: pointer), of: Pointee.self, name)
  return unsafe pointer
}

/// The object that a handle leads to.
///
/// - Throws: `interface.pointer` for nil.
func required<Object: Handle>(
  _ handle: OpaquePointer?, as type: Object.Type, _ name: String
) throws(ReadError) -> Object {
  guard let handle = unsafe handle else { throw missing(name) }
  return unsafe Object.object(handle)
}

/// A size or count that lies in a range.
///
/// - Throws: `interface.range`.
func required(
  _ number: Int, in range: ClosedRange<Int>, _ name: String
) throws(ReadError) -> Int {
  guard range.contains(number) else {
    throw ReadError(
      .interfaceRange, "the number is out of range", path: [name],
      expected: range.upperBound == Int.max
        ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)",
      // C's counts have no sign.
      found: "\(UInt(bitPattern: number))")
  }
  return number
}

/// Checks how many floats the caller has.
///
/// - Throws: `interface.count`.
func require(_ count: Int, toBe expected: Int, _ name: String) throws(ReadError) {
  guard count == expected else {
    throw ReadError(
      .interfaceCount, "the number of floats is not what the session needs", path: [name],
      expected: "\(expected)", found: "\(UInt(bitPattern: count))",
      advice: "create the session for this size of batch and images")
  }
}

private func missing(_ name: String) -> ReadError {
  ReadError(
    .interfacePointer, "the pointer is NULL", path: [name],
    expected: "a pointer that leads somewhere")
}

private func requireAlignment<Pointee>(
  _ address: Int, of type: Pointee.Type, _ name: String
) throws(ReadError) {
  let alignment = MemoryLayout<Pointee>.alignment
  guard address % alignment == 0 else {
    throw ReadError(
      .interfacePointer, "the pointer is not aligned", path: [name],
      expected: "an address that \(alignment) divides",
      found: "0x\(String(UInt(bitPattern: address), radix: 16))")
  }
}
