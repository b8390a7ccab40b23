/// The members of a JSON object, in order, no name twice.
///
/// Names that are canonically equivalent in Unicode count as the same name.
public struct JSONObject: Equatable, Sendable {
  /// A name and its value.
  public struct Member: Equatable, Sendable {
    /// The name.
    public let key: String
    /// The value.
    public let value: JSONValue
  }

  /// The members in order.
  public private(set) var members: [Member] = []
  private var positions: [String: Int] = [:]

  /// An object without members.
  public init() {}

  /// An object with the given members.
  ///
  /// - Precondition: No name stands twice.
  public init(_ pairs: [(String, JSONValue)]) {
    for (key, value) in pairs {
      let isNew = append(key, value)
      precondition(isNew, "a name stands twice in an object")
    }
  }

  /// Adds a member at the end, or does nothing and returns false where the name is taken.
  public mutating func append(_ key: String, _ value: JSONValue) -> Bool {
    guard positions[key] == nil else { return false }
    positions[key] = members.count
    members.append(Member(key: key, value: value))
    return true
  }

  /// The value under `key`, or nil where there is none.
  public subscript(key: String) -> JSONValue? {
    positions[key].map { members[$0].value }
  }

  /// The names in order.
  public var keys: [String] { members.map(\.key) }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  /// An object with the given members.
  ///
  /// - Precondition: No name stands twice.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self.init(elements)
  }
}
