// swift-tools-version: 6.3

import PackageDescription

/// What every Swift target is built with; `Lifetimes` is added where spans are handed out.
let settings: [SwiftSetting] = [
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let level0: [Target] = [
  .target(name: "CDigestKernels"),
  .target(name: "CGPUNet"),
  .target(name: "CGPUNetKernels"),
  .systemLibrary(
    name: "CLibdeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
  .target(name: "CJPEGCoding", dependencies: ["CLibJPEG"]),
  .target(name: "CPNGDecoding", dependencies: ["CLibPNG"]),
  .target(name: "CPictureKernels"),
  .systemLibrary(name: "CHDF5", pkgConfig: "hdf5", providers: [.apt(["libhdf5-dev"])]),
  .systemLibrary(name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
  .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
  .systemLibrary(
    name: "CLibWebP", pkgConfig: "libwebpdemux", providers: [.apt(["libwebp-dev"])]),
  .target(name: "CProcessSpawn"),
  .systemLibrary(
    name: "CProtobufC", pkgConfig: "libprotobuf-c", providers: [.apt(["libprotobuf-c-dev"])]),
  .target(name: "CONNXProto", dependencies: ["CProtobufC"]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
]

let level1: [Target] = [
  .target(name: "BinaryInput"),
  .target(name: "TensorData", dependencies: ["BinaryInput"]),
  .target(name: "Spelling"),
]

let level2: [Target] = [
  .target(name: "Digests", dependencies: ["BinaryInput", "CDigestKernels"]),
  .target(name: "StrictJSON", dependencies: ["BinaryInput"]),
  .target(name: "ZipArchive", dependencies: ["BinaryInput", "CZlib", "Digests"]),
  .target(name: "NetworkProgram", dependencies: ["BinaryInput", "TensorData"]),
  .target(name: "HDF5Exchange", dependencies: ["BinaryInput", "TensorData"]),
]

let level3: [Target] = [
  .target(
    name: "TorchCheckpoint", dependencies: ["BinaryInput", "TensorData", "ZipArchive"]),
  .target(
    name: "NumPyArrays", dependencies: ["BinaryInput", "TensorData", "ZipArchive"]),
  .target(name: "TensorMeasures", dependencies: ["BinaryInput", "Digests", "TensorData"]),
  .target(
    name: "Safetensors", dependencies: ["BinaryInput", "StrictJSON", "TensorData"]),
  .target(
    name: "ShardedWeights", dependencies: ["BinaryInput", "StrictJSON", "TensorData"]),
  .target(
    name: "HDF5Library",
    dependencies: [
      "BinaryInput", "CHDF5", "CLibdeflate", "CProcessSpawn", "HDF5Exchange", "TensorData",
    ]),
  .target(
    name: "HDF5Weights",
    dependencies: ["BinaryInput", "CProcessSpawn", "HDF5Exchange", "StrictJSON", "TensorData"]),
  .target(name: "NetworkFamilies", dependencies: ["BinaryInput", "NetworkProgram", "TensorData"]),
  .target(
    name: "PictureFiles",
    dependencies: ["BinaryInput", "CJPEGCoding", "CLibWebP", "CPNGDecoding"]),
  .target(
    name: "GPWFormat", dependencies: ["BinaryInput", "Digests", "NetworkProgram", "TensorData"]),
]

let level4: [Target] = [
  .target(
    name: "ArchitectureConfiguration",
    dependencies: ["BinaryInput", "NetworkFamilies", "NetworkProgram", "StrictJSON"]),
  .target(
    name: "NetworkRecognition",
    dependencies: ["BinaryInput", "NetworkFamilies", "NetworkProgram", "Spelling", "TensorData"]),
  .target(
    name: "GPUNetValidation", dependencies: ["NetworkFamilies", "NetworkProgram", "TensorData"]),
  .target(
    name: "ONNXModel",
    dependencies: ["BinaryInput", "CONNXProto", "NetworkFamilies", "NetworkProgram", "TensorData"]),
  .target(
    name: "GPUNetRuntime",
    dependencies: ["BinaryInput", "CGPUNetKernels", "GPWFormat", "NetworkProgram", "TensorData"]),
  .target(
    name: "Equivalence",
    dependencies: ["BinaryInput", "GPWFormat", "NetworkProgram", "TensorData"]),
  .target(
    name: "ImagePreparation",
    dependencies: [
      "BinaryInput", "CPictureKernels", "NetworkProgram", "PictureFiles", "TensorData",
    ]),
]

let level5: [Target] = [
  .target(
    name: "ModelFiles",
    dependencies: [
      "ArchitectureConfiguration", "BinaryInput", "Digests", "GPWFormat", "HDF5Weights",
      "NetworkFamilies", "NetworkProgram", "NumPyArrays", "ONNXModel", "Safetensors",
      "ShardedWeights", "Spelling",
      "StrictJSON", "TensorData", "TorchCheckpoint", "ZipArchive",
    ]),
  .target(
    name: "GPUNetKit",
    dependencies: [
      "ArchitectureConfiguration", "BinaryInput", "Digests", "Equivalence",
      "GPUNetRuntime", "GPUNetValidation", "GPWFormat", "ImagePreparation", "ModelFiles",
      "NetworkFamilies", "NetworkProgram", "NetworkRecognition",
      "NumPyArrays", "ONNXModel", "PictureFiles", "Spelling", "StrictJSON", "TensorData",
      "TensorMeasures",
    ]),
  .target(
    name: "GPUNetC", dependencies: ["BinaryInput", "CGPUNet", "GPUNetRuntime", "NetworkProgram"]),
  .target(name: "CommandLineTool", dependencies: ["Spelling"]),
]

let level6: [Target] = [
  .target(
    name: "GPUNetCommands",
    dependencies: [
      "ArchitectureConfiguration", "BinaryInput", "CommandLineTool", "Equivalence",
      "GPUNetKit", "GPUNetRuntime", "GPUNetValidation", "GPWFormat", "HDF5Weights",
      "ImagePreparation", "ModelFiles", "NetworkFamilies", "NetworkProgram", "NetworkRecognition",
      "ONNXModel", "PictureFiles", "Spelling",
      "StrictJSON", "TensorData",
      "TensorMeasures", "TorchCheckpoint",
    ])
]

/// The tools; each is a folder of `Sources` with one line in it.
let tools = ["gpunet-bench", "gpunet-convert", "gpunet-inspect", "gpunet-run", "gpunet-verify"]

/// What reads and writes HDF5 files, started by the tools and by nobody else; it alone links libhdf5.
let worker = "gpunet-hdf5-worker"

let level7: [Target] =
  tools.map { .executableTarget(name: $0, dependencies: ["GPUNetCommands"]) }
  + [.executableTarget(name: worker, dependencies: ["HDF5Library"])]

let libraries = level1 + level2 + level3 + level4 + level5 + level6

/// What the tests of a library need beside what the library needs.
let testDependencies: [String: [Target.Dependency]] = [
  // Recordings are archives of arrays.
  "Equivalence": ["NumPyArrays"],
  // Their models are written to memory.
  "GPUNetC": ["GPWFormat"],
  // Their programs are lowered from layers.
  "NetworkProgram": ["NetworkFamilies"],
  // Their lists of cases are JSON, and of names and shapes only digests are kept.
  "NetworkFamilies": ["Digests", "StrictJSON"],
  // Their lists of cases are JSON with digests of pixels.
  "PictureFiles": ["Digests", "StrictJSON"],
  "ImagePreparation": ["Digests", "StrictJSON"],
  // Their lists of cases are JSON.
  "NumPyArrays": ["StrictJSON"],
  "TensorMeasures": ["StrictJSON"],
  // The shards are of these formats.
  "ShardedWeights": ["Safetensors", "TorchCheckpoint"],
  // Of large files, only digests are kept.
  "TorchCheckpoint": ["Digests"],
]

let tests: [Target] =
  libraries.map { library in
    .testTarget(
      name: "\(library.name)Tests",
      dependencies: [.target(name: library.name), "TestSupport"] + library.dependencies
        + testDependencies[library.name, default: []])
  } + [
    .target(
      name: "TestSupport",
      dependencies: [
        "BinaryInput", "Digests", "NetworkFamilies", "NetworkProgram", "NumPyArrays", "StrictJSON",
        "TensorData",
        "ZipArchive",
      ],
      path: "Tests/TestSupport")
  ]

let targets = level0 + libraries + level7 + tests
for target in libraries + level7 + tests {
  target.swiftSettings = settings
}
for target in targets where ["BinaryInput", "TensorData"].contains(target.name) {
  target.swiftSettings?.append(.enableExperimentalFeature("Lifetimes"))
}

let package = Package(
  name: "gpunet-tools",
  products: [
    .library(name: "GPUNetKit", targets: ["GPUNetKit"]),
    .library(name: "GPUNetRuntime", targets: ["GPUNetRuntime"]),
    // For C; Scripts/install-c-library.sh makes two libraries of it that need no Swift.
    .library(name: "gpunet", type: .static, targets: ["GPUNetC"]),
  ] + (tools + [worker]).map { .executable(name: $0, targets: [$0]) },
  targets: targets,
  swiftLanguageModes: [.v6]
)
