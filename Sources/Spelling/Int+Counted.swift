extension Int {
  /// The number and a noun that agrees with it: `1 finding`, `2 findings`.
  public func counted(_ noun: String) -> String {
    "\(self) \(noun)\(self == 1 ? "" : "s")"
  }
}
