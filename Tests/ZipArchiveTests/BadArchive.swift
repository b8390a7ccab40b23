import BinaryInput
import Testing
import ZipArchive

/// An archive that breaks one rule.
struct BadArchive: Sendable, CustomTestStringConvertible {
  enum Freedom: Sendable {
    /// Both profiles refuse it.
    case none
    /// The general profile accepts it.
    case general
  }

  let testDescription: String
  let code: ErrorCode
  let freedom: Freedom
  let limits: ZipArchive.Limits
  let make: @Sendable () -> (bytes: [UInt8], offset: Int?)

  /// The sample with a change, and the place that the error names.
  init(
    _ text: String, _ code: ErrorCode, freedom: Freedom = .none,
    limits: ZipArchive.Limits = ZipArchive.Limits(),
    at offset: (@Sendable (ArchiveBuilder.Built) -> Int)? = nil,
    _ change: @escaping @Sendable (inout ArchiveBuilder) -> Void
  ) {
    testDescription = text
    self.code = code
    self.freedom = freedom
    self.limits = limits
    make = {
      var builder = ArchiveBuilder.sample
      change(&builder)
      let built = builder.built()
      return (built.bytes, offset?(built))
    }
  }

  /// The sample with changed bytes.
  static func patched(
    _ text: String, _ code: ErrorCode,
    _ change: @escaping @Sendable (inout [UInt8], ArchiveBuilder.Built) -> Void
  ) -> BadArchive {
    BadArchive(text, code) {
      let built = ArchiveBuilder.sample.built()
      var bytes = built.bytes
      change(&bytes, built)
      return bytes
    }
  }

  /// Bytes that are no archive.
  init(_ text: String, _ code: ErrorCode, bytes: @escaping @Sendable () -> [UInt8]) {
    testDescription = text
    self.code = code
    freedom = .none
    limits = ZipArchive.Limits()
    make = { (bytes(), nil) }
  }

  static let all = ends + directories + headers + contents
}

/// Opens an archive and reads all of it.
func readAll(
  _ bytes: [UInt8], _ profile: ZipArchive.Profile,
  limits: ZipArchive.Limits = ZipArchive.Limits()
) throws(ReadError) -> [(entry: ZipArchive.Entry, contents: Bytes)] {
  let archive = try ZipArchive(Bytes(copying: bytes), profile: profile, limits: limits)
  var result: [(entry: ZipArchive.Entry, contents: Bytes)] = []
  for entry in archive.entries {
    result.append((entry, try archive.contents(of: entry)))
  }
  return result
}

/// The code that refuses an archive, or nil.
func code(
  _ bytes: [UInt8], _ profile: ZipArchive.Profile,
  limits: ZipArchive.Limits = ZipArchive.Limits()
) -> ErrorCode? {
  do {
    _ = try readAll(bytes, profile, limits: limits)
    return nil
  } catch {
    return error.code
  }
}

@Suite struct `A bad archive` {
  @Test(arguments: BadArchive.all) func `is refused`(bad: BadArchive) {
    let (bytes, offset) = bad.make()
    do throws(ReadError) {
      _ = try readAll(bytes, .strict, limits: bad.limits)
      Issue.record("accepted in the strict profile")
    } catch {
      #expect(error.code == bad.code, "\(error)")
      if let offset { #expect(error.offset == offset, "\(error)") }
    }
    let general = code(bytes, .general, limits: bad.limits)
    #expect(general == (bad.freedom == .general ? nil : bad.code))
  }

  @Test func `exists for every code`() {
    #expect(Set(BadArchive.all.map(\.code)) == Set(ZipArchive.errorCodes))
    #expect(Set(ZipArchive.errorCodes).count == ZipArchive.errorCodes.count)
  }
}
