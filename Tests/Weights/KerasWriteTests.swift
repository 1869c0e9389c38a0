import Foundation
import GraftFiles
import GraftTensor
import GraftWeights
import Testing

@Test func writtenKerasFilesHoldTheTensorsInTheirOrder() throws {
  try withTemporaryFolder { folder in
    for source in ["cnn_batch_norm_keras2.h5", "vgg16_narrow_keras1_notop.h5", "storage_v200.h5"] {
      let original = try KerasHDF5File(contentsOf: golden("keras/\(source)"))
      let url = folder.appendingPathComponent(source)
      try KerasHDF5File.write(try original.names.map { ($0, try original.tensor(named: $0)) }, to: url)
      let written = try KerasHDF5File(contentsOf: url)
      #expect(written.names == original.names)
      for name in written.names {
        let (tensor, expected) = (try written.tensor(named: name), try original.tensor(named: name))
        #expect(tensor.shape == expected.shape && tensor.scalars == expected.scalars, "\(name)")
      }
      #expect(written.metadata == ["backend": "tensorflow", "keras_version": "2.1.6"])
    }
  }
}

/// The bytes of this file were loaded by Keras 2 and Keras 3, by order and by name, into equal weights
/// (Tests/Golden/generators/keras_loads.py).
@Test func theFileThatKerasLoadedIsStillWrittenTheSame() throws {
  let original = try KerasHDF5File(contentsOf: golden("keras/cnn_batch_norm_keras2.h5"))
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("weights.h5")
    try KerasHDF5File.write(try original.names.map { ($0, try original.tensor(named: $0)) }, to: url)
    let digest = try Bytes(contentsOf: url).withUnsafeBytes { SHA256.digest(of: $0) }
    #expect(digest == "419f7c71079998b8528f8e8fa48a5bfa5486857303ce1cae90192e7fa01527df")
  }
}

@Test func manyLayersAndLongListsOfNamesAreWrittenAsKerasSplitsThem() throws {
  // More links than two levels of a group's tree hold, and more bytes of names than an attribute has.
  let tensors =
    (0..<1500).map { number in
      ("layer_\(number)/\(String(repeating: "x", count: 60))/kernel:0", Tensor.counting([number % 3 + 1, 2]))
    } + (0..<700).map { ("all/\(String(repeating: "y", count: 100))\($0)", Tensor.counting([1])) }
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("many.h5")
    try KerasHDF5File.write(tensors, to: url)
    let written = try KerasHDF5File(contentsOf: url)
    #expect(written.names == tensors.map(\.0))
    for (name, tensor) in tensors { #expect(try written.tensor(named: name).scalars == tensor.scalars) }
    let bytes = try Data(contentsOf: url)
    #expect(
      bytes.range(of: Data("weight_names1\0".utf8)) != nil
        && bytes.range(of: Data("weight_names\0".utf8)) != nil)
  }
}

@Test func everyTypeAndShapeOfTensorIsWritten() throws {
  let tensors: [(String, Tensor)] = [
    ("a/scalar", Tensor(shape: [], scalars: [0.1])), ("a/empty", Tensor(shape: [0, 3], scalars: [])),
    ("a/größe", Tensor.counting([3])), ("b/half", Tensor.counting([5]).converted(to: .bfloat16)),
    ("b/deep/er/bytes", Tensor.counting([3]).converted(to: .uint8)),
    ("b/deep/integers", Tensor.counting([3]).converted(to: .int32)),
    ("block1.conv1.kernel", Tensor.counting([2])),
    ("alone", Tensor.counting([1])),
  ]
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("types.h5")
    try KerasHDF5File.write(tensors, to: url)
    let file = try KerasHDF5File(contentsOf: url)
    #expect(file.names == tensors.prefix(6).map(\.0) + ["block1.conv1/kernel", "alone/alone"])
    for (name, (_, tensor)) in zip(file.names, tensors) {
      let read = try file.tensor(named: name)
      #expect(read.shape == tensor.shape && read.scalars == tensor.converted(to: .float32).scalars, "\(name)")
    }
  }
}

@Test(arguments: ["a//b", "/a", "a/./b", "a/", "a/b\0c", "a/taken/b"])
func namesThatHDF5CannotHoldAreRefused(_ name: String) throws {
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("names.h5")
    let text = message {
      try KerasHDF5File.write([("a/taken", Tensor.counting([1])), (name, Tensor.counting([1]))], to: url)
    }
    #expect(text?.contains("it cannot be written as Keras HDF5") == true, "\(text ?? "it was written")")
    #expect(!FileManager.default.fileExists(atPath: url.path))
  }
}
