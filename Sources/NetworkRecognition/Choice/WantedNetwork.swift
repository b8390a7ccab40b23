public import GPUNetIR

/// What network a file is asked for.
public enum WantedNetwork: Sendable {
  /// Any of the published ones.
  case published
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

  let role: CandidateRole

  /// Whether it is the network that is wanted, whole or without its classifier.
  var isMatch: Bool { fit.isComplete || fit.lacksOnlyClassifier }

  /// Assesses a candidate.
  init(_ candidate: Candidate, as wanted: WantedNetwork, in list: CandidateList) {
    self.candidate = candidate
    role = CandidateRole(candidate, in: list)
    switch wanted {
    case .given(let architecture, let published):
      fit = ParameterFit(candidate, to: architecture, takesClassCount: published != nil)
      self.published = published
    case .published:
      var fits: [ParameterFit] = []
      for published in PublishedNetwork.all {
        let fit = ParameterFit(candidate, to: published.architecture, takesClassCount: true)
        fits.append(fit)
        // No other network has these very tensors, all and no more.
        if fit.isWhole { break }
      }
      // Of equals the first.
      let best = fits.indices.max { left, right in
        !fits[left].isNearer(than: fits[right]) && fits[right].isNearer(than: fits[left])
          || !fits[right].isNearer(than: fits[left]) && !fits[left].isNearer(than: fits[right])
            && left > right
      }
      fit = fits[best ?? 0]
      published = fit.isComplete || fit.lacksOnlyClassifier ? PublishedNetwork.all[best ?? 0] : nil
    }
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
