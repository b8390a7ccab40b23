// swift-format-ignore-file: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
import CGPUNet
import GPUNetRuntime

private let version = TextMemory([packageVersion])

@c @implementation
public func gpunet_abi_version() -> CInt { GPUNET_ABI_VERSION }

@c @implementation
public func gpunet_version() -> UnsafePointer<CChar>? { unsafe version[0] }
