import BinaryInput
import ONNXModel
import TestSupport
import Testing

/// The official operator tests of the ONNX project, from the package `libonnx-testdata`.
@Suite struct OfficialFileTests {
  @Test func `every model and every tensor of the official tests is read`() throws {
    var modelCount = 0
    var tensorCount = 0
    for category in ["node", "pytorch-converted", "pytorch-operator", "simple"] {
      let folder = "/usr/share/libonnx-testdata/data/\(category)"
      for test in try FileStatus.entries(of: folder) {
        let file = try ONNXFile(opening: "\(folder)/\(test)/model.onnx")
        #expect(!file.graph.outputs.isEmpty)
        modelCount += 1
        for set in try FileStatus.entries(of: "\(folder)/\(test)")
        where set.hasPrefix("test_data_set_") {
          // Sequences and optional values are messages of other kinds.
          guard (file.graph.inputs + file.graph.outputs).allSatisfy({ !$0.isOther }) else {
            continue
          }
          for name in try FileStatus.entries(of: "\(folder)/\(test)/\(set)")
          where name.hasSuffix(".pb") {
            let path = "\(folder)/\(test)/\(set)/\(name)"
            _ = try ONNXTensor(reading: try MappedFile(path: path))
            tensorCount += 1
          }
        }
      }
    }
    #expect(modelCount == 1072)
    #expect(tensorCount == 3_138)
  }
}
