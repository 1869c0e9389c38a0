import Foundation
import GraftFiles
import GraftTensor
import Testing

@testable import GraftWeights

/// Files of Tests/Golden/generators/weight_variants.py, in which tensor n is filled with n.
private func expectNumbered(_ file: some WeightFile, _ names: [String], _ numbers: [Float]? = nil) throws {
  #expect(file.names == names)
  for (name, number) in zip(names, numbers ?? names.indices.map(Float.init)) {
    let tensor = try file.tensor(named: name)
    #expect(tensor.scalarCount > 0 && tensor.scalars.allSatisfy { $0 == number }, "\(name)")
  }
}

@Test func weightsThatBelongToAModelItselfAreReadAndWhatNothingListsIsSaid() throws {
  let file = try openWeightFile(at: golden("keras/top_level.h5"))
  try expectNumbered(
    file,
    [
      "dense/net/dense/kernel:0", "dense/net/dense/bias:0", "top_level_model_weights/class_token:0",
      "top_level_model_weights/scale:0",
    ])
  #expect(file.shape(of: "top_level_model_weights/class_token:0") == [1, 1, 3])
  #expect(
    file.notes == [
      "Left out: 1 array that the file does not count among the weights: /model_weights/dense/forgotten.",
      "Left out: the state of the optimizer, 2 arrays below /optimizer_weights.",
    ])
  try withTemporaryFolder { folder in
    let copy = folder.appendingPathComponent("copy.h5")
    try file.write(as: .kerasHDF5, to: copy)
    let written = try openWeightFile(at: copy)
    try expectNumbered(written, file.names)
    #expect(written.notes.isEmpty)
  }
}

@Test func truthValuesAndEnumerationsAreReadAndWhatIsNoNumberIsDescribed() throws {
  let file = try openWeightFile(at: golden("keras/enumerations.h5"))
  let expected: [(name: String, type: String, values: [Double]?)] = [
    ("initialized", "bool", [1]), ("mask", "bool", [1, 0, 1]), ("colours", "int32", [70000, -3, 2]),
    ("large", "int64", [1_099_511_627_776, 1]), ("small", "uint16", [1, 0]), ("vocabulary", "text", nil),
    ("words", "text", nil), ("complex", "records of several fields", nil),
    ("kernel", "float32", [Double](repeating: 7, count: 9)),
  ]
  #expect(file.names == expected.map { "wrapped/\($0.name):0" })
  for (name, (_, type, values)) in zip(file.names, expected) {
    #expect(file.storedType(of: name) == type)
    if let values {
      #expect(try file.doubles(named: name) == values, "\(name)")
    } else {
      let error = #expect(throws: WeightFileError.self) { try file.tensor(named: name) }
      #expect(error?.kind == .unsupported && error?.part?.hasSuffix(name) == true)
    }
  }
  #expect(file.shape(of: "wrapped/mask:0") == [1, 3] && file.shape(of: "wrapped/words:0") == [2])
}

@Test func theFormBeforeKeras1IsRead() throws {
  let names = ["layer_0/param_0", "layer_0/param_1", "layer_2/param_0", "layer_2/param_1"]
  let file = try openWeightFile(at: golden("keras/keras0.h5"))
  #expect(file.names == names && file.metadata == ["keras_version": "0"])
  #expect(file.shape(of: names[0]) == [5, 2, 3, 3] && file.shape(of: names[2]) == [20, 4])
  #expect(try file.tensor(named: names[1]).scalars == [Float](repeating: 1, count: 5))
  // Whether Theano's or TensorFlow's backend trained the kernel, nothing in the file tells.
  let text = message { _ = try file.tensor(named: names[0]) }
  #expect(
    text?.contains("layer_0/param_0: its kernels have their channels first") == true, "\(text ?? "read")")
  try withTemporaryFolder { folder in
    let named = folder.appendingPathComponent("vgg_th_dim_ordering_th_kernels.h5")
    try FileManager.default.copyItem(at: golden("keras/keras0.h5"), to: named)
    let file = try openWeightFile(at: named)
    try expectNumbered(file, names)
    #expect(file.shape(of: names[0]) == [3, 3, 2, 5])
  }
}

@Test func aFileThatAnnouncesMoreLayersThanItHasIsRefused() throws {
  var bytes = try Data(contentsOf: golden("keras/keras0.h5"))
  let place = try #require(bytes.range(of: Data("nb_layers\0".utf8)))
  let value = try #require(bytes[place.upperBound...].range(of: Data([3, 0, 0, 0, 0, 0, 0, 0])))
  bytes[value.lowerBound] = 200
  let text = message { _ = try KerasHDF5File(Bytes([UInt8](bytes), file: URL(fileURLWithPath: "/made.h5"))) }
  #expect(
    text?.contains("announces 200 layers, and there are 3 groups") == true, "\(text ?? "it was accepted")")
}

@Test func namesThatBeginWithASlashStartAtTheFilesRoot() throws {
  let file = try openWeightFile(at: golden("keras/absolute_paths.h5"))
  try expectNumbered(
    file, ["outside/kernel:0", "inside/inside/kernel:0", "shared/scale:0", "elsewhere/kernel:0"])
  #expect(file.notes.isEmpty)
}

@Test func layersOfSubclassedModelsAreCalledByThePathsOfTheFile() throws {
  let file = try openWeightFile(at: golden("keras/subclassed.weights.h5"))
  try expectNumbered(
    file,
    [
      "blocks/dense/vars/0", "blocks/dense_1/vars/0", "encoder/block1_conv1/vars/0",
      "encoder/block1_conv1/vars/1",
      "encoder/layers/conv2d_1/vars/0", "encoder/layers/conv2d_1/vars/1", "fuse/vars/0", "fuse/vars/1",
      "vars/0",
    ], [1, 2, 3, 4, 5, 6, 7, 8, 0])
  #expect(
    file.notes == [
      "Left out: 1 array that the file does not count among the weights: /fuse/seed_generator/vars/0.",
      "Left out: the state of the optimizer, 1 array below /optimizer.",
    ])
}

@Test func caffesHDF5IsNamed() throws {
  try withTemporaryFolder { folder in
    let array = HDF5Writer.Array(type: .uint8, dimensions: [1], byteCount: 1, offset: 0)
    let layer = HDF5Writer.Node.group(.init(members: ["0": .array(array)]))
    for (members, name) in [
      (["data": HDF5Writer.Node.group(.init(members: ["conv1": layer]))], "a Caffe model in HDF5 form"),
      (
        ["iter": .array(array), "learned_net": .array(array), "history": layer], "the state of a Caffe solver"
      ),
    ] {
      let file = folder.appendingPathComponent("snapshot.h5")
      let descriptions = HDF5Writer.descriptions(of: .init(members: members), arraysCount: 8)
      try Data(descriptions + [UInt8](repeating: 0, count: 8)).write(to: file)
      let text = message { _ = try openWeightFile(at: file) }
      #expect(text?.contains(name) == true, "\(text ?? "it was accepted")")
    }
  }
}
