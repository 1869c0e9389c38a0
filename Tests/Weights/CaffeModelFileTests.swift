import Foundation
import GraftTensor
import GraftWeights
import TestSupport
import Testing

private let expected = Result { try NPZFile(contentsOf: golden("caffe/expected.npz")) }

/// What Google's protobuf library wrote, and in which shapes; see Tests/Golden/generators/caffe.py.
private let files: [(name: String, network: String, shapes: [(String, Tensor.Shape)])] = [
  (
    "v1", "old",
    [
      ("conv1/0", [4, 3, 3, 3]), ("conv1/1", [4]), ("single/0", [1, 4, 1, 1]), ("single/1", [1]),
      ("fc/0", [5, 8]), ("fc/1", [5]), ("logit/0", [1, 5]), ("logit/1", [1]),
    ]
  ),
  (
    "shapes", "new",
    [
      ("block/conv/0", [1, 2, 3, 3]), ("block/conv/1", [1]), ("norm/0", [6]), ("norm/1", [6]),
      ("norm/2", [1]),
      ("exact/0", [3, 4]), ("exact/1", [3]), ("scalar/0", []),
    ]
  ),
  (
    "mixed", "both",
    [
      ("old/0", [2, 3, 1, 1]), ("old/1", [2]), ("new/0", [4, 6]), ("new/1", [4]), ("pieces/0", [2, 5]),
    ]
  ),
]

@Test(arguments: files.indices)
func caffeModelsHoldWhatProtobufWrote(_ index: Int) throws {
  let (name, network, shapes) = files[index]
  let file = try openWeightFile(at: golden("caffe/\(name).caffemodel"))
  #expect(file.format == "Caffe")
  #expect(file.metadata == ["network": network])
  #expect(file.names == shapes.map(\.0))
  for (tensor, shape) in shapes {
    #expect(file.shape(of: tensor) == shape, "\(tensor)")
    let scalars = try file.tensor(named: tensor).scalars
    let wanted = try expected.get().array(named: "\(name)/\(tensor)").doubles
    #expect(scalars == wanted.map(Float.init), "\(tensor)")
    #expect(try file.doubles(named: tensor) == wanted, "\(tensor)")
  }
}

@Test func caffeModelsSayHowTheirNumbersAreStored() throws {
  let file = try CaffeModelFile(contentsOf: golden("caffe/mixed.caffemodel"))
  #expect(file.storedType(of: "new/0") == "float32")
  #expect(file.storedType(of: "new/1") == "float64")
  #expect(file.storedType(of: "new/2") == nil && file.shape(of: "new") == nil)
  let text = message { _ = try file.tensor(named: "new/2") }
  #expect(text?.contains("It has: old/0, old/1, new/0, new/1, pieces/0.") == true, "\(text ?? "")")
}

@Test func anEndingTellsADamagedCaffeModelFromAnUnknownFile() throws {
  try withTemporaryFolder { folder in
    let bytes = try Data(contentsOf: golden("broken/varint_without_end.caffemodel"))
    let (known, unknown) = (folder.appendingPathComponent("a.caffemodel"), folder.appendingPathComponent("a"))
    for file in [known, unknown] { try bytes.write(to: file) }
    #expect(message { _ = try openWeightFile(at: known) }?.contains("more than ten bytes") == true)
    #expect(message { _ = try openWeightFile(at: unknown) }?.contains("nor another format") == true)
  }
}

@Test func theFirstFormOfCaffeIsRefusedByName() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("v0.caffemodel")
    // A layer whose field 1 is a layer of the first form, called conv1.
    try Data([0x0a, 3, 0x6e, 0x65, 0x74, 0x12, 9, 0x0a, 7, 0x0a, 5] + Array("conv1".utf8)).write(to: file)
    let text = message { _ = try openWeightFile(at: file) }
    #expect(
      text?.contains("byte 7: a layer is described in the first form of Caffe") == true, "\(text ?? "")")
  }
}

@Test func caffeModelsBecomeSafetensors() throws {
  try withTemporaryFolder { folder in
    let file = try CaffeModelFile(contentsOf: golden("caffe/v1.caffemodel"))
    let converted = folder.appendingPathComponent("v1.safetensors")
    try SafetensorsFile.write(
      file.names.map { ($0, try file.tensor(named: $0)) }, metadata: file.metadata, to: converted)
    let copy = try openWeightFile(at: converted)
    #expect(copy.names == file.names && copy.metadata == ["network": "old"])
    for name in file.names {
      #expect(try copy.tensor(named: name).scalars == file.tensor(named: name).scalars)
    }
  }
}

// MARK: Real files

/// How many tensors and numbers a real file has, the sum of their magnitudes, and how the first tensor begins, by
/// Google's protobuf library.
private struct RealModel: CustomTestStringConvertible {
  let path: String
  let tensors, scalars: Int
  let magnitude: Double
  let first: (name: String, shape: Tensor.Shape, scalars: [Float])
  var testDescription: String { path }
}

private let realModels = [
  RealModel(
    path: "caffe-mtcnn/det1", tensors: 13, scalars: 6632, magnitude: 988.167427,
    first: ("conv1/0", [10, 3, 3, 3], [-0.0816471577, -0.0150412451, 0.124573864])),
  RealModel(
    path: "caffe-mtcnn/det2", tensors: 18, scalars: 101_468, magnitude: 2611.14512,
    first: ("conv1/0", [28, 3, 3, 3], [-0.503155231, -0.408885419, -0.292326957])),
  RealModel(
    path: "caffe-ultraface/RFB-320", tensors: 104, scalars: 273_888, magnitude: 33343.7154,
    first: ("245/0", [16, 3, 3, 3], [-0.279611677, -0.310901344, -0.245127589])),
]

@Test(
  .enabled(if: hasRealWeights, "real data not found: set GRAFT_TEST_DATA"), arguments: realModels)
private func realCaffeModelsHoldWhatProtobufReads(_ model: RealModel) throws {
  let path = realWeights.appendingPathComponent("small/\(model.path)")
  let file = try openWeightFile(at: path.appendingPathExtension("caffemodel"))
  #expect(file.names.count == model.tensors && file.names.first == model.first.name)
  #expect(file.shape(of: model.first.name) == model.first.shape)
  let tensors = try file.names.map { try file.tensor(named: $0).scalars }
  #expect(tensors[0].prefix(3) == model.first.scalars[...])
  #expect(tensors.reduce(0) { $0 + $1.count } == model.scalars)
  let magnitude = tensors.joined().reduce(0) { $0 + Double(abs($1)) }
  expectClose(magnitude, model.magnitude, within: 1e-8, model.path)
  // The description names every layer that has weights, except one that only the training had.
  let network = try CaffeNetwork(contentsOf: path.appendingPathExtension("prototxt"))
  let described = Set(network.layers.map(\.name))
  let layers = Set(file.names.map { String($0.prefix { $0 != "/" }) })
  #expect(layers.subtracting(described).isSubset(of: ["conv5-3"]))
  for layer in network.layers {
    guard case .convolution(let convolution) = layer.settings else { continue }
    let shape = try #require(file.shape(of: "\(layer.name)/0"))
    #expect(shape[0] == convolution.outputs)
    #expect(shape[2] == convolution.kernel.height && shape[3] == convolution.kernel.width)
  }
}

@Test(
  .enabled(if: TestData.has("golden"), "golden files not found: set GRAFT_TEST_DATA"))
func bothFormsOfOneNetworkHoldTheSame() throws {
  let old = try openWeightFile(at: TestData.url("golden/vgg_face_narrow_v1.caffemodel"))
  let new = try openWeightFile(at: TestData.url("golden/vgg_face_narrow.caffemodel"))
  #expect(old.names == new.names && old.names.count == 32)
  for name in old.names {
    #expect(old.shape(of: name) == new.shape(of: name), "\(name)")
    #expect(try old.tensor(named: name).scalars == new.tensor(named: name).scalars, "\(name)")
  }
}
