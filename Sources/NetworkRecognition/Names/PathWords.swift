/// The words of a key path in small letters, however they are joined: `modelEMA`, `ema_state_dict`
/// and `ema1.module` have `ema` among them.
enum PathWords {
  /// Takes a path apart where anything but letters stands, and where capitals begin a word.
  static func words(of path: String) -> [String] {
    var words: [String] = []
    var word: [Character] = []
    let characters = Array(path)
    func end() {
      if !word.isEmpty { words.append(String(word).lowercased()) }
      word = []
    }
    for (index, character) in characters.enumerated() {
      guard character.isLetter else {
        end()
        continue
      }
      let next = index + 1 < characters.count ? characters[index + 1] : " "
      // `emaModel` begins a word at M, and so does `EMAModel`.
      if character.isUppercase, let last = word.last, last.isLowercase || next.isLowercase { end() }
      word.append(character)
    }
    end()
    return words
  }
}
