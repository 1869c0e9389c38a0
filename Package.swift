// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

/// For the targets that read files: unsafe constructs must be marked where they are used.
let readerSettings = swiftSettings + [.strictMemorySafety()]

/// A library target and its product; the folder has the short name, the module the prefix `Graft`.
struct Library {
  let name: String
  let dependencies: [Target.Dependency]
  var settings = swiftSettings
  var testDependencies: [Target.Dependency] = []

  var target: Target {
    .target(
      name: "Graft\(name)", dependencies: dependencies, path: "Sources/\(name)",
      swiftSettings: settings)
  }

  var product: Product { .library(name: "Graft\(name)", targets: ["Graft\(name)"]) }

  var tests: Target {
    .testTarget(
      name: "\(name)Tests",
      dependencies: dependencies + [.byName(name: "Graft\(name)"), "TestSupport"] + testDependencies,
      path: "Tests/\(name)", swiftSettings: swiftSettings)
  }
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

// MARK: Libraries

/// Mapped bytes, safe writing and digests: what every library that touches files shares. In no product of its own.
let files = Target.target(
  name: "GraftFiles", dependencies: ["CGraftKernels"], path: "Sources/Files", swiftSettings: readerSettings)
let filesTests = Target.testTarget(
  name: "FilesTests", dependencies: ["GraftFiles", "TestSupport"], path: "Tests/Files",
  swiftSettings: swiftSettings)

let libraries = [
  Library(
    name: "Tensor", dependencies: ["CGraftCompute", "CGraftKernels", "CGraftLAPACK"],
    testDependencies: ["GraftWeights"]),
  Library(name: "Layers", dependencies: ["GraftTensor"]),
  Library(
    name: "Metrics", dependencies: ["GraftTensor", "CGraftKernels"], testDependencies: ["GraftWeights"]),
  Library(
    name: "Weights", dependencies: ["GraftFiles", "GraftTensor", "CGraftZlib"], settings: readerSettings),
  Library(
    name: "Images", dependencies: ["GraftFiles", "GraftTensor", "CGraftJPEG", "CGraftPNG", "CGraftKernels"],
    settings: readerSettings, testDependencies: ["GraftWeights"]),
  Library(
    name: "Models",
    dependencies: [
      "GraftFiles", "GraftTensor", "GraftLayers", "GraftWeights", "GraftImages", "CGraftSmallEncoder",
    ]),
  Library(
    name: "Datasets", dependencies: ["GraftFiles", "GraftTensor", "GraftImages"], settings: readerSettings),
  Library(
    name: "Training",
    dependencies: [
      "GraftFiles", "GraftTensor", "GraftLayers", "GraftMetrics", "GraftDatasets", "GraftWeights",
      "GraftModels", "GraftImages", "CGraftLMDB",
    ]),
  Library(
    name: "Reports", dependencies: ["GraftFiles", "GraftTensor", "GraftImages"], settings: readerSettings),
  Library(
    name: "Study",
    dependencies: [
      "GraftFiles", "GraftTensor", "GraftLayers", "GraftMetrics", "GraftWeights", "GraftImages",
      "GraftModels", "GraftDatasets", "GraftTraining", "GraftReports",
    ]),
]

let umbrella = Target.target(
  name: "Graft", dependencies: libraries.map { .byName(name: "Graft\($0.name)") }, path: "Sources/Graft",
  swiftSettings: swiftSettings)

// MARK: C libraries, kernels and wrappers (in no product)

let cTargets: [Target] = [
  .systemLibrary(
    name: "CGraftOneDNN", providers: [.apt(["libdnnl-dev"]), .brew(["onednn"])]),
  // LAPACKE finds BLAS and LAPACK by their alternatives, which are OpenBLAS' where that is installed.
  .systemLibrary(
    name: "CGraftLAPACK", pkgConfig: "lapacke",
    providers: [.apt(["liblapacke-dev", "libopenblas-dev"]), .brew(["lapack"])]),
  .systemLibrary(
    name: "CGraftZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
  .systemLibrary(
    name: "CGraftLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"]), .brew(["lmdb"])]),
  .systemLibrary(
    name: "CGraftLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
  .systemLibrary(
    name: "CGraftLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
  // A module map's link line reaches Swift only; C code names its library itself.
  .target(
    name: "CGraftPNG", dependencies: ["CGraftLibPNG"], linkerSettings: [.linkedLibrary("png16")]),
  .target(
    name: "CGraftJPEG", dependencies: ["CGraftLibJPEG"], linkerSettings: [.linkedLibrary("jpeg")]),
  // Carries the weights of a small network in its code.
  .target(name: "CGraftSmallEncoder", exclude: ["small-vgg.safetensors"]),
  .target(name: "CGraftKernels", linkerSettings: [.linkedLibrary("m")]),
  .target(
    name: "CGraftCompute", dependencies: ["CGraftOneDNN"], linkerSettings: [.linkedLibrary("dnnl")]),
]

// MARK: Examples

/// What the programs have in common.
let exampleSupport = Target.target(
  name: "ExampleSupport", dependencies: ["GraftFiles", "GraftModels", "GraftWeights", argumentParser],
  path: "Examples/Support",
  swiftSettings: swiftSettings)

let examples: [Target] = [
  .executableTarget(
    name: "face-segmentation-study",
    dependencies: [
      "GraftDatasets", "GraftFiles", "GraftModels", "GraftStudy", "GraftTensor", "GraftTraining",
      argumentParser, "ExampleSupport",
    ],
    path: "Examples/face-segmentation-study", swiftSettings: swiftSettings),
  .executableTarget(
    name: "extract-features",
    dependencies: [
      "GraftFiles", "GraftImages", "GraftLayers", "GraftModels", "GraftTensor", "GraftWeights",
      argumentParser, "ExampleSupport",
    ],
    path: "Examples/extract-features", swiftSettings: swiftSettings),
  .executableTarget(
    name: "classify-image",
    dependencies: [
      "GraftFiles", "GraftImages", "GraftLayers", "GraftModels", "GraftTensor", "GraftWeights",
      argumentParser,
      "ExampleSupport",
    ],
    path: "Examples/classify-image", swiftSettings: swiftSettings),
  .executableTarget(
    name: "inspect-weights",
    dependencies: [
      "GraftFiles", "GraftLayers", "GraftTensor", "GraftWeights", argumentParser, "ExampleSupport",
    ],
    path: "Examples/inspect-weights", swiftSettings: swiftSettings),
  .executableTarget(
    name: "pretrain-small-encoder",
    dependencies: [
      "GraftDatasets", "GraftFiles", "GraftImages", "GraftLayers", "GraftModels", "GraftTensor",
      "GraftTraining",
      "GraftWeights", argumentParser, "ExampleSupport",
    ],
    path: "Examples/pretrain-small-encoder", swiftSettings: swiftSettings),
  .executableTarget(
    name: "segment-faces",
    dependencies: [
      "GraftFiles", "GraftImages", "GraftLayers", "GraftModels", "GraftTensor", argumentParser,
      "ExampleSupport",
    ],
    path: "Examples/segment-faces", swiftSettings: swiftSettings),
  .executableTarget(
    name: "evaluate-segmentation",
    dependencies: [
      "GraftDatasets", "GraftFiles", "GraftImages", "GraftLayers", "GraftMetrics", "GraftModels",
      "GraftTensor",
      "GraftTraining", "GraftWeights", argumentParser, "ExampleSupport",
    ],
    path: "Examples/evaluate-segmentation", swiftSettings: swiftSettings),
  .executableTarget(
    name: "custom-encoder",
    dependencies: [
      "GraftDatasets", "GraftFiles", "GraftImages", "GraftLayers", "GraftModels", "GraftStudy", "GraftTensor",
      "GraftTraining", "GraftWeights", argumentParser, "ExampleSupport",
    ],
    path: "Examples/custom-encoder", swiftSettings: swiftSettings),
]

// MARK: Tests

let testSupport = Target.target(
  name: "TestSupport",
  dependencies: ["GraftFiles", "GraftTensor", "GraftWeights", "GraftImages", "GraftDatasets"],
  path: "Tests/Support", swiftSettings: swiftSettings)

/// The examples run as processes, which get real signals.
let exampleTests = Target.testTarget(
  name: "ExampleTests",
  dependencies: [
    "face-segmentation-study", "extract-features", "classify-image", "inspect-weights",
    "pretrain-small-encoder", "segment-faces", "evaluate-segmentation", "custom-encoder",
    "ExampleSupport", "GraftStudy", "TestSupport",
  ],
  path: "Tests/Examples", swiftSettings: swiftSettings)

/// What the documentation shows, compiled against the umbrella as users import it.
let usageTests = Target.testTarget(
  name: "UsageTests", dependencies: ["Graft", "TestSupport"], path: "Tests/Usage",
  swiftSettings: swiftSettings)

let package = Package(
  name: "graft",
  platforms: [.macOS(.v15)],
  products: libraries.map(\.product) + [.library(name: "Graft", targets: ["Graft"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0")
  ],
  targets: [files] + libraries.map(\.target) + [umbrella] + cTargets + [exampleSupport] + examples
    + [testSupport]
    + [filesTests] + libraries.map(\.tests) + [exampleTests, usageTests],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .gnu2x
)
