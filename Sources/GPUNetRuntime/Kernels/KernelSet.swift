public import BinaryInput
internal import CGPUNetKernels
import Glibc

extension ErrorCode {
  /// `GPUNET_CPU` names kernels that this program or this processor does not have.
  public static let runtimeKernels = ErrorCode("runtime.kernels", .request)
}

/// The kernels for one instruction set.
///
/// `@unchecked Sendable`: the table is a constant of the program.
@safe public struct KernelSet: @unchecked Sendable {
  let table: UnsafePointer<gpk_kernels>

  /// The environment variable that overrides the choice: `scalar`, `avx2`, `avx512` or `neon`.
  public static let environmentVariable = "GPUNET_CPU"

  /// The kernels that this program has, best first, whether or not this processor can run them.
  public static var all: [KernelSet] {
    (0..<gpk_kernels_count()).map { unsafe KernelSet(table: gpk_kernels_at($0)) }
  }

  /// The best kernels that this processor can run, or those that `GPUNET_CPU` names.
  ///
  /// - Throws: `runtime.kernels` where it names none that this processor can run.
  public static func preferred() throws(ReadError) -> KernelSet {
    let supported = all.filter(\.isSupported)
    guard let value = unsafe getenv(environmentVariable) else {
      // The portable kernels are always among them.
      return supported[0]
    }
    let name = unsafe String(cString: value)
    guard let named = supported.first(where: { $0.name == name }) else {
      throw ReadError(
        .runtimeKernels,
        all.contains { $0.name == name }
          ? "this processor cannot run these kernels" : "there are no such kernels",
        path: [environmentVariable],
        expected: supported.map(\.name).joined(separator: ", "), found: name)
    }
    return named
  }

  /// `avx512`, `avx2`, `neon` or `scalar`.
  public var name: String { unsafe String(cString: table.pointee.name) }

  /// The features that the processor needs: `avx512f fma`.
  public var neededFeatures: String { unsafe String(cString: table.pointee.needs) }

  /// Whether this processor has the features.
  public var isSupported: Bool { unsafe table.pointee.is_supported() }

  /// The largest register tile of convolutions, pixels × blocks of 16 channels: `14×2`.
  public var tile: String {
    unsafe "\(table.pointee.tile_pixels)×\(table.pointee.tile_blocks)"
  }
}

/// What this processor can do.
public enum ProcessorFeatures {
  /// The features among those that matter to kernels, and whether they are present.
  public static var all: [(name: String, isPresent: Bool)] {
    var features: [(name: String, isPresent: Bool)] = []
    while let name = unsafe gpk_cpu_feature_at(features.count) {
      features.append((unsafe String(cString: name), gpk_cpu_has_feature_at(features.count)))
    }
    return features
  }
}
