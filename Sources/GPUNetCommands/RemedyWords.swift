import BinaryInput

/// How one asks these tools for the remedies that libraries know: the one place where an error meets
/// an option.
package enum RemedyWords {
  /// The words for each remedy, by its name.
  static let table: [String: @Sendable (Remedy) -> String] = [
    "allow-hard-links": { _ in "--allow-hard-links allows other names" },
    "allow-more-bytes": { _ in "a larger --max-bytes allows it" },
    "allow-more-pixels": { _ in "a larger --max-pixels allows it" },
    "allow-nonfinite": { _ in
      "--allow-nonfinite converts it all the same, without a proof"
    },
    "allow-truncated": { _ in "--allow-truncated goes on with what there is" },
    "allow-unused": { _ in "gpunet-convert leaves them out with --allow-unused" },
    "compare-with-recording": { _ in
      "give recorded outputs with --golden; only a .gpw file carries a fingerprint"
    },
    "convert-elements": { _ in "--dtype f32 converts the elements" },
    "convert-with-verification": { _ in
      "convert it again without --no-verify, or give recorded outputs with --golden"
    },
    "describe-network": { _ in "describe the network with --arch FILE or --arch NAME" },
    "fewer-threads": { _ in "use fewer --threads" },
    "fold-norms": { _ in "leave out --keep-batch-norm" },
    "fold-or-leave-layout": { _ in "leave out --keep-batch-norm or --layout" },
    "give-architecture": { _ in
      "check --arch: strides, padding or classes are not those of the recorded network"
    },
    "keep-unknown-classes": { _ in
      "--allow-opaque keeps such objects unread, without executing anything"
    },
    "known-networks": { _ in
      "gpunet-inspect --list-networks says which are known; rename the parameters if it is one of them "
        + "under other names, or carry them over with gpunet-convert --tensors-only"
    },
    "larger-resolution": { _ in "use a larger --resolution" },
    "leave-out-architecture": { _ in "leave out --arch: the graph states its layers" },
    "leave-out-verification": { _ in "convert with --no-verify" },
    "name-network": { remedy in
      "name it with " + remedy.subjects.prefix(10).map { "--arch \($0)" }.joined(separator: " or ")
    },
    "name-state-dict": { remedy in
      "name one with "
        + remedy.subjects.prefix(10).map { "--key \(shellWord($0))" }.joined(separator: " or ")
    },
    "other-architecture": { remedy in
      "leave out --arch, or give --arch \(remedy.subjects.joined(separator: " "))"
    },
    "other-average": { _ in "use --ema auto or name the state dict with --key" },
    "replace-output": { _ in "use --force to replace it" },
    "right-architecture": { _ in
      "give the right architecture or size (--arch, --resolution), or repair the checkpoint"
    },
    "smaller-resolution": { _ in "use a smaller --resolution" },
    "state-kernel-layout": { _ in "say it with --layout-of-kernels hwio or oihw" },
  ]

  /// A text as a shell takes it for one word.
  static func shellWord(_ text: String) -> String {
    let isPlain = text.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "._-/".contains($0))
    }
    return isPlain && !text.isEmpty ? text : "'\(text.replacing("'", with: "'\\''"))'"
  }

  /// The names of all remedies that have words.
  package static var names: Set<String> { Set(table.keys) }

  /// A remedy as a message of a tool says it.
  static func text(_ remedy: Remedy) -> String {
    table[remedy.name]?(remedy) ?? remedy.phrase
  }
}
