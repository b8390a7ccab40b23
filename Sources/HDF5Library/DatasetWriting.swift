internal import BinaryInput
internal import CHDF5
internal import HDF5Exchange
internal import TensorData

/// A dataset whose elements come in parts of any length and are written run by run.
final class DatasetWriting {
  private let dataset: Handle
  private let type: Handle
  private let space: Handle
  private var runs: ElementRuns
  private var run: ElementRuns.Run?
  private var pending: [UInt8] = []

  /// Makes the dataset.
  init(_ plan: WorkerRequest.DatasetPlan, in file: Handle) throws(WorkerFailure) {
    type = try plan.elementType.libraryType()
    let dimensions = plan.shape.map { hsize_t($0) }
    space =
      dimensions.isEmpty
      ? try Handle(H5Screate(H5S_SCALAR), closing: H5Sclose, "a tensor has no possible shape")
      : try Handle(
        unsafe H5Screate_simple(CInt(dimensions.count), dimensions, nil), closing: H5Sclose,
        "a tensor has no possible shape")
    let creation = try Handle(
      H5Pcreate(gph5_dataset_creation()), closing: H5Pclose, "a dataset cannot be made")
    try require(H5Pset_obj_track_times(creation.id, false), "the time cannot be left out")
    try require(
      H5Pset_fill_time(creation.id, H5D_FILL_TIME_NEVER), "a dataset cannot be made")
    if let level = plan.compression {
      let chunk = plan.run.map { hsize_t($0) }
      try require(unsafe H5Pset_chunk(creation.id, CInt(chunk.count), chunk), "no such chunks")
      try require(H5Pset_shuffle(creation.id), "a dataset cannot be made")
      try require(H5Pset_deflate(creation.id, UInt32(level)), "a dataset cannot be made")
    }
    dataset = try Handle(
      unsafe H5Dcreate2(
        file.id, FileWriting.text(of: plan.path), type.id, space.id, gph5_default(), creation.id,
        gph5_default()), closing: H5Dclose, "a dataset cannot be made")
    runs = ElementRuns(
      shape: plan.shape, elementByteCount: plan.elementType.byteCount, run: plan.run)
    run = plan.shape.contains(0) ? nil : runs.next()
  }

  /// Whether all elements are there.
  var isComplete: Bool { run == nil }

  /// Takes the next bytes.
  func append(_ bytes: Bytes) throws(WorkerFailure) {
    var rest = bytes
    while let run, rest.count > 0 {
      let count = min(run.byteCount - pending.count, rest.count)
      unsafe rest[0..<count].span.withUnsafeBytes { unsafe pending.append(contentsOf: $0) }
      rest = rest[count..<rest.count]
      guard pending.count == run.byteCount else { continue }
      let memory = try run.select(in: space)
      try require(
        unsafe H5Dwrite(
          dataset.id, type.id, memory?.id ?? gph5_all(), memory == nil ? gph5_all() : space.id,
          gph5_default(), pending), "the elements cannot be written")
      pending.removeAll(keepingCapacity: true)
      self.run = runs.next()
    }
    guard rest.count == 0 else {
      throw WorkerFailure(.request, "more elements than the dataset has")
    }
  }
}
