import BinaryInput
import CGPUNet
import GPUNetC
import GPUNetRuntime
import GPWFormat
import NetworkProgram
import TensorData
import TestSupport
import Testing

@Suite struct `A description for C` {
  /// Opens a model that is written to memory.
  private func open(_ model: GPWModel) throws -> OpaquePointer {
    let folder = TemporaryFolder()
    var output = try AtomicOutputFile(path: folder.file("model.gpw"), replacing: false)
    try model.write(to: &output)
    try output.commit()
    let bytes = try MappedFile(path: folder.file("model.gpw")).bytes.array
    var opened: OpaquePointer?
    #expect(unsafe gpunet_model_open_memory(bytes, bytes.count, &opened, nil) == GPUNET_OK)
    return unsafe try #require(opened)
  }

  private func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    unsafe pointer.map { unsafe String(cString: $0) }
  }

  /// Fixtures/make_gpw_fixtures.py says what is in it.
  private func stranger() throws -> GPWModel {
    try GPWModel(GPWFile(Fixture.bytes("gpw/stranger.gpw")))
  }

  @Test func `has what the file says`() throws {
    var file = try stranger()
    file.name = "Nobody's"
    file.labels = ["cat", "köttur 🐈", "zero\0byte"]
    file.assumesPreprocessing = true
    file.preprocessing = Preprocessing(
      mean: [0.125, 0.25, 0.375], standardDeviation: [0.5, 1, 2], interpolation: "bilinear",
      cropFraction: 0.875)
    let model = unsafe try open(file)
    defer { unsafe gpunet_model_free(model) }
    var description = unsafe gpunet_description()
    let size = unsafe MemoryLayout<gpunet_description>.size
    #expect(unsafe gpunet_model_describe(model, &description, size, nil) == GPUNET_OK)
    #expect(unsafe text(description.name) == "Nobody's")
    #expect(unsafe description.input_channels == 3)
    #expect(unsafe description.input_height == 12)
    #expect(unsafe description.input_width == 9)
    #expect(unsafe description.class_count == 3)
    // The weights and biases of the script's list, and two numbers a channel of each norm.
    #expect(unsafe description.parameter_count == 783)
    #expect(unsafe description.mean == (0.125, 0.25, 0.375))
    #expect(unsafe description.standard_deviation == (0.5, 1, 2))
    #expect(unsafe text(description.interpolation) == "bilinear")
    #expect(unsafe description.crop_fraction == 0.875)
    #expect(unsafe description.preprocessing_is_assumed == 1)
    #expect(unsafe description.has_labels == 1)
    #expect(unsafe text(description.kernels) == (try KernelSet.preferred().name))
    let labels = [0, 1, 2, 3, -1, .max].map { unsafe text(gpunet_model_label(model, $0)) }
    #expect(labels == ["cat", "köttur 🐈", "zero", nil, nil, nil])
  }

  @Test func `has nothing where the file says nothing`() throws {
    let model = unsafe try open(stranger())
    defer { unsafe gpunet_model_free(model) }
    var description = unsafe gpunet_description()
    let size = unsafe MemoryLayout<gpunet_description>.size
    #expect(unsafe gpunet_model_describe(model, &description, size, nil) == GPUNET_OK)
    #expect(unsafe description.name == nil)
    #expect(unsafe description.preprocessing_is_assumed == 0)
    #expect(unsafe description.has_labels == 0)
    #expect(unsafe gpunet_model_label(model, 0) == nil)
  }

  @Test func `fits programs of other versions`() throws {
    let model = unsafe try open(stranger())
    defer { unsafe gpunet_model_free(model) }
    let own = unsafe MemoryLayout<gpunet_description>.size
    for size in [8, 16, own - 1, own, own + 24] {
      let memory = unsafe UnsafeMutableRawBufferPointer.allocate(
        byteCount: size + 8, alignment: MemoryLayout<gpunet_description>.alignment)
      defer { unsafe memory.deallocate() }
      unsafe memory.initializeMemory(as: UInt8.self, repeating: 0xA5)
      let place = unsafe memory.baseAddress!.assumingMemoryBound(to: gpunet_description.self)
      #expect(unsafe gpunet_model_describe(model, place, size, nil) == GPUNET_OK)
      if size >= 16 { #expect(unsafe memory.load(fromByteOffset: 8, as: Int.self) == 3) }
      if size > own { #expect(unsafe memory[own..<size].allSatisfy { $0 == 0 }) }
      #expect(unsafe memory[size...].allSatisfy { $0 == 0xA5 }, "\(size) bytes and no more")
    }
  }

  @Test func `states one version`() {
    #expect(gpunet_abi_version() == GPUNET_ABI_VERSION)
    #expect(unsafe text(gpunet_version()) == packageVersion)
  }
}

@Suite struct `A session for C` {
  @Test func `answers what the file records, after its model is freed`() throws {
    let path = Fixture.path("gpw/stranger.gpw")
    let fingerprint = try #require(
      GPWModel(GPWFile(Fixture.bytes("gpw/stranger.gpw"))).fingerprint)
    var model: OpaquePointer?
    #expect(unsafe gpunet_model_open(path, &model, nil) == GPUNET_OK)
    var session: OpaquePointer?
    #expect(unsafe gpunet_session_create(model, 2, 12, 9, 2, &session, nil) == GPUNET_OK)
    unsafe gpunet_model_free(model)
    defer { unsafe gpunet_session_free(session) }
    let image = try Fingerprint.input(channels: 3, resolution: fingerprint.resolution).doubles()
      .map { Float($0) }
    let images = image + image
    var logits = [Float](repeating: .nan, count: 6)
    #expect(unsafe gpunet_session_input_count(session) == images.count)
    #expect(unsafe gpunet_session_output_count(session) == logits.count)
    let status = unsafe gpunet_session_predict(
      session, images, images.count, &logits, logits.count, nil)
    #expect(status == GPUNET_OK)
    let largest = fingerprint.logits.map(abs).max()!
    for (found, expected) in zip(logits, fingerprint.logits + fingerprint.logits) {
      #expect(abs(Double(found) - expected) <= fingerprint.tolerance * largest)
    }
  }
}
