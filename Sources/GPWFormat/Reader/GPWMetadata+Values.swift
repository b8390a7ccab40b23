package import BinaryInput

extension GPWMetadata {
  /// Texts under a key that no document registers: none where it has another type.
  func unregisteredTexts(_ key: String) -> [String] {
    if case .texts(let texts)? = values[key] { texts } else { [] }
  }

  /// Such texts in pairs.
  func pairs(_ key: String) -> [(name: String, original: String)] {
    let texts = unregisteredTexts(key)
    return stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) }
  }

  /// A text.
  ///
  /// - Throws: `gpw.network` where it is missing or of another type.
  package func text(_ key: String) throws(ReadError) -> String {
    guard case .text(let text)? = values[key] else { throw missing(key, "a text") }
    return text
  }

  /// A text, where there is one.
  ///
  /// - Throws: `gpw.network` where it is of another type.
  func optionalText(_ key: String) throws(ReadError) -> String? {
    values[key] == nil ? nil : try text(key)
  }

  /// Texts, of that number where one is given.
  ///
  /// - Throws: `gpw.network` where they are missing or of another type or number.
  package func texts(_ key: String, count: Int? = nil) throws(ReadError) -> [String] {
    guard case .texts(let texts)? = values[key], count == nil || texts.count == count else {
      throw missing(key, "\(count.map { "\($0) " } ?? "")texts")
    }
    return texts
  }

  /// Integers, of that number where one is given.
  ///
  /// - Throws: `gpw.network` where they are missing or of another type or number.
  package func integers(_ key: String, count: Int? = nil) throws(ReadError) -> [Int64] {
    guard case .integers(let integers)? = values[key], count == nil || integers.count == count
    else { throw missing(key, "\(count.map { "\($0) " } ?? "")integers") }
    return integers
  }

  /// Numbers, of that number where one is given.
  ///
  /// - Throws: `gpw.network` where they are missing or of another type or number.
  package func numbers(_ key: String, count: Int? = nil) throws(ReadError) -> [Double] {
    guard case .numbers(let numbers)? = values[key], count == nil || numbers.count == count
    else { throw missing(key, "\(count.map { "\($0) " } ?? "")numbers") }
    return numbers
  }

  private func missing(_ key: String, _ expected: String) -> ReadError {
    ReadError(
      .gpwNetwork, "a required key is missing or has another type or count", path: [key],
      expected: expected, found: values[key].map { "type \($0.typeCode)" } ?? "nothing")
  }
}
