// swift-tools-version: 6.2
import PackageDescription

// A package of somebody else's, which wants a single library; the name of the checkout's folder does not matter.
let package = Package(
  name: "consumer",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "graft", path: "../..")],
  targets: [
    .executableTarget(name: "consumer", dependencies: [.product(name: "GraftTensor", package: "graft")])
  ],
  swiftLanguageModes: [.v6]
)
