import Foundation
import GraftWeights
import Testing

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
  (Array("layer { name: \"conv1\" }".utf8), "nor another format that Graft knows"),
]

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
