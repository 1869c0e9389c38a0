// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "graft-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "graft", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
  ],
  targets: [
    .executableTarget(
      name: "graft-benchmark",
      dependencies: [
        .product(name: "GraftTraining", package: "graft"),
        .product(name: "GraftModels", package: "graft"),
        .product(name: "GraftMetrics", package: "graft"),
        .product(name: "GraftLayers", package: "graft"),
        .product(name: "GraftTensor", package: "graft"),
        .product(name: "GraftImages", package: "graft"),
        .product(name: "GraftDatasets", package: "graft"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
