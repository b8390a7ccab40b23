import BinaryInput
import TensorData
import TestSupport
import Testing
import TorchCheckpoint

@Suite struct `Parameters of types that networks do not compute in` {
  /// The network of `bare.pth` with zeros of another type in place of those parameters that are, or
  /// are not, floating-point numbers.
  private func checkpoint(
    _ type: ElementType, isFloatingPoint: Bool
  ) throws -> [UInt8] {
    let state = try TorchCheckpoint(Fixture.bytes("checkpoints/bare.pth")).stateDict(at: "")
    let tensors = try state.map { name, tensor in
      guard tensor.elementType.isFloatingPoint == isFloatingPoint else {
        return DeferredTensor(tensor, named: name)
      }
      let zeros = [UInt8](repeating: 0, count: tensor.elementCount * type.byteCount)
      return DeferredTensor(
        try Tensor(elementType: type, shape: tensor.shape, storage: Bytes(copying: zeros)),
        named: name)
    }
    return try TorchWriter(TensorFileContent(tensors: tensors), rootName: "in").bytes()
  }

  @Test(arguments: [
    (ElementType.c64, true, "float()"), (.f8e4m3fn, true, "float()"), (.u64, false, "long()"),
  ])
  func `are refused in one line that leads on`(
    type: ElementType, isFloatingPoint: Bool, advice: String
  ) throws {
    let folder = TemporaryFolder()
    let path = try folder.write(checkpoint(type, isFloatingPoint: isFloatingPoint), to: "in.pth")
    let result = try Tool.run(
      "gpunet-convert",
      [path, folder.file("out.gpw"), "--arch", Fixture.path("networks/plain.json")])
    #expect(result.code == 1)
    let line = result.errorOutput.split(separator: "\n").first ?? ""
    #expect(line.hasSuffix("tensor.\(advice) [recognition.mismatch]"), "\(line)")
    #expect(line.contains("found \(type.rawValue), "), "\(line)")
    #expect(!folder.names.contains("out.gpw"))
  }
}
