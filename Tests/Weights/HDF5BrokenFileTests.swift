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
  ("huge_never_written.h5", "/conv_a/conv_a/kernel:0 at byte 3184: its numbers are stored in chunks"),
  ("deflate_bomb.h5", "its numbers are stored in chunks, perhaps compressed, which is not supported yet"),
  ("external_storage.h5", "/conv_a/conv_a/kernel:0 at byte 3064: its numbers lie in another file"),
  ("external_link.h5", "it is a link into another file (/tmp/other.h5: /data)"),
  ("dangling_link.h5", "/conv_a/conv_a/bias:0: it is only a link to /nowhere"),
  ("missing_dataset.h5", "/conv_a/conv_a/gamma:0 at byte"),
  ("missing_group.h5", "/conv_b at byte 96: it is listed, but the group / has nothing of that name"),
  ("string_dataset.h5", "/conv_a/conv_a/bias:0 at byte"),
  ("fletcher32_mismatch.h5", "its numbers are stored in chunks"),
  ("header_continues_in_itself.h5", "its parts are longer together than the file"),
  ("layer_with_two_names.h5", "/b/kernel:0 at byte 1928: it is listed twice, or under two names"),
  (
    "text_repeated_by_references.h5",
    "attribute layer_names at byte 16952: its parts are longer together than the file"
  ),
  ("path_through_itself.h5", "the group /a lists a path of 2001 bytes, and 1024 is the most"),
  ("newest_format.h5", "byte 8: its superblock has version 2, and Graft reads 0 and 1"),
  ("links_in_a_heap.h5", "the group /a keeps its links in a fractal heap, which Graft does not read"),
]

/// Strange, but two sound tensors: h5py reads it as well.
private let accepted = "link_cycle.h5"

@Test(.timeLimit(.minutes(1)), arguments: reasons)
func brokenHDF5FilesAreRefusedWithTheReason(_ file: String, _ reason: String) throws {
  let text = message { _ = try KerasHDF5File(contentsOf: golden("broken/\(file)")) }
  #expect(text?.contains(reason) == true, "\(text ?? "it was accepted")")
  #expect(text?.contains(file) == true, "The message names the file.")
}

@Test func everyBrokenHDF5FileIsTested() throws {
  let files = try FileManager.default.contentsOfDirectory(atPath: golden("broken").path)
  #expect(Set(files.filter { $0.hasSuffix(".h5") }) == Set(reasons.map(\.file) + [accepted]))
}

@Test(.timeLimit(.minutes(1))) func groupsThatContainThemselvesDoNotDisturbTheirTensors() throws {
  let file = try KerasHDF5File(contentsOf: golden("broken/\(accepted)"))
  #expect(file.names == ["conv_a/conv_a/kernel:0", "conv_a/conv_a/bias:0"])
  for name in file.names { #expect(try file.tensor(named: name).scalarCount > 0) }
}

@Test func theFormThatNamesLayersByTheirClassesIsRefusedWithTheWayOut() throws {
  let text = message { _ = try KerasHDF5File(contentsOf: golden("keras/cnn_batch_norm.weights.h5")) }
  #expect(text?.contains("this is the .weights.h5 form of Keras 3") == true, "\(text ?? "it was accepted")")
  #expect(text?.contains("model.save(\"model.h5\")") == true)
}

@Test func theBackendTheanoIsRefusedForItsMirroredKernels() throws {
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("theano.h5")
    var bytes = try Data(contentsOf: golden("broken/\(accepted)"))
    let place = try #require(bytes.range(of: Data("tensorflow".utf8)))
    bytes.replaceSubrange(place, with: Data("theano\0\0\0\0".utf8))
    try bytes.write(to: url)
    let text = message { _ = try KerasHDF5File(contentsOf: url) }
    #expect(
      text?.contains("its backend was Theano, whose convolution kernels are mirrored") == true,
      "\(text ?? "")")
  }
}

@Test func aFileThatHasAnotherBlockBeforeItsHDF5PartIsRefused() throws {
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("block.h5")
    try (Data(count: 512) + Data(contentsOf: golden("broken/\(accepted)"))).write(to: url)
    let text = message { _ = try KerasHDF5File(contentsOf: url) }
    #expect(text?.contains("it begins with a block that is not HDF5") == true, "\(text ?? "it was accepted")")
  }
}

// MARK: Damage by chance

/// A sound file with some bytes changed or its end cut off; the superblock then claims what is there.
private func damaged(_ sound: [UInt8], _ random: inout RandomStream) -> [UInt8] {
  var bytes = sound
  if random.integer(below: 4) == 0 {
    bytes.removeLast(random.integer(below: bytes.count - 48))
    for index in 0..<8 { bytes[40 + index] = UInt8(truncatingIfNeeded: bytes.count >> (8 * index)) }
  }
  for _ in 0...random.integer(below: 8) {
    let place = random.integer(below: bytes.count)
    let values = [
      0, 1, 2, 0xff, UInt8(random.integer(below: 256)), bytes[place] ^ (1 << UInt8(random.integer(below: 8))),
    ]
    bytes[place] = values[random.integer(below: values.count)]
  }
  return bytes
}

@Test(
  .timeLimit(.minutes(1)),
  arguments: ["broken/link_cycle.h5", "keras/cnn_batch_norm.h5", "keras/variants.h5"])
func aDamagedHDF5FileEndsInTensorsOrInAnError(_ name: String) throws {
  let sound = [UInt8](try Data(contentsOf: golden(name)))
  var random = RandomStream(seed: 5).child(name)
  var (readable, refused) = (0, 0)
  try withTemporaryFolder { folder in
    let url = folder.appendingPathComponent("damaged.h5")
    try Data(sound).write(to: url)
    let handle = try FileHandle(forWritingTo: url)
    defer { try? handle.close() }
    for _ in 0..<1000 {
      let bytes = damaged(sound, &random)
      // Into the same file: making one for each, and removing it, would take most of the time.
      try handle.seek(toOffset: 0)
      try handle.write(contentsOf: bytes)
      if bytes.count != sound.count { try handle.truncate(atOffset: UInt64(bytes.count)) }
      do {
        let file = try KerasHDF5File(contentsOf: url)
        for name in file.names { _ = try file.tensor(named: name).scalars }
        readable += 1
      } catch {
        #expect(error is WeightFileError, "\(error)")
        refused += 1
      }
    }
  }
  // Both ends occur, or this would test nothing.
  #expect(readable > 0 && refused > 0)
}
