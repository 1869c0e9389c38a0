import Foundation
import GraftFiles
import GraftTensor
import GraftWeights
import Testing

/// What h5py reads from the files (Tests/Golden/generators/hdf5.py).
private struct Expected: Decodable {
  struct Entry: Decodable {
    let name: String
    let shape: [Int]
    let sha256: String
  }
  let metadata: [String: String]
  let tensors: [Entry]

  static let files: [String: Expected] = {
    do {
      let json = try Data(contentsOf: golden("keras/expected.json"))
      return try JSONDecoder().decode([String: Expected].self, from: json)
    } catch {
      Issue.record("Tests/Golden/keras/expected.json: \(error)")
      return [:]
    }
  }()
}

private let copied = [
  "variants.h5", "vgg16_narrow_keras_notop.h5", "vgg16_narrow_keras1_notop.h5", "cnn_batch_norm.h5",
  "cnn_batch_norm_keras2.h5",
]

/// Larger files, which are not in Tests/Golden.
private let sharedGolden = realWeights.deletingLastPathComponent().deletingLastPathComponent()
  .appendingPathComponent("golden")

private func digest(of tensor: Tensor) -> String {
  tensor.withUnsafeBytes { String(SHA256.digest(of: $0).prefix(16)) }
}

private func expectSame(_ file: KerasHDF5File, as expected: Expected) throws {
  #expect(file.names == expected.tensors.map(\.name))
  for entry in expected.tensors {
    let tensor = try file.tensor(named: entry.name)
    #expect(tensor.scalarType == .float32)
    #expect(tensor.shape.dimensions == entry.shape, "\(entry.name)")
    #expect(file.shape(of: entry.name) == tensor.shape)
    #expect(digest(of: tensor) == entry.sha256, "\(entry.name)")
  }
  #expect(file.metadata["backend"] == expected.metadata["backend"])
  #expect(file.metadata["keras_version"] == expected.metadata["keras_version"] ?? "1")
}

@Test(arguments: copied)
func kerasFilesHoldTheTensorsThatH5pyReads(_ name: String) throws {
  let expected = try #require(Expected.files[name])
  try expectSame(KerasHDF5File(contentsOf: golden("keras/\(name)")), as: expected)
}

@Test(
  .enabled(
    if: FileManager.default.fileExists(atPath: sharedGolden.path), "real data not found: \(sharedGolden.path)"
  ))
func largerKerasFilesHoldTheTensorsThatH5pyReads() throws {
  let larger = Expected.files.filter { !copied.contains($0.key) }
  #expect(larger.count == 6)
  for (name, expected) in larger {
    try expectSame(KerasHDF5File(contentsOf: sharedGolden.appendingPathComponent(name)), as: expected)
  }
}

@Test func kerasNamesAreThePathsOfTheDataSetsInTheOrderOfTheModel() throws {
  let one = try KerasHDF5File(contentsOf: golden("keras/vgg16_narrow_keras1_notop.h5"))
  #expect(one.names.prefix(2) == ["block1_conv1/block1_conv1_W_1:0", "block1_conv1/block1_conv1_b_1:0"])
  #expect(one.metadata == ["keras_version": "1"])
  let two = try KerasHDF5File(contentsOf: golden("keras/vgg16_narrow_keras_notop.h5"))
  #expect(two.names.prefix(2) == ["block1_conv1/block1_conv1/kernel:0", "block1_conv1/block1_conv1/bias:0"])
  #expect(two.metadata["backend"] == "tensorflow")
  let three = try KerasHDF5File(contentsOf: golden("keras/cnn_batch_norm.h5"))
  #expect(three.names.first == "conv_a/conv_a/kernel")
  let norm = three.names.filter { $0.hasPrefix("norm_a/") }
  #expect(norm == ["gamma", "beta", "moving_mean", "moving_variance"].map { "norm_a/norm_a/\($0)" })
}

@Test func kerasFilesAreToldByTheirContent() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("weights.bin")
    try FileManager.default.copyItem(at: golden("keras/vgg16_narrow_keras_notop.h5"), to: file)
    #expect(try openWeightFile(at: file).format == "Keras HDF5")
  }
}

@Test func anUnknownNameInAKerasFileIsAnErrorThatSaysSo() throws {
  let file = try KerasHDF5File(contentsOf: golden("keras/vgg16_narrow_keras_notop.h5"))
  #expect(file.shape(of: "fc1/fc1/kernel:0") == nil)
  #expect(message { _ = try file.tensor(named: "fc1/fc1/kernel:0") }?.contains("no such tensor") == true)
}

@Test func float32TensorsOfAKerasFileAreReadInPlace() throws {
  let file = try KerasHDF5File(contentsOf: golden("keras/vgg16_narrow_keras_notop.h5"))
  let name = try #require(file.names.first)
  let (one, other) = (try file.tensor(named: name), try file.tensor(named: name))
  // Two copies would lie at two places.
  #expect(one.withUnsafeBytes { $0.baseAddress } == other.withUnsafeBytes { $0.baseAddress })
}

// MARK: Real files

private struct Manifest: Decodable {
  struct Entry: Decodable {
    struct Summary: Decodable {
      let shape: [Int]
      let first: [Double]
      let sum: Double
      let absoluteMean: Double

      enum CodingKeys: String, CodingKey {
        case shape, first, sum
        case absoluteMean = "abs_mean"
      }
    }
    let tensors: [String: Summary]?
  }
}

@Test(
  .enabled(if: hasRealWeights, "real data not found: \(realWeights.path)"),
  arguments: [
    "keras/vgg19_imagenet_notop.h5", "small/keras-xception/gender_mini_XCEPTION.21-0.95.hdf5",
    "small/keras-xception/tiny_XCEPTION_KDEF.hdf5",
  ])
func publishedModelsHoldTheTensorsOfTheirManifest(_ path: String) throws {
  let json = try Data(contentsOf: realWeights.appendingPathComponent("manifest.json"))
  let manifest = try #require(
    try JSONDecoder().decode([String: Manifest.Entry].self, from: json)[path]?.tensors)
  // Whole models keep their weights in a group, beside what an optimizer left.
  let expected = manifest.filter { !$0.key.hasPrefix("optimizer_weights/") }.map { name, summary in
    (name.hasPrefix("model_weights/") ? String(name.dropFirst("model_weights/".count)) : name, summary)
  }
  let file = try openWeightFile(at: realWeights.appendingPathComponent(path))
  #expect(Set(file.names) == Set(expected.map(\.0)))
  for (name, summary) in expected {
    let tensor = try file.tensor(named: name)
    #expect(tensor.shape.dimensions == summary.shape)
    tensor.withUnsafeScalars { scalars in
      #expect(scalars.prefix(summary.first.count).map(Double.init) == summary.first)
      let sum = scalars.reduce(0.0) { $0 + Double($1) }
      // Only the order of adding differs: far less than one scalar left out or read twice.
      #expect(abs(sum - summary.sum) <= 1e-12 * summary.absoluteMean * Double(scalars.count), "\(name)")
    }
  }
}
