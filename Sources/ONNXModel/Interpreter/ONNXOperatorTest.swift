import BinaryInput
import TensorData

/// A folder with a model and recorded inputs and outputs, as the ONNX project publishes them:
/// `model.onnx`, `test_data_set_N/input_M.pb`, `test_data_set_N/output_M.pb`.
public enum ONNXOperatorTest: Sendable {
  /// Every output is as recorded.
  case passed
  /// The first difference or error, in one line.
  case failed(String)
  /// The model has operators that are not executed.
  case unsupported([String])

  /// By how much a number may differ, as in the official runner: a part of the expected one, and an
  /// absolute one.
  static let relativeTolerance = 1e-3
  static let absoluteTolerance = 1e-7

  /// Executes the model on all recorded inputs and compares the outputs.
  public static func run(_ folder: String) -> ONNXOperatorTest {
    do {
      return try evaluated(folder)
    } catch {
      return .failed("\(folder): \(error)")
    }
  }

  private static func evaluated(_ folder: String) throws(ReadError) -> ONNXOperatorTest {
    let file = try ONNXFile(opening: "\(folder)/model.onnx")
    let unsupported = ONNXInterpreter.unsupportedOperators(of: file)
    guard unsupported.isEmpty else { return .unsupported(unsupported) }
    let interpreter = try ONNXInterpreter(file)
    let sets = try FileStatus.entries(of: folder).filter { $0.hasPrefix("test_data_set_") }
    guard !sets.isEmpty else { return .failed("\(folder): no recorded values") }
    for set in sets {
      let names = Set(try FileStatus.entries(of: "\(folder)/\(set)"))
      func tensor(_ name: String, for value: ONNXValue) throws(ReadError) -> ONNXTensor? {
        guard names.contains(name) else { return nil }
        let tensor = try ONNXTensor(reading: MappedFile(path: "\(folder)/\(set)/\(name)"))
        // NumPy has no such type, so that its bits are recorded as integers.
        guard value.dataType == .bfloat16, tensor.dataType == .uint16,
          case .bytes(let bytes) = tensor.content
        else { return tensor }
        return try ONNXTensor(dataType: .bfloat16, shape: tensor.shape, bytes: bytes)
      }
      var inputs: [String: ONNXTensor] = [:]
      let wanted =
        file.graph.freeInputs.count == names.count { $0.hasPrefix("input_") }
        ? file.graph.freeInputs : file.graph.inputs
      for (index, input) in wanted.enumerated() {
        if let value = try tensor("input_\(index).pb", for: input) { inputs[input.name] = value }
      }
      let outputs = try interpreter.run(inputs)
      var compared = 0
      for (index, (output, value)) in zip(outputs, file.graph.outputs).enumerated() {
        guard let expected = try tensor("output_\(index).pb", for: value) else { continue }
        compared += 1
        if let difference = try output.value.difference(from: expected) {
          return .failed("\(folder)/\(set): output '\(output.name)': \(difference)")
        }
      }
      let recorded = names.count { $0.hasPrefix("output_") }
      guard compared > 0, compared == recorded else {
        return .failed("\(folder)/\(set): compared \(compared) of \(recorded) recorded outputs")
      }
    }
    return .passed
  }
}

extension ONNXTensor {
  /// How the tensor differs from an expected one; nil where it does not.
  fileprivate func difference(from expected: ONNXTensor) throws(ReadError) -> String? {
    guard dataType == expected.dataType, shape == expected.shape else {
      return "expected \(expected.shape) of \(expected.dataType), found \(shape) of \(dataType)"
    }
    if case .strings(let found) = content, case .strings(let wanted) = expected.content {
      return found == wanted ? nil : "the strings differ"
    }
    guard case .bytes(let bytes) = content, case .bytes(let wantedBytes) = expected.content else {
      return "strings and numbers differ"
    }
    guard let tensor, let wanted = expected.tensor, dataType.elementType?.isFloatingPoint == true
    else { return bytes == wantedBytes ? nil : "the elements differ" }
    for (index, (a, b)) in zip(try tensor.doubles(), try wanted.doubles()).enumerated() {
      let bound =
        ONNXOperatorTest.absoluteTolerance + ONNXOperatorTest.relativeTolerance * abs(b)
      // The bound of an infinity would be infinite.
      guard a == b || (a.isNaN && b.isNaN) || (b.isFinite && abs(a - b) <= bound) else {
        return "element \(index): expected \(b), found \(a)"
      }
    }
    return nil
  }
}
