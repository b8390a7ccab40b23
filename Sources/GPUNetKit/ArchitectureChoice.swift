import ArchitectureConfiguration
public import BinaryInput
public import GPUNetIR
import StrictJSON

/// An architecture that was asked for by name or described by a file.
public struct ArchitectureChoice: Sendable {
  /// The layers, the resolution and the number of classes.
  public let architecture: Architecture
  /// The published network, where one was named.
  public let published: PublishedNetwork?

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
            + ", or the path of a configuration", advice: "check the spelling")
      }
      throw error.within(text)
    }
  }
}
