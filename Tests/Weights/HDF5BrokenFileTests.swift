import Foundation
import GraftTensor
import GraftWeights
import Testing

/// What each broken file is refused for, by a part of the sentence that says so.
private let reasons: [(file: String, reason: String)] = [
  ("truncated_half.h5", "the file is cut off: it should have 10512 bytes and has 5256"),
  ("truncated_tail.h5", "the file is cut off: it should have 10512 bytes and has 10412"),
  ("empty.h5", "the file is empty"),
  ("html_page.h5", "this is a web page"),
  ("lfs_pointer.h5", "this is a git-LFS pointer to a file of 58889256 bytes"),
  ("bad_superblock.h5", "byte 8: its superblock has version 99"),
  ("zeroed_header.h5", "should begin here with HEAP"),
  (
    "huge_never_written.h5",
    "/conv_a/conv_a/kernel:0 at byte 3184: none of its 268435456 chunks was ever written"
  ),
  (
    "deflate_bomb.h5",
    "/conv_a/conv_a/kernel:0 at byte 3224: its chunks claim 268435456 bytes, out of proportion to a file of 267784"
  ),
  ("external_storage.h5", "/conv_a/conv_a/kernel:0 at byte 3064: its numbers lie in another file"),
  ("external_link.h5", "it is a link into another file (/tmp/other.h5: /data)"),
  ("dangling_link.h5", "/conv_a/conv_a/bias:0: it is only a link to /nowhere"),
  ("missing_dataset.h5", "/conv_a/conv_a/gamma:0 at byte"),
  ("missing_group.h5", "/conv_b at byte 96: it is listed, but the group / has nothing of that name"),
  ("string_dataset.h5", "/conv_a/conv_a/bias:0: it holds text, and numbers are wanted"),
  (
    "fletcher32_mismatch.h5",
    "/conv_a/conv_a/kernel:0: the Fletcher-32 checksum of a chunk does not match: bytes have changed"
  ),
  ("header_continues_in_itself.h5", "its parts are longer together than the file"),
  ("layer_with_two_names.h5", "/b/kernel:0 at byte 1928: it is listed twice, or under two names"),
  (
    "text_repeated_by_references.h5",
    "attribute layer_names at byte 16952: its parts are longer together than the file"
  ),
  ("path_through_itself.h5", "the group /a lists a path of 2001 bytes, and 1024 is the most"),
  ("virtual.h5", "/conv/kernel:0 at byte 392: it is a virtual data set"),
  ("lzf.h5", "/conv/kernel:0 at byte 378: its numbers are compressed by LZF"),
  ("never_written.h5", "/conv/kernel:0 at byte 376: of its 3 chunks, only 2 were ever written"),
  ("layers_in_layers.h5", "/layers/dense/layers is there under two names, or within itself"),
]

/// Strange, but two sound tensors: h5py reads it as well.
private let accepted = "link_cycle.h5"

@Test(arguments: reasons)
func brokenHDF5FilesAreRefusedWithTheReason(_ file: String, _ reason: String) throws {
  let text = message {
    let file = try KerasHDF5File(contentsOf: golden("broken/\(file)"))
    for name in file.names { _ = try file.tensor(named: name) }
  }
  #expect(text?.contains(reason) == true, "\(text ?? "it was accepted")")
  #expect(text?.contains(file) == true, "The message names the file.")
}

@Test func everyBrokenHDF5FileIsTested() throws {
  let files = try FileManager.default.contentsOfDirectory(atPath: golden("broken").path)
  #expect(Set(files.filter { $0.hasSuffix(".h5") }) == Set(reasons.map(\.file) + [accepted]))
}

@Test func groupsThatContainThemselvesDoNotDisturbTheirTensors() throws {
  let file = try KerasHDF5File(contentsOf: golden("broken/\(accepted)"))
  #expect(file.names == ["conv_a/conv_a/kernel:0", "conv_a/conv_a/bias:0"])
  for name in file.names { #expect(try file.tensor(named: name).scalarCount > 0) }
}
