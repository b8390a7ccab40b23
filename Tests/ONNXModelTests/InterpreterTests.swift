import BinaryInput
import ONNXModel
import TensorData
import Testing

/// The official operator tests of the ONNX project, from the package `libonnx-testdata`.
@Suite struct InterpreterTests {
  static let root = "/usr/share/libonnx-testdata/data"

  /// Of the tests of single nodes whose operators the interpreter has, those that are left out.
  static let exceptions = [
    "test_training_dropout": "random numbers, as in training",
    "test_training_dropout_default": "random numbers, as in training",
    "test_training_dropout_default_mask": "random numbers, as in training",
    "test_training_dropout_mask": "random numbers, as in training",
    "test_batchnorm_epsilon_training_mode": "statistics of a batch, as in training",
    "test_batchnorm_example_training_mode": "statistics of a batch, as in training",
    "test_identity_opt": "a value that is an optional sequence",
    "test_identity_sequence": "a value that is a sequence",
    "test_cast_FLOAT_to_BFLOAT16": "recorded with truncation in place of rounding to nearest",
    "test_castlike_FLOAT_to_BFLOAT16": "recorded with truncation in place of rounding to nearest",
    "test_castlike_FLOAT_to_BFLOAT16_expanded":
      "recorded with truncation in place of rounding to nearest",
  ]

  /// A category and how many of its tests use only operators that the interpreter has.
  @Test(arguments: [
    ("node", 446), ("pytorch-converted", 73), ("pytorch-operator", 29), ("simple", 5),
  ]) func `official operator tests pass`(_ category: String, _ count: Int) throws {
    var passed = 0
    for name in try FileStatus.entries(of: "\(Self.root)/\(category)")
    where Self.exceptions[name] == nil {
      switch ONNXOperatorTest.run("\(Self.root)/\(category)/\(name)") {
      case .passed: passed += 1
      case .failed(let difference): Issue.record("\(difference)")
      case .unsupported(let operators): #expect(!operators.isEmpty)
      }
    }
    #expect(passed == count)
  }
}
