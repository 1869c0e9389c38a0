import Foundation
import GraftTensor
import GraftWeights
import Testing

/// A network of PyTorch, and what a file has of it.
private let table = NamingTable(
  "Small (torchvision)",
  [
    .init("conv.kernel", from: "features.0.weight", layout: .convolutionOIHW),
    .init("conv.bias", from: "features.0.bias"), .init("stem.kernel", from: "conv1.weight"),
    .init("top.kernel", from: "classifier.1.weight", isOptional: true),
  ], ignorable: ["features.1.num_batches_tracked"], advice: "use Small")
private let model: [(path: String, shape: Tensor.Shape)] = [
  ("conv.kernel", [3, 3, 2, 3]), ("conv.bias", [3]), ("stem.kernel", [2]),
]
private let own: [(name: String, tensor: Tensor)] = [
  ("features.0.weight", .counting([3, 2, 3, 3])), ("features.0.bias", .counting([3])),
  ("conv1.weight", .counting([2])), ("classifier.1.weight", .counting([2, 3])),
  ("features.1.num_batches_tracked", Tensor(1)),
]

private func withFile<Result>(
  of tensors: [(name: String, tensor: Tensor)], _ body: (any WeightFile) throws -> Result
) throws -> Result {
  var result: Result?
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("small.safetensors")
    try SafetensorsFile.write(tensors, to: file)
    result = try body(openWeightFile(at: file))
  }
  return try #require(result)
}

private let prefixes = [
  "module.", "model.", "ema_model.", "net.encoder.", "model.module.", "_orig_mod.module.", "backbone.",
  "module.module.",
  "state.0.net.", "a/b/",
]

@Test(arguments: prefixes, [false, true])
func aNetworkIsFoundBelowAnyPrefix(_ prefix: String, _ hasOthers: Bool) throws {
  let others = hasOthers ? [("n_averaged", Tensor(1)), ("criterion.weight", Tensor.counting([2]))] : []
  let tensors = own.map { (name: prefix + $0.name, tensor: $0.tensor) } + others
  let (loaded, report) = try withFile(of: tensors) { try $0.parameters(model, namedBy: [table]) }
  #expect(loaded["stem.kernel"]?.scalars == [0, 1] && loaded.count == 3)
  #expect(report.takenAway == [prefix] && report.others == others.map(\.0) && report.isComplete)
  #expect(report.ignored == ["classifier.1.weight", "features.1.num_batches_tracked"])
  #expect(report.tensorCount == tensors.count)
  #expect(report.description.contains("Taken away from the names of its tensors: \"\(prefix)\"."))
  #expect(report.description.contains("criterion.weight") == hasOthers)
}

/// Names of the tensors of `own`, in its order, and what stands between their parts.
@Test(
  arguments: [
    (["features.module.0.weight", "features.module.0.bias", "conv1.weight"], ["module."]),
    (
      ["model.features.module.0.weight", "model.features.module.0.bias", "model.conv1.weight"],
      ["model.", "module."]
    ),
    (
      [
        "_fsdp_wrapped_module.features.0._fsdp_wrapped_module.weight",
        "_fsdp_wrapped_module.features.0._fsdp_wrapped_module.bias", "_fsdp_wrapped_module.conv1.weight",
      ], ["_fsdp_wrapped_module."]
    ),
    (
      ["features.body.inner.0.weight", "features.body.inner.0.bias", "conv1.weight"], ["body.inner."]
    ),
    (
      [
        "net._orig_mod.features.module.0.weight", "net._orig_mod.features.module.0.bias",
        "net._orig_mod.conv1.weight",
      ],
      ["net.", "module.", "_orig_mod."]
    ),
  ])
func aNetworkIsFoundWithSomethingBetweenThePartsOfItsNames(_ names: [String], _ takenAway: [String]) throws {
  let tensors = zip(names, own).map { (name: $0, tensor: $1.tensor) }
  let (loaded, report) = try withFile(of: tensors) { try $0.parameters(model, namedBy: [table]) }
  #expect(report.isComplete && loaded["conv.bias"]?.scalars == [0, 1, 2])
  #expect(Set(report.takenAway).isSubset(of: takenAway + ["net._orig_mod."]) && !report.takenAway.isEmpty)
}

@Test func aNetworkThatIsThereTwiceIsRefused() throws {
  let tensors = ["student.", "teacher."].flatMap { prefix in
    own.map { (name: prefix + $0.name, tensor: $0.tensor) }
  }
  let text = try withFile(of: tensors) { file in message { _ = try file.parameters(model, namedBy: [table]) }
  }
  #expect(
    text?.contains("it holds the network 2 times: below \"student.\", \"teacher.\"") == true,
    "\(text ?? "accepted")")
}

@Test func whatIsLeftOverOfTheNetworkItselfIsAnError() throws {
  let tensors =
    own.map { (name: "model.\($0.name)", tensor: $0.tensor) } + [("model.features.7.weight", Tensor(1))]
  let report = try withFile(of: tensors) { file in
    try #require(throws: LoadReport.self) { _ = try file.parameters(model, namedBy: [table]) }
  }
  #expect(report.unplaced == ["features.7.weight"] && report.takenAway == ["model."])
}

@Test func filesOfGraftsOwnAreReadAsTheyAre() throws {
  let tensors = model.map { (name: "encoder.\($0.path)", tensor: Tensor.counting($0.shape)) }
  let graft = NamingTable.graft(paths: model.map(\.path))
  try withFile(of: tensors) { file in
    _ = try #require(throws: LoadReport.self) { _ = try file.parameters(model, namedBy: [graft]) }
  }
}

@Test func aRelativeIsRecognizedBelowAPrefix() throws {
  let other = NamingTable("Other (Keras)", [.init("conv.kernel", from: "conv/conv/kernel:0")])
  let tensors = own.map { (name: "backbone.\($0.name)", tensor: $0.tensor) } + [("head.weight", Tensor(1))]
  let wanted: [(path: String, shape: Tensor.Shape)] = [("conv.kernel", [1])]
  let text = try withFile(of: tensors) { file in
    message { _ = try file.parameters(wanted, namedBy: [other], relatives: [table]) }
  }
  #expect(
    text?.hasSuffix("This looks like Small (torchvision) with \"backbone.\" in its names: use Small.")
      == true,
    "\(text ?? "accepted")")
}

@Test func aFileThatFitsNothingIsComparedWithTheNetworkOfItsOwnFramework() throws {
  let names: [(String, String)] = [
    ("block.0.weight", "Network (torchvision)"), ("a/a/kernel:0", "Network (Keras)"),
    ("a/vars/0", "Network (Keras)"),
    ("conv9/0", "Network (Caffe)"),
  ]
  let tables = [
    NamingTable("Network (Keras)", [.init("kernel", from: "conv/conv/kernel:0")]),
    NamingTable("Network (Caffe)", [.init("kernel", from: "conv1/0")]),
    NamingTable("Network (torchvision)", [.init("kernel", from: "features.0.weight")]),
  ]
  for (name, expected) in names {
    let report = try withFile(of: [(name, Tensor(1))]) { file in
      try #require(throws: LoadReport.self) { _ = try file.parameters([("kernel", [1])], namedBy: tables) }
    }
    #expect(report.table == expected, "\(name)")
  }
}
