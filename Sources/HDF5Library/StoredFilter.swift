internal import CHDF5
internal import HDF5Exchange

/// A filter that elements went through on their way into the file.
struct StoredFilter: Equatable {
  enum Kind: Equatable {
    case deflate, shuffle, fletcher32
  }

  let kind: Kind
  /// The first of its settings: the number of bytes that are shuffled.
  let setting: Int?

  /// The filters of a dataset.
  ///
  /// - Throws: A filter that is not read, by name and number.
  static func all(in creation: Handle) throws(WorkerFailure) -> [StoredFilter] {
    let count = H5Pget_nfilters(creation.id)
    try require(count, "the filters of the dataset cannot be examined")
    var filters: [StoredFilter] = []
    for index in 0..<UInt32(count) {
      var flags: UInt32 = 0
      var settings = [UInt32](repeating: 0, count: 8)
      var settingCount = settings.count
      var name = [CChar](repeating: 0, count: 128)
      var configuration: UInt32 = 0
      let number = unsafe H5Pget_filter2(
        creation.id, index, &flags, &settingCount, &settings, name.count - 1, &name, &configuration)
      try require(number, "the filters of the dataset cannot be examined")
      guard let kind = kinds[Int(number)] else {
        let stated = String(
          decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        throw WorkerFailure(
          .filter, "the elements went through a filter that is not read",
          expected: "deflate, shuffle or fletcher32",
          found: "\(names[Int(number)] ?? (stated.isEmpty ? "a filter" : stated)) (\(number))")
      }
      filters.append(
        StoredFilter(kind: kind, setting: settingCount > 0 ? Int(settings[0]) : nil))
    }
    return filters
  }

  private static let kinds: [Int: Kind] = [1: .deflate, 2: .shuffle, 3: .fletcher32]

  /// The names of filters as the list of registered ones has them.
  private static let names: [Int: String] = [
    4: "szip", 5: "nbit", 6: "scaleoffset", 305: "LZO", 307: "bzip2", 32000: "lzf",
    32001: "blosc", 32004: "lz4", 32008: "bitshuffle", 32013: "zfp", 32015: "zstd",
    32017: "SZ", 32026: "blosc2",
  ]
}
