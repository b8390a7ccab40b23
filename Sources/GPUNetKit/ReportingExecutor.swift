import BinaryInput
import NetworkProgram
import TensorData

/// An executor that says which layer it is about to run.
struct ReportingExecutor<Executor: NetworkExecutor>: NetworkExecutor {
  private let executor: Executor
  private let report: @Sendable (_ layer: Int, _ count: Int) -> Void

  /// Puts itself before another executor.
  ///
  /// - Parameters:
  ///   - executor: What runs the network.
  ///   - report: Gets the number of the layer, counted from 1, and how many there are.
  init(_ executor: Executor, report: @escaping @Sendable (_ layer: Int, _ count: Int) -> Void) {
    self.executor = executor
    self.report = report
  }

  var network: Network { executor.network }

  func replacing(_ network: Network) throws(ReadError) -> ReportingExecutor {
    ReportingExecutor(try executor.replacing(network), report: report)
  }

  func runLayer(_ index: Int, on input: Tensor) throws(ReadError) -> Tensor {
    report(index + 1, network.program.layers.count)
    return try executor.runLayer(index, on: input)
  }
}
