// swift-tools-version: 6.2
import PackageDescription

// Readers under libFuzzer, which is a part of the Swift toolchain; scripts/fuzz builds and runs it.
let package = Package(
  name: "graft-fuzzing",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "graft", path: "../..")],
  targets: [
    .target(name: "CFuzzer"),
    .executableTarget(
      name: "graft-fuzz",
      dependencies: [
        "CFuzzer", .product(name: "GraftWeights", package: "graft"),
        .product(name: "GraftTensor", package: "graft"), .product(name: "GraftImages", package: "graft"),
        .product(name: "GraftDatasets", package: "graft"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)
