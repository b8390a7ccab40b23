import BinaryInput
import ONNXModel
import TensorData
import TestSupport
import Testing

/// Nodes with more attributes than any operator has.
@Suite struct AttributeTests {
  /// A graph whose first convolution has attributes of these names beside its own.
  private static func bytes(_ names: [String]) throws -> Bytes {
    var file = try ONNXFile(opening: Fixture.path("onnx/tiny-tracing-opset17.onnx"))
    let place = try #require(file.graph.nodes.firstIndex { $0.operatorType == "Conv" })
    file.graph.nodes[place].attributes += names.map { ONNXAttribute($0, .integer(1)) }
    return Bytes(copying: try file.encoded())
  }

  private static func names(_ count: Int) -> [String] { (0..<count).map { "attribute\($0)" } }

  @Test(arguments: [0, 9_999, 19_999]) func `one of many attributes that is given twice is refused`(
    _ index: Int
  ) throws {
    let names = Self.names(20_000)
    let bytes = try Self.bytes(names + [names[index]])
    let error = #expect(throws: ReadError.self) {
      _ = try ONNXFile(reading: bytes, path: "model.onnx")
    }
    #expect(error?.code == .onnxAttribute && error?.found == "'\(names[index])'")
  }
}
