import Foundation
import GraftFiles
import GraftTensor
import TestSupport
import Testing

@testable import GraftWeights

/// What the tensors of a model are called that has a model inside, a normalization without gamma, a wrapped layer, an
/// optimizer and metrics (Tests/Golden/generators/keras_archives.py); in its order, tensor n is filled with n, and its
/// last element with n + 0.25.
private let nested = [
  "inner/inner_conv/vars/0", "inner/inner_conv/vars/1", "inner/inner_norm/vars/0", "inner/inner_norm/vars/1",
  "inner/inner_norm/vars/2", "conv/vars/0", "first/vars/0", "first/vars/1", "wrapper/layer/vars/0",
  "wrapper/layer/vars/1", "second/vars/0", "second/vars/1",
]

private func expectNumbered(_ file: some WeightFile) throws {
  for (number, name) in file.names.enumerated() {
    let tensor = try file.tensor(named: name)
    #expect(tensor.shape == file.shape(of: name))
    let expected = [Float](repeating: Float(number), count: tensor.scalarCount - 1) + [Float(number) + 0.25]
    #expect(tensor.scalars == expected, "\(name)")
  }
}

@Test func anArchiveNamesTensorsAfterTheirLayersInTheOrderOfTheModel() throws {
  let file = try KerasArchiveFile(contentsOf: golden("keras/nested.keras"))
  #expect(file.names == nested)
  try expectNumbered(file)
  #expect(file.shape(of: "inner/inner_conv/vars/0") == [3, 3, 1, 1])
  #expect(file.metadata == ["keras_version": "3.15.1", "date_saved": "2024-06-01@00:00:00"])
  #expect(message { _ = try file.tensor(named: "layers/conv2d/vars/0") }?.contains("no such tensor") == true)
}

@Test func anArchiveOfKeras2TakesTheNamesFromTheModelsDescription() throws {
  let file = try openWeightFile(at: golden("keras/nested_keras2.keras"))
  #expect(file.format == "Keras archive")
  #expect(file.names == nested.filter { !$0.hasPrefix("wrapper") })
  try expectNumbered(file)
}

@Test func withoutNamesTensorsAreCalledByTheirPaths() throws {
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("model.weights.h5")
    let archive = try ZipArchive(Bytes(contentsOf: golden("keras/nested_keras2.keras")))
    let member = try #require(archive["model.weights.h5"])
    let content = try archive.content(of: member, announcedCount: member.count)
    try Data(content.array).write(to: url)
    let file = try openWeightFile(at: url)
    #expect(
      file.names == [
        "layers/conv2d/vars/0", "layers/dense/vars/0", "layers/dense/vars/1", "layers/dense_1/vars/0",
        "layers/dense_1/vars/1", "layers/sequential/layers/batch_normalization/vars/0",
        "layers/sequential/layers/batch_normalization/vars/1",
        "layers/sequential/layers/batch_normalization/vars/2", "layers/sequential/layers/conv2d/vars/0",
        "layers/sequential/layers/conv2d/vars/1",
      ])
    #expect(try file.tensor(named: "layers/dense_1/vars/1").scalars == [9.25])
  }
}

/// The tensors of one model in the form of Keras 2, and what they are called in the form of Keras 3.
private let twins = [
  ("conv_a/conv_a/kernel", "conv_a/vars/0"), ("norm_a/norm_a/gamma", "norm_a/vars/0"),
  ("norm_a/norm_a/beta", "norm_a/vars/1"), ("norm_a/norm_a/moving_mean", "norm_a/vars/2"),
  ("norm_a/norm_a/moving_variance", "norm_a/vars/3"), ("conv_b/conv_b/kernel", "conv_b/vars/0"),
  ("conv_b/conv_b/bias", "conv_b/vars/1"), ("norm_b/norm_b/beta", "norm_b/vars/0"),
  ("norm_b/norm_b/moving_mean", "norm_b/vars/1"), ("norm_b/norm_b/moving_variance", "norm_b/vars/2"),
  ("depthwise/depthwise/kernel", "depthwise/vars/0"), ("depthwise/depthwise/bias", "depthwise/vars/1"),
  ("up/up/kernel", "up/vars/0"), ("up/up/bias", "up/vars/1"), ("dense_a/dense_a/kernel", "dense_a/vars/0"),
  ("dense_a/dense_a/bias", "dense_a/vars/1"), ("predictions/predictions/kernel", "predictions/vars/0"),
  ("predictions/predictions/bias", "predictions/vars/1"),
]

private func expectTwins(_ file: some WeightFile) throws {
  let older = try KerasHDF5File(contentsOf: golden("keras/cnn_batch_norm.h5"))
  #expect(older.names == twins.map(\.0))
  for (name, twin) in twins {
    #expect(try file.tensor(named: twin).scalars == older.tensor(named: name).scalars, "\(twin)")
    #expect(file.shape(of: twin) == older.shape(of: name))
  }
}

@Test func weightsOfKeras3AreThoseOfTheSameModelInTheOlderForm() throws {
  let file = try KerasHDF5File(contentsOf: golden("keras/cnn_batch_norm.weights.h5"))
  try expectTwins(file)
  #expect(Set(file.names) == Set(twins.map(\.1)))
}

/// Keras stores the members of its archives.
private let realArchive = "golden/cnn_batch_norm.keras"

@Test(.enabled(if: TestData.has(realArchive), "real data not found: set GRAFT_TEST_DATA"))
func anArchiveAsKeras3SavesItHoldsTheSameWeightsInTheOrderOfTheModel() throws {
  let file = try openWeightFile(at: TestData.url(realArchive))
  try expectTwins(file)
  #expect(file.names == twins.map(\.1))
}

@Test func bfloat16OfKeras3IsWidened() throws {
  let file = try KerasArchiveFile(contentsOf: golden("keras/bfloat16.keras"))
  #expect(
    try file.tensor(named: "dense/vars/0").scalars
      == [0, 0.333984375, 0.66796875, 1, 1.3359375, 1.6640625])
  #expect(file.storedType(of: "dense/vars/0") == "bfloat16" && file.storedType(of: "dense") == nil)
  #expect(try file.doubles(named: "dense/vars/1").first == -1)
  #expect(try file.tensor(named: "dense/vars/1").scalars == [-1, 1.0002555517425873e30])
}

@Test func aTableByNumbersFindsTheParametersOfANormalizationWithoutGamma() throws {
  let file = try KerasHDF5File(contentsOf: golden("keras/cnn_batch_norm.weights.h5"))
  let others = Set(file.names.filter { !$0.hasPrefix("norm_b/") })
  let withoutGamma = NamingTable(
    "without gamma",
    [
      .init("beta", from: "norm_b/vars/0"), .init("mean", from: "norm_b/vars/1"),
      .init("variance", from: "norm_b/vars/2"),
    ], ignorable: others)
  let (tensors, _) = try file.parameters(
    ["beta", "mean", "variance"].map { ($0, [8]) }, namedBy: [withoutGamma])
  let older = try KerasHDF5File(contentsOf: golden("keras/cnn_batch_norm.h5"))
  #expect(tensors["beta"]?.scalars == (try older.tensor(named: "norm_b/norm_b/beta").scalars))
  #expect(tensors["variance"]?.scalars == (try older.tensor(named: "norm_b/norm_b/moving_variance").scalars))
  // One that expects a gamma does not take beta for it.
  let withGamma = NamingTable(
    "with gamma",
    ["gamma", "beta", "mean", "variance"].enumerated().map {
      .init($0.element, from: "norm_b/vars/\($0.offset)")
    },
    ignorable: others)
  #expect(throws: LoadReport.self) {
    _ = try file.parameters(["gamma", "beta", "mean", "variance"].map { ($0, [8]) }, namedBy: [withGamma])
  }
}

@Test(arguments: [
  ("Conv2D", "conv2d"), ("Conv2DTranspose", "conv2d_transpose"),
  ("BatchNormalization", "batch_normalization"),
  ("GlobalAveragePooling2D", "global_average_pooling2d"), ("PReLU", "p_re_lu"), ("LSTM", "lstm"),
  ("Custom>MyBlock", "my_block"), ("Functional", "functional"),
])
func groupsAreCalledAfterClassesByKerasRule(_ className: String, _ key: String) {
  // Right-hand sides by Keras' own to_snake_case.
  #expect(KerasConfiguration.snakeCase(className) == key)
}

@Test func brokenArchivesAreRefusedWithTheReason() throws {
  let reasons = [
    "missing_weights.keras": "the archive has no model.weights.h5",
    "weights_truncated.keras":
      "model.weights.h5: the file is cut off: it should have 10512 bytes and has 1500",
  ]
  let files = try FileManager.default.contentsOfDirectory(atPath: golden("broken").path)
  #expect(Set(files.filter { $0.hasSuffix(".keras") }) == Set(reasons.keys))
  for (file, reason) in reasons {
    let text = message { _ = try openWeightFile(at: golden("broken/\(file)")) }
    #expect(text?.contains(reason) == true, "\(text ?? "it was accepted")")
  }
}

@Test func layersThatLieTooDeepInEachOtherAreRefused() throws {
  func file(depth: Int) -> Bytes {
    let array = HDF5Writer.Array(type: .uint8, dimensions: [], byteCount: 1, offset: 0)
    var group = HDF5Writer.Group(members: ["vars": .group(.init(members: ["0": .array(array)]))])
    for _ in 0..<depth { group = HDF5Writer.Group(members: ["layers": .group(group)]) }
    return Bytes(
      HDF5Writer.descriptions(of: group, arraysCount: 8) + [7, 0, 0, 0, 0, 0, 0, 0],
      file: URL(fileURLWithPath: "/deep.h5"))
  }
  let sound = try KerasHDF5File(file(depth: 60))
  #expect(try sound.tensor(named: #require(sound.names.first)).scalars == [7])
  let text = message { _ = try KerasHDF5File(file(depth: 100)) }
  #expect(text?.contains("its layers lie more than 64 deep in each other") == true, "\(text ?? "accepted")")
}
