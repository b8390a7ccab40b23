/// Networks that are scaled from one base: its stages, and what scaling does to them.
struct NetworkFamily: Sendable {
  /// The width of the first layer.
  let firstChannels: ScaledChannels
  /// The width of the last layer, before the classifier.
  let lastChannels: ScaledChannels
  /// The activation, the same in all layers.
  let activation: String
  /// The blocks of the base.
  let rows: [Row]
  /// How scaled channels are rounded.
  let channels: ChannelRounding
  /// How repeats are scaled.
  let repeats: RepeatScaling

  /// Blocks of one kind that follow each other in a stage of the base.
  struct Row: Sendable {
    /// The stage's number, from 0.
    let stage: Int
    /// How often the block stands there.
    let repeats: Int
    /// `conv`, `ds`, `er` or `irb`.
    let kind: String
    let kernelSize: Int
    /// The stride of the first of the blocks; the others have none.
    let stride: Int
    /// How many times wider than its input a block is inside, as layer strings say it.
    let expansion: Int?
    let outputChannels: Int
    /// The channels that the expansion refers to in place of the input's, before scaling.
    let expandedFrom: Int?
    let hasSqueezeExcite: Bool
    /// Whether the input is added to the output where that is possible.
    let hasResidual: Bool
  }

  /// Reads the blocks from a table of lines `stage repeats kind kN sN eN fN oN se noskip`: kernel,
  /// stride of the first, expansion, the channels that are expanded where they are not the input's,
  /// output channels; what a kind or a block has not is left out.
  ///
  /// - Parameters:
  ///   - firstChannels: The width of the first layer.
  ///   - lastChannels: The width of the last layer, before the classifier.
  ///   - activation: The activation of all layers.
  ///   - squeezeExcite: False for a family without, whatever the table has.
  ///   - channels: How scaled channels are rounded.
  ///   - repeats: How repeats are scaled.
  ///   - blocks: The table.
  init(
    firstChannels: ScaledChannels, lastChannels: ScaledChannels, activation: String,
    squeezeExcite: Bool = true, channels: ChannelRounding = ChannelRounding(),
    repeats: RepeatScaling = RepeatScaling(), blocks: String
  ) {
    self.firstChannels = firstChannels
    self.lastChannels = lastChannels
    self.activation = activation
    self.channels = channels
    self.repeats = repeats
    rows = blocks.split(separator: "\n").map { line in
      guard let row = Row(line.split(separator: " "), squeezeExcite: squeezeExcite) else {
        preconditionFailure("the table of blocks is wrong: \(line)")
      }
      return row
    }
  }
}

extension NetworkFamily.Row {
  /// Reads the words of a line; nil where one is none of those that can stand there.
  fileprivate init?(_ words: [Substring], squeezeExcite: Bool) {
    guard words.count >= 3, let stage = Int(words[0]), let repeats = Int(words[1]) else {
      return nil
    }
    var numbers: [Substring: Int] = [:]
    var flags: Set<Substring> = []
    for word in words.dropFirst(3) {
      if let number = Int(word.dropFirst()) {
        numbers[word.prefix(1)] = number
      } else {
        flags.insert(word)
      }
    }
    guard let kernelSize = numbers["k"], let stride = numbers["s"], let outputs = numbers["o"],
      ["conv", "ds", "er", "irb"].contains(words[2]), flags.isSubset(of: ["se", "noskip"]),
      Set(numbers.keys).isSubset(of: ["k", "s", "e", "o", "f"]),
      ["er", "irb"].contains(words[2]) == (numbers["e"] != nil)
    else { return nil }
    self.stage = stage
    self.repeats = repeats
    kind = String(words[2])
    self.kernelSize = kernelSize
    self.stride = stride
    expansion = numbers["e"]
    outputChannels = outputs
    expandedFrom = numbers["f"]
    hasSqueezeExcite = squeezeExcite && flags.contains("se")
    hasResidual = !flags.contains("noskip")
  }
}
