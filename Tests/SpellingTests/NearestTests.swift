import Spelling
import Testing

@Suite struct `Spelling` {
  /// Textbook examples of Levenshtein's distance.
  @Test(arguments: [
    ("kitten", "sitting", 3), ("saturday", "sunday", 3), ("flaw", "lawn", 2), ("", "abc", 3),
    ("gumbo", "gambol", 2), ("same", "same", 0), ("é", "e", 1),
  ])
  func `counts the changes between two texts, in both directions`(
    left: String, right: String, distance: Int
  ) {
    #expect(left.editDistance(to: right) == distance)
    #expect(right.editDistance(to: left) == distance)
  }

  @Test func `suggests only what is near`() {
    let candidates = ["state_dict", "state_dict_ema", "model"]
    #expect("state_dcit".nearest(in: candidates) == "state_dict")
    #expect("state-dict-ema".nearest(in: candidates) == "state_dict_ema")
    #expect("modle".nearest(in: candidates) == nil)
    #expect("mode".nearest(in: candidates) == "model")
    #expect("weights".nearest(in: candidates) == nil)
    #expect("".nearest(in: candidates) == nil)
    #expect("a".nearest(in: []) == nil)
  }

  @Test func `takes the nearest, and the first of equals`() {
    #expect("abcdef".nearest(in: ["abcdxx", "abcdex", "abcxef"]) == "abcdex")
  }
}
