import NetworkFamilies
import NetworkProgram

/// What layer strings amount to, read from their text alone: an oracle that knows no lowering.
struct LayerCounts {
  /// Learned parameters, with the classifier's.
  private(set) var parameters = 0
  /// Multiply-adds of convolutions and classifier for one image.
  private(set) var multiplyAdds = 0
  /// The activations that are named.
  private(set) var activations: Set<String> = []
  /// A line a block, as `make_catalogue_tables.py` writes it.
  private(set) var blocks = ""
  /// The side of the map that the next layer gets.
  private var side: Int

  init(_ layers: [CatalogueEntry.StagedLayer], side: Int, classes: Int) {
    self.side = side
    for layer in layers { add(layer) }
    let width = layers.last.map { LayerText($0.text)["o"] } ?? 0
    parameters += (width + 1) * classes
    multiplyAdds += width * classes
  }

  /// The FNV-1a hash of ``blocks``.
  var digest: String {
    var value: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in blocks.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  private mutating func add(_ layer: CatalogueEntry.StagedLayer) {
    let text = LayerText(layer.text)
    let (i, o, s) = (text["i"], text["o"], text["s"])
    activations.insert(text.activation)
    let adds =
      ["ds", "er", "irb"].contains(text.kind) && s == 1 && i == o && !text.flags.contains("noskip")
    blocks += "\(layer.stage.map(String.init) ?? "-") \(adds ? "+" : ".")"
    let m = text.middle
    switch text.kind {
    case "prologue": add(kernel: 3, s, i, o)
    case "conv": add(kernel: text["k"], s, i, o)
    case "ds":
      add(kernel: text["k"], s, i, i, groups: i)
      add(gate: text.squeeze, of: i)
      add(kernel: 1, 1, i, o)
    case "er":
      add(kernel: text["k"], s, i, m)
      add(gate: text.squeeze, of: m)
      add(kernel: 1, 1, m, o)
    case "irb":
      add(kernel: 1, 1, i, m)
      add(kernel: text["k"], s, m, m, groups: m)
      add(gate: text.squeeze, of: m)
      add(kernel: 1, 1, m, o)
    case "epilogue": add(kernel: 1, 1, i, o)
    default: fatalError("no kind: \(layer.text)")
    }
    blocks += "\n"
  }

  /// A convolution and its batch norm. All paddings that there are keep ⌈side / stride⌉ pixels.
  private mutating func add(kernel k: Int, _ s: Int, _ i: Int, _ o: Int, groups: Int = 1) {
    side = (side + s - 1) / s
    let weights = k * k * (i / groups) * o
    parameters += weights + 2 * o
    multiplyAdds += weights * side * side
    blocks += " \(k):\(s):\(i):\(o):\(groups)"
  }

  /// The two biased convolutions of a squeeze-excite, which see one pixel.
  private mutating func add(gate width: Int?, of channels: Int) {
    guard let width else { return }
    parameters += 2 * channels * width + channels + width
    multiplyAdds += 2 * channels * width
    blocks += " 1:1:\(channels):\(width):1 1:1:\(width):\(channels):1"
  }
}

/// The fields of a layer string.
private struct LayerText {
  let kind: String
  let activation: String
  let flags: Set<String>
  private let numbers: [Character: Double]
  private let gate: String?

  init(_ text: String) {
    let words = text.split(separator: "_").map(String.init)
    kind = words[0]
    var numbers: [Character: Double] = [:]
    var others: [String] = []
    for word in words.dropFirst() {
      if others.isEmpty, let number = Double(word.dropFirst()), let key = word.first {
        numbers[key] = number
      } else {
        others.append(word)
      }
    }
    self.numbers = numbers
    activation = others[0]
    flags = Set(others.dropFirst())
    gate = others.firstIndex(of: "se").map { others[$0 + 1] }
  }

  subscript(_ key: Character) -> Int { Int(numbers[key] ?? 0) }

  /// The width inside: stated, or the expansion's; that of the input for kinds without.
  var middle: Int {
    if let stated = numbers["m"] { return Int(stated) }
    return Int((Double(self["i"]) * (numbers["e"] ?? 1)).rounded())
  }

  /// The width inside a squeeze-excite: stated, or a quarter of the block's input.
  var squeeze: Int? {
    switch gate {
    case nil, "False": nil
    case "True": Int((Double(middle) * 0.25 / (numbers["e"] ?? 1)).rounded(.toNearestOrEven))
    case .some(let width): Int(width)
    }
  }
}
