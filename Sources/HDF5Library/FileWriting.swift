public import BinaryInput
internal import CHDF5
internal import CProcessSpawn
public import HDF5Exchange
internal import TensorData

/// A file that is being made.
///
/// Groups keep their order, nothing keeps the time, and everything can be read by version 1.8 of the
/// library.
public final class FileWriting {
  private var file: Handle?
  /// The groups that are there.
  private var groups: Set<[String]> = [[]]
  private var current: DatasetWriting?

  /// Makes a file of what is open as a descriptor.
  ///
  /// - Parameters:
  ///   - descriptor: The open file, whose content is lost; it stays open.
  ///   - closingTheDoor: Whether this process gives up opening anything else.
  /// - Throws: Why it cannot be made.
  public init(descriptor: CInt, closingTheDoor: Bool = false) throws(WorkerFailure) {
    WorkerFailure.prepareLibrary()
    let creation = try Handle(
      H5Pcreate(gph5_file_creation()), closing: H5Pclose, "the file cannot be made")
    let access = try Handle(
      H5Pcreate(gph5_file_access()), closing: H5Pclose, "the file cannot be made")
    try FileWriting.keepOrder(creation)
    try require(H5Pset_libver_bounds(access.id, H5F_LIBVER_V18, H5F_LIBVER_V18), "no such version")
    file = try FileWriting.writing { () throws(WorkerFailure) in
      try Handle(
        unsafe H5Fcreate(
          "/proc/self/fd/\(descriptor)", gph5_truncate(), creation.id, access.id),
        closing: H5Fclose, "the file cannot be made")
    }
    if closingTheDoor, gpc_limit_open_files() != 0 {
      throw WorkerFailure(.request, "the worker cannot limit itself")
    }
  }

  /// Does a part of what makes the file.
  ///
  /// - Throws: What cannot be written; a request that does not belong here.
  public func perform(_ request: WorkerRequest) throws(WorkerFailure) {
    guard let file, current == nil else {
      throw WorkerFailure(.request, "a request before the elements are complete")
    }
    try FileWriting.writing { () throws(WorkerFailure) in
      switch request {
      case .group(let path): try makeGroups(path, in: file)
      case .attribute(let path, let name, let text):
        try attach(text, named: name, to: path, in: file)
      case .dataset(let plan):
        try makeGroups(plan.path.dropLast(), in: file)
        current = try DatasetWriting(plan, in: file)
        try endIfComplete()
      case .link(let path, let original):
        try makeGroups(path.dropLast(), in: file)
        try require(
          unsafe H5Lcreate_hard(
            file.id, FileWriting.text(of: original), file.id, FileWriting.text(of: path),
            gph5_default(), gph5_default()), "a tensor cannot be given another name")
      default: throw WorkerFailure(.request, "a request that does not belong here")
      }
    }
  }

  /// Takes the next bytes of the dataset that was asked for last.
  ///
  /// - Throws: What cannot be written; more bytes than the dataset has.
  public func append(_ bytes: Bytes) throws(WorkerFailure) {
    guard let current else { throw WorkerFailure(.request, "elements of no dataset") }
    try FileWriting.writing { () throws(WorkerFailure) in
      try current.append(bytes)
      try endIfComplete()
    }
  }

  /// Closes the file.
  ///
  /// - Throws: What cannot be written; a dataset whose elements are not complete.
  public func finish() throws(WorkerFailure) {
    guard let file, current == nil else {
      throw WorkerFailure(.request, "the elements are not complete")
    }
    try FileWriting.writing { () throws(WorkerFailure) in
      try require(H5Fflush(file.id, H5F_SCOPE_LOCAL), "the file cannot be written")
    }
    self.file = nil
  }

  private func endIfComplete() throws(WorkerFailure) {
    guard let current, current.isComplete else { return }
    self.current = nil
  }

  /// The path as the library takes it; names have no slashes in them.
  static func text(of path: some Sequence<String>) -> String {
    "/" + path.joined(separator: "/")
  }

  private func makeGroups(
    _ path: some RandomAccessCollection<String>, in file: Handle
  ) throws(WorkerFailure) {
    for end in 0..<(path.count + 1) where !groups.contains(Array(path.prefix(end))) {
      let creation = try Handle(
        H5Pcreate(gph5_group_creation()), closing: H5Pclose, "a group cannot be made")
      try FileWriting.keepOrder(creation)
      let group = try Handle(
        unsafe H5Gcreate2(
          file.id, FileWriting.text(of: path.prefix(end)), gph5_default(), creation.id,
          gph5_default()), closing: H5Gclose, "a group cannot be made")
      withExtendedLifetime(group) {}
      groups.insert(Array(path.prefix(end)))
    }
  }

  /// Keeps the order of links and attributes, and no time.
  private static func keepOrder(_ creation: Handle) throws(WorkerFailure) {
    try require(H5Pset_link_creation_order(creation.id, gph5_ordered()), "no order can be kept")
    try require(H5Pset_attr_creation_order(creation.id, gph5_ordered()), "no order can be kept")
    try require(H5Pset_obj_track_times(creation.id, false), "the time cannot be left out")
  }

  /// Gives a group a text as other programs expect it: of fixed length, in UTF-8.
  private func attach(
    _ text: String, named name: String, to path: [String], in file: Handle
  ) throws(WorkerFailure) {
    try makeGroups(path, in: file)
    var bytes = Array(text.utf8)
    let type = try Handle(H5Tcopy(gph5_type_text()), closing: H5Tclose, "a text has no type")
    // HDF5 has no text of no bytes.
    try require(H5Tset_size(type.id, max(bytes.count, 1)), "a text has no type")
    try require(H5Tset_cset(type.id, H5T_CSET_UTF8), "a text has no type")
    try require(H5Tset_strpad(type.id, H5T_STR_NULLPAD), "a text has no type")
    if bytes.isEmpty { bytes = [0] }
    let space = try Handle(H5Screate(H5S_SCALAR), closing: H5Sclose, "a text has no space")
    let group = try Handle(
      unsafe H5Gopen2(file.id, FileWriting.text(of: path), gph5_default()), closing: H5Gclose,
      "a group cannot be opened")
    let attribute = try Handle(
      unsafe H5Acreate2(
        group.id, name, type.id, space.id, gph5_default(), gph5_default()), closing: H5Aclose,
      "an attribute cannot be made")
    try require(unsafe H5Awrite(attribute.id, type.id, bytes), "an attribute cannot be written")
  }

  /// Says that what the library failed in was writing.
  private static func writing<Result>(
    _ body: () throws(WorkerFailure) -> Result
  ) throws(WorkerFailure) -> Result {
    do {
      return try body()
    } catch {
      var error = error
      if error.reason == .malformed { error.reason = .writing }
      throw error
    }
  }
}
