import ArchitectureConfiguration
public import BinaryInput
import ModelFiles
public import NetworkFamilies
import NetworkRecognition
import Spelling
import StrictJSON

/// An architecture that was asked for by name or described by a file.
public struct ArchitectureChoice: Sendable {
  /// The layers, the resolution and the number of classes; of a name that several libraries have, those
  /// of the first.
  public let architecture: Architecture
  /// The published networks that were named: one, or those of several libraries that call theirs the
  /// same; none where an architecture was described.
  public let named: [PublishedNetwork]

  /// The published network, where one was named.
  public var published: PublishedNetwork? { named.first }

  /// Takes an architecture.
  init(_ architecture: Architecture) {
    self.architecture = architecture
    named = []
  }

  /// Takes a published network.
  init(_ published: PublishedNetwork) {
    architecture = published.architecture
    named = [published]
  }

  /// Takes a network of a library and all of others whose parameters mean the same, whatever these are
  /// called and however convolutions are padded: a graph for one size does not tell whether its padding
  /// depends on the size.
  init(alike published: PublishedNetwork) {
    architecture = published.architecture
    named =
      [published]
      + PublishedNetwork.ofLibraries.filter {
        $0.architecture.convention != published.architecture.convention
          && $0.withoutPadding.firstDifference(from: published.withoutPadding) == nil
      }
  }

  /// Takes what a file says of itself; nil where it says nothing.
  init?(_ notes: RecordedNotes) {
    guard let architecture = notes.architecture else { return nil }
    self.architecture = architecture
    named = notes.networkName.flatMap { PublishedNetwork(named: $0) }.map { [$0] } ?? []
  }

  /// Takes a published name, or else the path of a configuration or description.
  ///
  /// - Throws: `io.open` where there is neither; what reading a configuration or description throws.
  public init(_ text: String) throws(ReadError) {
    named = PublishedNetwork.named(text)
    if let published = named.first {
      architecture = published.architecture
      return
    }
    do {
      let bytes = try MappedFile(path: text).bytes
      architecture = try ArchitectureChoice.architecture(bytes)
    } catch {
      if error.code == .openFailed {
        throw ReadError(
          .openFailed, "neither a published network nor a readable file", path: [text],
          expected: PublishedNetwork.gpunets.map(\.name).joined(separator: ", ")
            + ", another name of the catalogue, or the path of a configuration or description",
          advice: ArchitectureChoice.suggestion(for: text).map { "did you mean '\($0)'?" }
            ?? "check the spelling")
      }
      throw error.within(text)
    }
  }

  /// What the candidates of a file are held against.
  var wanted: WantedNetwork {
    named.count > 1 ? .named(named) : .given(architecture, published)
  }

  /// The largest description that is read; a thousand layers need a hundredth.
  private static let largestDescription = 1 << 20

  /// Reads a configuration of NVIDIA's, or a description.
  private static func architecture(_ bytes: Bytes) throws(ReadError) -> Architecture {
    var reader = ByteReader(bytes.span, truncation: .architectureDescription)
    if bytes.count <= largestDescription,
      let text = try? reader.readString(byteCount: bytes.count, invalid: .architectureDescription),
      Architecture.isDescription(text)
    {
      return try Architecture(description: text)
    }
    return try Architecture(configuration: try JSONValue(parsing: bytes))
  }

  /// The published name that a text is most likely meant to be.
  private static func suggestion(for text: String) -> String? {
    let names =
      PublishedNetwork.gpunets.flatMap { [$0.name, $0.publishedAs] }
      + NetworkCatalogue.entries.map(text.contains("/") ? \.qualifiedName : \.name)
    let near = text.lowercased().nearest(in: names.map { $0.lowercased() })
    return names.first { $0.lowercased() == near }
  }
}

extension PublishedNetwork {
  /// Its layers with one class, padded alike on all sides.
  fileprivate var withoutPadding: Architecture {
    architecture.with(classCount: 1, padding: .symmetric)
  }
}
