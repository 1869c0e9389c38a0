import Foundation
import GraftTensor
import Testing

@testable import GraftWeights

@Test func filesAreToldByTheirContentAndNotByTheirName() throws {
  try withTemporaryFolder { folder in
    for (source, format) in [("safetensors/mixed.safetensors", "safetensors"), ("npz/half.npz", "npz")] {
      let file = folder.appendingPathComponent("\(format).h5")
      try FileManager.default.copyItem(at: golden(source), to: file)
      #expect(try openWeightFile(at: file).format == format)
    }
  }
}

/// The first bytes of files that are something else, and what the message calls them.
private let strangers: [(bytes: [UInt8], name: String)] = [
  ([], "the file is empty"),
  (Array("<!DOCTYPE html>\n<html><body>Sign in</body></html>".utf8), "a web page"),
  (Array("\u{feff}\n  <HTML>".utf8), "a web page"),
  (Array("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>".utf8), "a web page"),
  (
    Array("version https://git-lfs.github.com/spec/v1\nsize 12\n".utf8),
    "a git-LFS pointer to a file of 12 bytes"
  ),
  ([0x80, 4, 0x95, 0, 0], "a Python pickle"),
  ([0x1f, 0x8b, 8, 0], "a gzip-compressed file"),
  ([UInt8](repeating: 0x61, count: 257) + Array("ustar\u{0}00".utf8), "a tar archive"),
  (Array("MATLAB 5.0 MAT-file, Platform: GLNXA64".utf8), "a MATLAB file"),
  ([8, 4, 0x12, 7] + Array("pytorch".utf8), "an ONNX model"),
  (Array("MATLAB 7.3 MAT-file".utf8), "a MATLAB file"),
  ([8, 7, 0x3a, 2, 0x0a, 0], "an ONNX model"),
  (Array("layer { name: \"conv1\" type: \"ReLU\" }".utf8), "a network description of Caffe (prototxt)"),
  (
    Array("# VGG\nname: \"VGG\"\ninput: \"data\"\nlayers { name: \"a\" type: RELU }".utf8),
    "a network description of Caffe"
  ),
  // A SavedModel: the version 1, then a graph with its tags and nodes.
  ([8, 1, 0x12, 12, 0x0a, 2, 0x22, 0, 0x12, 6, 0x0a, 4, 0x0a, 2, 0x61, 0x62], "a TensorFlow SavedModel"),
  // Core ML: a version, then inputs, outputs and what is told about them.
  ([8, 6, 0x12, 10, 0x0a, 3, 0x0a, 1, 0x78, 0x52, 3, 0x0a, 1, 0x79, 0xca, 0xa0, 1, 0], "a Core ML model"),
  ([8, 1, 0x12, 10, 0x0a, 3, 0x0a, 1, 0x78, 0x52, 3, 0x0a, 1, 0x79], "a Core ML model"),
  // A graph: nodes with their names and operations, and in the end a version.
  ([0x0a, 6, 0x0a, 1, 0x78, 0x12, 1, 0x79, 0x22, 0], "a frozen TensorFlow graph"),
  (
    [UInt8](repeating: 0, count: 40) + [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb],
    "a part of a TensorFlow checkpoint"
  ),
  (Array("model_checkpoint_path: \"model.ckpt\"\n".utf8), "a part of a TensorFlow checkpoint"),
  ([28, 0, 0, 0] + Array("TFL3".utf8) + [0, 0], "a TensorFlow Lite model"),
  ([4, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0] + Array("V 1".utf8), "a Torch7 file"),
  ([3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 4, 0, 0, 0], "a Torch7 file"),
  (Array("4\n1\n3\nV 1\n13\nnn.Sequential\n".utf8), "a Torch7 file"),
  ([1, 1, 1, 9] + Array("loss_mmod".utf8) + [1, 0], "a dlib model"),
  // MATLAB 4: kind, rows, columns, no imaginary part, the length of the name; in either order of bytes.
  (
    [0, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0x61, 0] + [UInt8](repeating: 0, count: 16),
    "a MATLAB file"
  ),
  (
    [0, 0, 3, 0xe8, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0x61, 0]
      + [UInt8](repeating: 0, count: 16), "a MATLAB file"
  ),
  (
    Array("{\"metadata\": {}, \"weight_map\": {\"a\": \"model-00001-of-00002.safetensors\"}}".utf8),
    "an index of safetensors files"
  ),
  ([UInt8](repeating: 0x5a, count: 100), "nor another format that Graft knows"),
]

@Test func theDataOfATensorFlowCheckpointIsToldByItsName() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("model.ckpt.data-00000-of-00001")
    try Data([0, 0, 0, 0, 0, 0, 0x80, 0x3f]).write(to: file)
    #expect(
      message { _ = try openWeightFile(at: file) }?.contains("a part of a TensorFlow checkpoint") == true)
  }
}

@Test func anArchiveWithAWeightFileInItIsToBeUnpacked() throws {
  try withTemporaryFolder { folder in
    for (others, archive) in [
      (["readme.txt"], "a zip file"), (["net-1.0.dist-info/WHEEL"], "a Python package (wheel)"),
    ] {
      let file = folder.appendingPathComponent("packed.zip")
      var writer = try ZipWriter(at: file)
      for name in ["net/weights/net.pth"] + others {
        try writer.add(name, [1, 2], UnsafeRawBufferPointer(start: nil, count: 0))
      }
      try writer.finish()
      let text = message { _ = try openWeightFile(at: file) }
      #expect(
        text?.contains("this is \(archive) with the weight file net/weights/net.pth in it") == true
          && text?.contains("Unpack it first, and name net/weights/net.pth.") == true,
        "\(text ?? "it was accepted")")
    }
  }
}

@Test func aMeanOfCaffeIsAWeightFileOfOneTensor() throws {
  let file = try openWeightFile(at: golden("caffe/mean.binaryproto"))
  let mean = try CaffeMean(contentsOf: golden("caffe/mean.binaryproto"))
  #expect(file.format == "Caffe mean" && file.names == ["mean"])
  let tensor = try file.tensor(named: "mean")
  #expect(tensor.shape == file.shape(of: "mean") && tensor.scalarCount == mean.image.scalarCount)
  #expect(try file.doubles(named: "mean") == tensor.scalars.map(Double.init))
  #expect(throws: WeightFileError.self) { try file.tensor(named: "other") }
}

@Test(arguments: strangers.indices)
func foreignFilesAreNamedForWhatTheyAre(_ index: Int) throws {
  let (bytes, name) = strangers[index]
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("weights.safetensors")
    try Data(bytes).write(to: file)
    let text = message { _ = try openWeightFile(at: file) }
    #expect(text?.contains(name) == true, "\(text ?? "it was accepted")")
  }
}

@Test(arguments: ["html_page.h5", "lfs_pointer.h5", "empty.h5"])
func everyReaderSaysWhatAForeignFileIs(_ name: String) {
  let file = golden("broken/\(name)")
  let words = ["html_page.h5": "web page", "lfs_pointer.h5": "58889256", "empty.h5": "empty"][name] ?? ""
  let readers: [() throws -> Void] = [
    { _ = try NPYArray(contentsOf: file) }, { _ = try NPZFile(contentsOf: file) },
    { _ = try SafetensorsFile(contentsOf: file) }, { _ = try openWeightFile(at: file) },
  ]
  for reader in readers { #expect(message(reader)?.contains(words) == true) }
}

@Test(
  .enabled(if: hasRealWeights, "real data not found: set GRAFT_TEST_DATA"),
  arguments: [
    ("mtcnn-onnx/pnet.onnx", "an ONNX model")
  ])
func realFilesOfOtherFormatsAreRecognized(_ path: String, _ name: String) {
  let text = message { _ = try openWeightFile(at: realWeights.appendingPathComponent("small/\(path)")) }
  #expect(text?.contains(name) == true, "\(text ?? "it was accepted")")
}
