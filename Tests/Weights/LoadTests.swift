import Foundation
import GraftTensor
import GraftWeights
import Testing

/// A model of one convolution and one dense layer behind a flattened 2×2 image of three channels.
private let model: [(path: String, shape: Tensor.Shape)] = [
  ("conv.kernel", [3, 3, 2, 3]), ("conv.bias", [3]), ("dense.kernel", [12, 5]),
]

private let torch = NamingTable(
  "Small (torchvision)",
  [
    .init("conv.kernel", from: "features.0.weight", layout: .convolutionOIHW),
    .init("conv.bias", from: "features.0.bias"),
    .init(
      "dense.kernel", from: "classifier.0.weight",
      layout: .denseOIFlattenedCHW(channels: 3, height: 2, width: 2)),
    .init("top.kernel", from: "classifier.3.weight", layout: .denseOI, isOptional: true),
  ], ignorable: ["features.0.num_batches_tracked"])

private let keras = NamingTable(
  "Small (Keras)",
  [
    .init("conv.kernel", from: "conv/kernel:0", "conv/kernel"),
    .init("conv.bias", from: "conv/bias:0", "conv/bias"),
    .init("dense.kernel", from: "dense/kernel:0", "dense/kernel"),
  ])

private let normalized = NamingTable(
  "Small with batch normalisation",
  [.init("conv.kernel", from: "features.0.weight"), .init("norm", from: "features.1")],
  advice: "use .batchNormalized")

private let torchTensors: [(name: String, tensor: Tensor)] = [
  ("features.0.weight", .counting([3, 2, 3, 3])), ("features.0.bias", .counting([3])),
  ("classifier.0.weight", .counting([5, 12])),
]

/// Writes tensors to a safetensors file and loads the model from it.
private func load(
  _ tensors: [(name: String, tensor: Tensor)], _ tables: [NamingTable] = [keras, torch],
  relatives: [NamingTable] = []
) throws -> (tensors: [String: Tensor], report: LoadReport) {
  var result: (tensors: [String: Tensor], report: LoadReport)?
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("small.safetensors")
    try SafetensorsFile.write(tensors, to: file)
    result = try openWeightFile(at: file).parameters(model, namedBy: tables, relatives: relatives)
  }
  return try #require(result)
}

private func report(
  _ tensors: [(name: String, tensor: Tensor)], _ tables: [NamingTable] = [keras, torch],
  relatives: [NamingTable] = []
) throws -> LoadReport {
  try #require(throws: LoadReport.self) { _ = try load(tensors, tables, relatives: relatives) }
}

@Test func theTableThatFitsIsChosenAndTheLayoutsChanged() throws {
  let (tensors, report) = try load(torchTensors)
  #expect(report.table == "Small (torchvision)")
  #expect(report.isComplete)
  #expect(report.loaded.map(\.path) == model.map(\.path))
  #expect(report.loaded.map(\.fileName) == torchTensors.map(\.name))
  #expect(tensors.mapValues(\.shape) == Dictionary(uniqueKeysWithValues: model.map { ($0.path, $0.shape) }))

  let stored = Tensor.counting([3, 2, 3, 3]).scalars
  let kernel = try #require(tensors["conv.kernel"]).scalars
  for (output, input, row, column) in [(0, 0, 0, 0), (2, 1, 0, 2), (1, 0, 2, 1)] {
    #expect(
      kernel[((row * 3 + column) * 2 + input) * 3 + output]
        == stored[((output * 2 + input) * 3 + row) * 3 + column])
  }
  let dense = try #require(tensors["dense.kernel"]).scalars
  for (output, channel, row, column) in [(0, 0, 0, 0), (4, 2, 0, 1), (3, 1, 1, 0)] {
    #expect(
      dense[((row * 2 + column) * 3 + channel) * 5 + output]
        == Float(output * 12 + (channel * 2 + row) * 2 + column))
  }
}

@Test func eachAlternativeNameIsAccepted() throws {
  for suffix in [":0", ""] {
    let tensors: [(name: String, tensor: Tensor)] = [
      ("conv/kernel\(suffix)", .counting([3, 3, 2, 3])), ("conv/bias\(suffix)", .counting([3])),
      ("dense/kernel\(suffix)", .counting([12, 5])),
    ]
    let (loaded, report) = try load(tensors)
    #expect(report.table == "Small (Keras)")
    #expect(loaded["dense.kernel"]?.scalars == Tensor.counting([12, 5]).scalars)
  }
}

@Test func layersBeyondTheModelAndNeedlessTensorsAreListedAsIgnored() throws {
  let report = try load(
    torchTensors + [("classifier.3.weight", Tensor(1)), ("features.0.num_batches_tracked", Tensor(1))]
  ).report
  #expect(report.ignored == ["classifier.3.weight", "features.0.num_batches_tracked"])
  #expect(report.isComplete)
  #expect(report.description.hasSuffix("3 tensors loaded as Small (torchvision), 2 not needed."))
}

@Test func aTensorWithoutAPlaceIsAnError() throws {
  let report = try report(torchTensors + [("features.9.weight", Tensor(1))])
  #expect(report.unplaced == ["features.9.weight"])
  #expect(
    report.description.contains("1 of 4 tensors have no place in Small (torchvision): features.9.weight."))
}

@Test func aSecondTensorForOneParameterIsAnError() throws {
  let report = try report([
    ("conv/kernel:0", .counting([3, 3, 2, 3])), ("conv/kernel", .counting([3, 3, 2, 3])),
    ("conv/bias", .counting([3])), ("dense/kernel", .counting([12, 5])),
  ])
  #expect(report.unplaced == ["conv/kernel"])
}

@Test func aMissingParameterIsAnError() throws {
  let report = try report(Array(torchTensors.dropLast()))
  #expect(report.missing == ["dense.kernel"])
  #expect(report.description.contains("1 of 3 parameters are not in the file: dense.kernel."))
}

@Test func anotherShapeIsAnErrorThatNamesBoth() throws {
  var tensors = torchTensors
  tensors[0].tensor = .counting([4, 2, 3, 3])
  let report = try report(tensors)
  let mismatch = try #require(report.mismatched.first)
  #expect(mismatch.wanted == [3, 3, 2, 3])
  #expect(mismatch.found == [3, 3, 2, 4])
  #expect(report.description.contains("features.0.weight is 3×3×2×4, and conv.kernel is 3×3×2×3."))
}

@Test func aTensorThatCannotTakeTheLayoutIsShownAsStored() throws {
  var tensors = torchTensors
  tensors[2].tensor = .counting([5, 13])
  #expect(try report(tensors).mismatched.first?.found == [5, 13])
}

@Test func aFileOfARelativeIsRecognizedAndTheAdviceGiven() throws {
  let tensors: [(name: String, tensor: Tensor)] = [
    ("features.0.weight", .counting([3, 2, 3, 3])), ("features.1", .counting([3])),
  ]
  let text = try report(tensors, relatives: [normalized]).description
  #expect(text.contains("1 of 2 tensors have no place in Small (torchvision): features.1."))
  #expect(text.hasSuffix("This looks like Small with batch normalisation: use .batchNormalized."))
}

@Test func aSmallerRelativeWhoseNamesAreAllKnownIsRecognizedToo() throws {
  let small = NamingTable(
    "Smaller", [.init("a", from: "features.0.weight"), .init("b", from: "features.0.bias")])
  let report = try report(Array(torchTensors.dropLast()), relatives: [keras, small])
  #expect(report.missing == ["dense.kernel"])
  #expect(report.resemblance == .init(name: "Smaller", advice: nil, takenAway: []))
}

@Test func aFileWithTheModelsOwnPathsNeedsNoTable() throws {
  let tensors = model.map { (name: $0.path, tensor: Tensor.counting($0.shape)) }
  let (loaded, report) = try load(tensors, [torch, .graft(paths: model.map(\.path))])
  #expect(report.isComplete)
  #expect(loaded["conv.kernel"]?.scalars == Tensor.counting([3, 3, 2, 3]).scalars)
}

@Test func theDigestDependsOnEveryPathShapeAndBitAndNothingElse() {
  let weights = ["b": Tensor.counting([2, 3]), "a": Tensor(1)]
  let digest = weightsDigest(of: weights)
  #expect(digest == weightsDigest(of: ["a": Tensor(1), "b": Tensor.counting([2, 3])]))
  #expect(digest != weightsDigest(of: ["b": Tensor.counting([3, 2]), "a": Tensor(1)]))
  #expect(digest != weightsDigest(of: ["c": Tensor.counting([2, 3]), "a": Tensor(1)]))
  #expect(digest != weightsDigest(of: ["b": Tensor.counting([2, 3]), "a": Tensor(Float(1).nextUp)]))
  // By Python's hashlib.
  #expect(digest == "f5dc717ecef42841afb798ed66dbf3fa343fe4c71167b95be3ab5d68ee572d80")
}
