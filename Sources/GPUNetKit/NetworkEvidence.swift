import BinaryInput
import ModelFiles
import NetworkFamilies
import NetworkProgram
import NetworkRecognition
import StrictJSON
import TensorData

/// What says which network of a library a file holds where names and shapes fit several: what was asked
/// for, a model hub's configuration beside the file, the file's digest, and what training noted in it.
struct NetworkEvidence {
  /// The network that everything agrees on; nil where nothing says more than names and shapes do.
  private(set) var settled: ArchitectureChoice?
  /// How its images are prepared, where the configuration beside the file says it.
  private(set) var preprocessing: Preprocessing?

  /// Something that names a network.
  private struct Piece {
    /// What it is, for people.
    let title: String
    /// The networks that it can mean.
    let networks: [PublishedNetwork]
  }

  /// Gathers what there is, and lets it decide.
  ///
  /// - Parameters:
  ///   - file: The file.
  ///   - facts: What the file says beside its tensors.
  ///   - choice: The tensors that were taken, and the networks that these could be of.
  ///   - given: What was asked for.
  /// - Throws: `recognition.ambiguous` where several networks fit and nothing decides;
  ///   `recognition.contradiction` where two things say something else.
  init(
    _ file: SourceFile, _ facts: [TensorFact], for choice: NetworkChoice,
    given: ArchitectureChoice?
  ) throws(ReadError) {
    let taken = choice.taken
    // A described architecture says all that there is to say.
    guard !taken.candidate.conventions.isEmpty, given?.named.isEmpty != true,
      let first = taken.fitting.first
    else { return }
    let hub = HubConfiguration(beside: file.path)
    var pieces: [Piece] = []
    if let given { pieces.append(Piece(title: "what was asked for", networks: given.named)) }
    if let hub { pieces.append(Piece(title: "config.json beside it", networks: hub.networks)) }
    if let match = NetworkCatalogue.published(sha256: file.sha256()) {
      pieces.append(Piece(title: "its SHA-256", networks: [PublishedNetwork(match)]))
    }
    pieces += NetworkEvidence.notes(facts)
    guard let leading = pieces.first else {
      guard !taken.isAmbiguous else { throw NetworkEvidence.ambiguous(taken.fitting) }
      settled = ArchitectureChoice(first)
      return
    }
    // What a piece can mean, of what fits.
    var possible = taken.fitting
    var former = leading
    for piece in pieces {
      let agreeing = possible.filter { network in
        piece.networks.contains { $0.computesTheSame(as: network) }
      }
      guard !agreeing.isEmpty else {
        let others = former.title == piece.title ? "names and shapes" : former.title
        throw ReadError(
          .recognitionContradiction, "\(piece.title) and \(others) say two things",
          expected: NetworkEvidence.list(possible), found: NetworkEvidence.list(piece.networks),
          advice: "find out which is true; what is wrong may be removed or renamed")
      }
      possible = agreeing
      former = piece
    }
    // Of names for the same network that of its library, with the weights where these are known.
    let names = pieces.flatMap(\.networks).filter { named in
      possible.contains {
        $0.computesTheSame(as: named) && $0.architecture.convention == named.architecture.convention
      }
    }
    guard names.allSatisfy({ $0.computesTheSame(as: possible[0]) }),
      possible.allSatisfy({ $0.computesTheSame(as: possible[0]) })
    else { throw NetworkEvidence.ambiguous(possible) }
    settled = ArchitectureChoice(
      names.first { $0.weights != nil } ?? names.first ?? possible[0])
    preprocessing = hub?.preprocessing
  }

  /// The names that trainers keep the network's name under.
  private static let noteKeys: Set<String> = ["arch", "architecture", "model", "model_name"]

  private static func notes(_ facts: [TensorFact]) -> [Piece] {
    facts.compactMap { fact in
      guard let key = fact.path.split(separator: ".").last, noteKeys.contains(String(key)) else {
        return nil
      }
      let networks = PublishedNetwork.named(fact.value)
      return networks.isEmpty ? nil : Piece(title: "'\(fact.path)' in it", networks: networks)
    }
  }

  private static func ambiguous(_ networks: [PublishedNetwork]) -> ReadError {
    ReadError(
      .recognitionAmbiguous,
      "names and shapes are those of several networks, which compute something else with them",
      expected: "one", found: list(networks), remedy: .nameNetwork(networks.map(\.name)))
  }

  /// The networks and what tells them apart.
  private static func list(_ networks: [PublishedNetwork]) -> String {
    let shown = networks.prefix(10).map { network in
      let rules = network.architecture.rules
      return "\(network.name) (epsilon \(rules.epsilon), padding \(rules.padding))"
    }
    let rest = networks.count > 10 ? " and \(networks.count - 10) more" : ""
    return shown.joined(separator: ", ") + rest
  }
}

/// What a model hub's `config.json` says: the network, and how its images are prepared.
private struct HubConfiguration {
  let networks: [PublishedNetwork]
  let preprocessing: Preprocessing?

  /// The largest file that is taken for one.
  private static let largestByteCount = 1 << 20

  /// Reads the configuration in the folder of a file; nil where there is none that names a known network.
  init?(beside path: String) {
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? ""
    guard let bytes = try? MappedFile(path: folder + "config.json").bytes,
      bytes.count <= HubConfiguration.largestByteCount,
      let json = try? JSONValue(parsing: bytes), let name = json["architecture"]?.string
    else { return nil }
    let details = json["pretrained_cfg"]
    let tag = details?["tag"]?.string.map { $0.isEmpty ? "" : ".\($0)" } ?? ""
    // Hubs keep the networks of timm so, under its names.
    networks =
      [PublishedNetwork.named("timm/\(name)\(tag)"), PublishedNetwork.named(name)]
      .first { !$0.isEmpty } ?? []
    guard !networks.isEmpty else { return nil }
    func numbers(_ key: String) -> [Double] {
      details?[key]?.array?.compactMap(\.double) ?? []
    }
    let stated = Preprocessing(
      mean: numbers("mean"), standardDeviation: numbers("std"),
      interpolation: details?["interpolation"]?.string ?? "",
      cropFraction: details?["crop_pct"]?.double ?? 0)
    preprocessing = stated.misfit == nil ? stated : nil
  }
}
