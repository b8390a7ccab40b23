public import NetworkFamilies
import NetworkProgram

/// What network a file is asked for.
public enum WantedNetwork: Sendable {
  /// Any of the published ones.
  case published
  /// One of those that a name can mean, with any number of classes.
  case named([PublishedNetwork])
  /// That architecture; of a published network with any number of classes.
  case given(Architecture, PublishedNetwork?)
}

/// A candidate and the network that it is held to be.
public struct Assessment: Sendable {
  /// The candidate.
  public let candidate: Candidate
  /// How its tensors fit; to the nearest published network where none was given.
  public let fit: ParameterFit
  /// The published network, where it is one, or was given by its name.
  public let published: PublishedNetwork?
  /// All published networks whose parameters have these very names and shapes, the one that is held to
  /// be it first; none where no library's network was asked about.
  public let fitting: [PublishedNetwork]

  let role: CandidateRole

  /// Whether it is the network that is wanted, whole or without its classifier.
  var isMatch: Bool { fit.isComplete || fit.lacksOnlyClassifier }

  /// Assesses a candidate.
  init(_ candidate: Candidate, as wanted: WantedNetwork, in list: CandidateList) {
    self.candidate = candidate
    role = CandidateRole(candidate, in: list)
    let networks: [PublishedNetwork]
    switch wanted {
    case .given(let architecture, let published):
      let fit = ParameterFit(candidate, to: architecture, takesClassCount: published != nil)
      self.fit = fit
      self.published = published
      fitting = published.map { fit.isComplete ? [$0] : [] } ?? []
      return
    case .published: networks = candidate.publishedNetworks
    case .named(let named): networks = named
    }
    var fits: [ParameterFit] = []
    for network in networks {
      let fit = ParameterFit(candidate, to: network.architecture, takesClassCount: true)
      fits.append(fit)
      // No other GPUNet has these very tensors, all and no more.
      if fit.isWhole, candidate.conventions.isEmpty { break }
    }
    // Of equals the first.
    let best =
      fits.indices.max { left, right in
        !fits[left].isNearer(than: fits[right]) && fits[right].isNearer(than: fits[left])
          || !fits[right].isNearer(than: fits[left]) && !fits[left].isNearer(than: fits[right])
            && left > right
      } ?? 0
    fit = fits[best]
    published = fit.isComplete || fit.lacksOnlyClassifier ? networks[best] : nil
    guard published != nil, !candidate.conventions.isEmpty else {
      fitting = []
      return
    }
    fitting =
      [networks[best]]
      + fits.indices.filter { index in
        // A smaller network may be whole inside a larger one.
        index != best && fits[index].isComplete == fits[best].isComplete
          && fits[index].leftOver.count == fits[best].leftOver.count
          && (fits[index].isComplete || fits[index].lacksOnlyClassifier)
      }.map { networks[$0] }
  }

  /// Whether the networks that fit compute something else, so that names and shapes alone do not say
  /// which it is.
  public var isAmbiguous: Bool {
    guard let first = fitting.first else { return false }
    return fitting.dropFirst().contains { !$0.computesTheSame(as: first) }
  }
}

extension Candidate {
  /// The published networks that its tensors could be of by the names, and where these are many, by the
  /// widths at both ends.
  var publishedNetworks: [PublishedNetwork] {
    guard !conventions.isEmpty else { return PublishedNetwork.gpunets }
    let named = PublishedNetwork.ofLibraries.filter {
      conventions.contains($0.architecture.convention)
    }
    let shapes = Dictionary(
      members.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    let near = named.filter { network in
      let layers = network.architecture.layers
      let anchor = network.architecture.convention.naming?.anchor ?? ""
      let head = network.architecture.label(at: layers.count - 1).units[0].weights + ".weight"
      return shapes[anchor]??.first == layers.first?.outputChannels
        && shapes[head]??.first == layers.last?.outputChannels
    }
    return near.isEmpty ? named : near
  }
}

extension ParameterFit {
  /// Whether the tensors are nearer to this architecture than to another: more of its layers are
  /// here; or as many, and more of its tensors' names; or as many, and less is left over.
  func isNearer(than other: ParameterFit) -> Bool {
    (fittingLayerCount, sharedNameCount, -differenceCount)
      > (other.fittingLayerCount, other.sharedNameCount, -other.differenceCount)
  }

  /// Whether every parameter is here and every tensor one of them.
  var isWhole: Bool { isComplete && leftOver.isEmpty && inert.isEmpty }

  /// How many parameters of the architecture have a tensor in the file.
  private var sharedNameCount: Int {
    sources.values.count { !$0.names.isEmpty } + misshapen.count
  }

  /// How many parameters are missing, of another shape, or not needed.
  private var differenceCount: Int {
    sources.values.count { $0.names.isEmpty } + missing.count + misshapen.count + leftOver.count
      + inert.count
  }
}
