import NetworkProgram

extension Architecture {
  /// What PyTorch's `print(model)` prints of a GPUNet; of another network its layers in the same manner.
  /// Without a line feed at the end.
  public var printedForm: String {
    let lines = entries.indices.map { index in
      "(\(label(at: index).moduleName)): \(entries[index].layer.publishedText)"
    }
    return
      (convention.isGPUNet
      ? ["GPUNet(", "  (network): Sequential("] + lines.map { "    " + $0 } + ["  )", ")"]
      : ["Network("] + lines.map { "  " + $0 } + [")"])
      .joined(separator: "\n")
  }
}
