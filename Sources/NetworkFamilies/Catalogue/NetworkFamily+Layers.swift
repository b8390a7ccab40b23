/// How a library numbers the stages of a family in the names of its modules.
enum StageNumbers: Hashable, Sendable {
  /// Not at all: blocks are numbered through.
  case none
  /// One after the other.
  case from(Int)
  /// The same from the second stage on; the blocks of the first stand beside the first layer.
  case secondFrom(Int)

  func number(ofStage stage: Int) -> Int? {
    switch self {
    case .none: nil
    case .from(let first): first + stage
    case .secondFrom(let second): stage == 0 ? nil : second + stage - 1
    }
  }
}

extension NetworkFamily {
  /// The layers of the family's network of a scale, as layer strings.
  ///
  /// - Parameters:
  ///   - scale: How much wider and deeper than the base it is; the base's depth where a stage has
  ///     several rows.
  ///   - numbering: How the library numbers stages.
  /// - Returns: The first layer, the blocks, the last layer.
  func layers(
    at scale: NetworkScale, numbering: StageNumbers
  ) -> [CatalogueEntry.StagedLayer] {
    let lastStage = rows[rows.count - 1].stage
    precondition(
      scale.depth == 1 || Set(rows.map(\.stage)).count == rows.count,
      "how the rows of one stage share more repeats is not known")
    var width = firstChannels.rounded(by: channels, width: scale.width)
    var layers = [
      CatalogueEntry.StagedLayer(stage: nil, text: "prologue_i3_o\(width)_s2_\(activation)")
    ]
    for row in rows {
      let atEnd = row.stage == 0 || row.stage == lastStage
      let outputs = channels.rounded(row.outputChannels, width: scale.width)
      for index in 0..<repeats.scaled(row.repeats, depth: scale.depth, atEnd: atEnd) {
        let text = text(
          of: row, inputs: width, outputs: outputs, stride: index == 0 ? row.stride : 1,
          width: scale.width)
        layers.append(
          CatalogueEntry.StagedLayer(stage: numbering.number(ofStage: row.stage), text: text))
        width = outputs
      }
    }
    let last = lastChannels.rounded(by: channels, width: scale.width)
    layers.append(
      CatalogueEntry.StagedLayer(
        stage: nil, text: "epilogue_i\(width)_o\(last)_s1_\(activation)"))
    return layers
  }

  private func text(
    of row: Row, inputs: Int, outputs: Int, stride: Int, width: Double
  ) -> String {
    var text = "\(row.kind)_k\(row.kernelSize)"
    if let expansion = row.expansion {
      let base = row.expandedFrom.map { channels.rounded($0, width: width) } ?? inputs
      text += "_" + NetworkFamily.widthField(middle: base * expansion, inputs: inputs)
    }
    text += "_i\(inputs)_o\(outputs)_s\(stride)_\(activation)"
    if row.expansion != nil {
      text += row.hasSqueezeExcite ? "_se_True" : "_se_False"
    } else if row.hasSqueezeExcite {
      text += "_se_True"
    }
    // A convolution adds its input only where it is said; none of these does.
    let couldAdd = row.kind != "conv" && stride == 1 && inputs == outputs
    return couldAdd && !row.hasResidual ? text + "_noskip" : text
  }

  /// The width inside a block: as an expansion where two decimals state exactly how many times the
  /// input's it is, otherwise as it is.
  private static func widthField(middle: Int, inputs: Int) -> String {
    if middle % inputs == 0 { return "e\(middle / inputs)" }
    if middle * 100 % inputs == 0 { return "e\(Double(middle * 100 / inputs) / 100)" }
    return "m\(middle)"
  }
}
