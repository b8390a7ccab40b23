import BinaryInput
import CommandLineTool
import GPUNetKit

extension Conversion.Request {
  /// Shows on a terminal how far the conversion is.
  mutating func showsProgress(_ isWanted: Bool) {
    guard isWanted, ProgressLine.isPossible else { return }
    let input = input
    progress = { moment in ProgressLine(moment, of: input).show() }
  }

  /// Converts, and leaves no line about it on a terminal.
  func run() throws -> ConversionReport {
    defer { ProgressLine.erase() }
    return try Conversion.run(self)
  }
}

extension TensorTransfer.Request {
  /// Transfers, shows on a terminal how far it is where that is wanted, and leaves no line about it.
  func run(shows isWanted: Bool) throws -> TensorTransfer.Report {
    var request = self
    if isWanted, ProgressLine.isPossible {
      request.progress = { [input] moment in ProgressLine(moment, of: input).show() }
    }
    defer { ProgressLine.erase() }
    return try TensorTransfer.run(request)
  }
}

extension ProgressLine {
  fileprivate init(_ progress: Conversion.Progress, of path: String) {
    let name = path.escapedForDisplay()
    switch progress {
    case .reading: self.init(name, "reading")
    case .running(let layer, let count):
      self.init(name, "running", .element("layer", layer, of: count))
    case .writing(let byteCount, let total):
      self.init(name, "writing", .share(byteCount, of: total))
    case .verifying(let layer, let count):
      self.init(name, "verifying", .element("layer", layer, of: count))
    }
  }
}
