import BinaryInput
import GPUNetKit
import ModelFiles
import TensorMeasures
import TestSupport
import Testing

private func compare(
  _ left: String, _ right: String, _ options: FileComparison.Options = .init()
) throws -> FileComparison {
  let files = try [left, right].map { try SourceFile(opening: Fixture.path("measures/\($0).pth")) }
  return try FileComparison(files[0], files[1], options)
}

extension TensorPair.Outcome {
  fileprivate var name: String {
    switch self {
    case .same: "same"
    case .reshaped: "reshaped"
    case .otherShape: "shape"
    case .numbers: "numbers"
    case .otherKind: "kind"
    case .unreadable: "unreadable"
    }
  }
}

@Suite struct `Comparing two files` {
  @Test func `finds nothing in a file and itself`() throws {
    for name in ["base", "odd-names", "two-groups", "nameless"] {
      let comparison = try compare(name, name)
      #expect(comparison.isSame)
      #expect(comparison.pairs.allSatisfy { $0.isSame })
    }
  }

  @Test func `tells apart how tensors differ`() throws {
    let comparison = try compare("base", "changed")
    #expect(!comparison.isSame)
    let outcomes = comparison.pairs.map { "\($0.left.name) \($0.outcome.name)" }
    #expect(
      outcomes == [
        "conv.weight numbers", "conv.bias reshaped", "head.weight shape", "head.bias numbers",
      ])
    let names = comparison.renamed.map { "\($0.left.name) \($0.right.name)" }
    #expect(
      names == [
        "bn.weight norm.weight", "bn.bias norm.bias", "bn.running_mean norm.running_mean",
        "bn.num_batches_tracked norm.num_batches_tracked",
      ])
    #expect(comparison.onlyLeft.isEmpty)
    #expect(comparison.onlyRight.map(\.name) == ["scale"])
    guard case .numbers(let weight) = comparison.pairs[0].outcome else { return }
    #expect(weight.differingCount == 1)
    #expect(weight.index == [2, 1, 0, 0])
    #expect(abs(weight.largest - 0.5) < 1e-6)
  }

  @Test func `says a prefix once, on either side`() throws {
    let right = try compare("base", "prefixed")
    #expect(right.leftPrefix.isEmpty)
    #expect(right.rightPrefix == "module.")
    #expect(right.pairs.count == 8)
    #expect(right.pairs.allSatisfy { $0.isSame })
    #expect(right.onlyLeft.isEmpty && right.onlyRight.isEmpty && right.renamed.isEmpty)
    // Other names are a difference.
    #expect(!right.isSame)
    let left = try compare("prefixed", "base")
    #expect(left.leftPrefix == "module.")
    #expect(left.rightPrefix.isEmpty)
    #expect(left.pairs.allSatisfy { $0.isSame })
  }

  @Test func `pairs equal contents by the ends of their names`() throws {
    let comparison = try compare("blocks-a", "blocks-b")
    #expect(comparison.renamed.count == 6)
    for pair in comparison.renamed {
      #expect(pair.left.name.dropFirst() == pair.right.name.dropFirst())
    }
    #expect(comparison.onlyLeft.map(\.name) == ["top"])
    #expect(comparison.onlyRight.map(\.name) == ["stem"])
  }

  @Test func `takes groups by their keys, and all where no key is given`() throws {
    var options = FileComparison.Options()
    options.leftKey = "model"
    options.rightKey = "ema"
    let keyed = try compare("two-groups", "two-groups", options)
    #expect(keyed.pairs.count == 4)
    #expect(keyed.renamed.count == 4)
    let all = try compare("base", "two-groups")
    #expect(all.right.tensors.keys == ["model", "ema"])
    options.leftKey = nil
    options.rightKey = "model"
    #expect(try compare("base", "two-groups", options).isSame)
    options.rightKey = "student"
    #expect {
      try compare("base", "two-groups", options)
    } throws: {
      ($0 as? ReadError)?.code == .tensorsKey
    }
  }

  @Test func `does not ask more of a tensor than to be read`() throws {
    let comparison = try compare("base", "unreadable")
    #expect(comparison.pairs.count == 8)
    #expect(comparison.onlyRight.map(\.name) == ["sparse"])
    let both = try compare("unreadable", "unreadable")
    #expect(both.pairs.count == 9)
    #expect(both.pairs.last?.outcome.name == "unreadable")
    // Nobody can say that these are the same.
    #expect(!both.isSame)
  }

  @Test func `does not trap on views of more bytes than there are numbers for`() {
    #expect {
      try compare("huge-views", "huge-views")
    } throws: {
      ($0 as? ReadError)?.code.rawValue == "tensor.budget"
    }
  }
}
