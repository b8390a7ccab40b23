public import BinaryInput

extension ErrorCode {
  /// The index of weights in several files is not laid out as one.
  public static let shardsIndex = ErrorCode("shards.index")
  /// An index names a file that is not beside it.
  public static let shardsPath = ErrorCode("shards.path")
  /// A shard was given twice.
  public static let shardsRepeated = ErrorCode("shards.repeated")
  /// A shard has tensors in several places, or some without names.
  public static let shardsGroups = ErrorCode("shards.groups")
  /// A shard lacks tensors that the index promises.
  public static let shardsMissing = ErrorCode("shards.missing")
  /// A shard has tensors that the index does not expect there.
  public static let shardsSurplus = ErrorCode("shards.surplus")
}

extension ShardIndex {
  /// Every code that this target throws, besides those of JSON, `work.budget` and what the shards throw.
  public static let errorCodes: [ErrorCode] = [
    .shardsIndex, .shardsPath, .shardsRepeated, .shardsGroups, .shardsMissing, .shardsSurplus,
  ]
}
