// swift-tools-version: 6.2
import PackageDescription

// A package of somebody else's, which wants single libraries; the name of the checkout's folder does not matter, and a
// target of its own may have the name of one of Graft's folders.
let graft: [Target.Dependency] = [.product(name: "Graft", package: "graft")]
let package = Package(
  name: "consumer",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "graft", path: "../..")],
  targets: [
    .executableTarget(name: "tensors", dependencies: [.product(name: "GraftTensor", package: "graft")]),
    .target(
      name: "Models",
      dependencies: [
        .product(name: "GraftModels", package: "graft"), .product(name: "GraftImages", package: "graft"),
      ]),
    .executableTarget(name: "features", dependencies: ["Models"]),
    // What an outsider comes for, each in a program of at most forty lines.
    .executableTarget(name: "draw", dependencies: graft),
    .executableTarget(name: "fine-tune", dependencies: graft),
    .executableTarget(name: "predict", dependencies: graft),
    .executableTarget(name: "own-masks", dependencies: graft),
    .executableTarget(name: "own-encoder", dependencies: graft),
  ],
  swiftLanguageModes: [.v6]
)
