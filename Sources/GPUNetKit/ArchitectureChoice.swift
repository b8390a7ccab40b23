import ArchitectureConfiguration
public import BinaryInput
public import GPUNetIR
import ModelFiles
import Spelling
import StrictJSON

/// An architecture that was asked for by name or described by a file.
public struct ArchitectureChoice: Sendable {
  /// The layers, the resolution and the number of classes.
  public let architecture: Architecture
  /// The published network, where one was named.
  public let published: PublishedNetwork?

  /// Takes an architecture.
  init(_ architecture: Architecture) {
    self.architecture = architecture
    published = nil
  }

  /// Takes what a file says of itself; nil where it says nothing.
  init?(_ notes: RecordedNotes) {
    guard let architecture = notes.architecture else { return nil }
    self.architecture = architecture
    published = notes.networkName.flatMap { PublishedNetwork(named: $0) }
  }

  /// Takes a published name, or else the path of a configuration.
  ///
  /// - Throws: `io.open` where there is neither; what reading a configuration throws.
  public init(_ text: String) throws(ReadError) {
    published = PublishedNetwork(named: text)
    if let published {
      architecture = published.architecture
      return
    }
    do {
      let bytes = try MappedFile(path: text).bytes
      architecture = try Architecture(configuration: try JSONValue(parsing: bytes))
    } catch {
      if error.code == .openFailed {
        throw ReadError(
          .openFailed, "neither a published network nor a readable file", path: [text],
          expected: PublishedNetwork.all.map(\.name).joined(separator: ", ")
            + ", or the path of a configuration",
          advice: ArchitectureChoice.suggestion(for: text).map { "did you mean '\($0)'?" }
            ?? "check the spelling")
      }
      throw error.within(text)
    }
  }

  /// The published name that a text is most likely meant to be.
  private static func suggestion(for text: String) -> String? {
    let names = PublishedNetwork.all.flatMap { [$0.name, $0.publishedAs] }
    let near = text.lowercased().nearest(in: names.map { $0.lowercased() })
    return names.first { $0.lowercased() == near }
  }
}
