import Foundation
import GraftTensor
import GraftWeights
import Testing

private let sound = [
  "types.pth", "types_old.pth", "views.pth", "views_old.pth", "protocol4.pth", "protocol4_old.pth",
  "checkpoint.pth",
  "checkpoint_model.pth", "parameters.pth", "several.pth", "tensor.pth", "without_checksums.pth",
  "big_endian.pth",
]

@Test(arguments: sound)
func tensorsOfPyTorchAreReadAsPyTorchReadsThem(_ name: String) throws {
  let file = try PyTorchFile(contentsOf: golden("pytorch/\(name)"))
  let expected = try NPZFile(contentsOf: golden("pytorch/expected.npz"))
  let arrays = expected.names.filter { $0.hasPrefix(name + "/") }.map { String($0.dropFirst(name.count + 1)) }
  // A network that was wrapped for several processors keeps the wrapper's name in its file.
  let wrapper = name == "checkpoint.pth" ? "module." : ""
  #expect(file.names == arrays.map { wrapper + $0 })
  for (tensorName, arrayName) in zip(file.names, arrays) {
    let array = try expected.array(named: "\(name)/\(arrayName)")
    #expect(file.shape(of: tensorName) == array.shape, "\(tensorName)")
    let tensor = try file.tensor(named: tensorName)
    #expect(tensor.shape == array.shape, "\(tensorName)")
    #expect(try tensor.scalars == array.tensor().scalars, "\(tensorName)")
  }
}

@Test func tensorsThatShareAStorageReadTheSameMemory() throws {
  for name in ["views.pth", "views_old.pth"] {
    let file = try PyTorchFile(contentsOf: golden("pytorch/\(name)"))
    func address(_ name: String) throws -> UnsafeRawPointer? {
      try file.tensor(named: name).withUnsafeBytes { $0.baseAddress }
    }
    let base = try address("base")
    // The old form does not align its numbers, and what is not aligned is copied.
    if name == "views.pth" { #expect(try base.map { $0 + 24 } == address("rows")) }
  }
}

/// What each file is refused for, by a part of the sentence that says so.
private let refused: [(file: String, reason: String)] = [
  ("pytorch/compressed.pth", "data.pkl: it is compressed, and PyTorch never compresses"),
  ("pytorch/quantized.pth", "it holds quantized numbers (torch._utils._rebuild_qtensor)"),
  ("pytorch/sparse.pth", "it holds sparse tensors (torch._utils._rebuild_sparse_tensor)"),
  ("pytorch/script.pt", "this is a TorchScript program"),
  ("pytorch/module_old.pth", "whole Python object of the class __main__.Tiny, and not a state dict"),
  ("broken/truncated.pth", "the end of the file is cut off"),
  ("broken/truncated_old.pth", "the file is cut off in the storage"),
  ("broken/html_page.pth", "this is a web page"),
  ("broken/lfs_pointer.pth", "this is a git-LFS pointer to a file of 58889256 bytes"),
  ("broken/pickle_os_system.pth", "its pickle wants to call posix.system"),
  ("broken/pickle_os_system_old.pth", "this is a Python pickle"),
  ("broken/pickle_eval_build.pth", "its pickle wants to call __builtin__.eval"),
  ("broken/whole_module.pth", "whole Python object of the class torch.nn.modules.container.Sequential"),
  ("broken/storage_too_short.pth", "conv.weight: its storage 0 has 100 bytes in place of 432"),
  ("broken/storage_missing.pth", "conv.bias: its storage archive/data/1 is missing"),
  ("broken/stride_out_of_bounds.pth", "conv.weight: its shape 4×3×3×3 with the strides [32767, 9, 3, 1]"),
  ("broken/negative_stride.pth", "conv.weight: its shape 4×3×3×3 with the strides [-1, 9, 3, 1]"),
  ("broken/shape_overflow.pth", "conv.weight: its shape 4611686018427387904×4×3×3"),
  ("broken/memo_bomb.pth", "0x6c is no opcode that files of weights use, at byte"),
  ("broken/zip_claims_4GiB.pth", "archive/data/0: the directory promises 432 stored bytes"),
]

@Test(arguments: refused)
func whatIsNoStateDictIsRefusedWithTheReason(_ path: String, _ reason: String) throws {
  let file = golden(path)
  for text in [
    message { _ = try PyTorchFile(contentsOf: file) }, message { _ = try openWeightFile(at: file) },
  ] {
    #expect(text?.contains(reason) == true, "\(text ?? "it was accepted")")
    #expect(text?.contains(file.lastPathComponent) == true, "The message names the file.")
  }
}

@Test func everyBrokenPyTorchFileIsTested() throws {
  let files = try FileManager.default.contentsOfDirectory(atPath: golden("broken").path)
  let listed = refused.filter { $0.file.hasPrefix("broken/") }.map { String($0.file.dropFirst(7)) }
  #expect(Set(files.filter { $0.hasSuffix(".pth") }) == Set(listed))
}

@Test func numbersWithoutATypeInGraftAreListedAndNotRead() throws {
  let file = try PyTorchFile(contentsOf: golden("pytorch/exotic.pth"))
  #expect(file.names == ["complex", "float8"])
  #expect(file.shape(of: "float8") == [2])
  #expect(message { _ = try file.tensor(named: "float8") }?.contains("are float8_e4m3fn, which") == true)
  #expect(message { _ = try file.tensor(named: "complex") }?.contains("are complex64, which") == true)
}

@Test func aTarArchiveOfTheFirstPyTorchIsNamed() throws {
  try withTemporaryFolder { folder in
    let file = folder.appendingPathComponent("old.pth")
    let header = Array("sys_info".utf8) + [UInt8](repeating: 0, count: 249) + Array("ustar\u{0}00".utf8)
    try Data(header + [UInt8](repeating: 0, count: 1000)).write(to: file)
    let text = message { _ = try openWeightFile(at: file) }
    #expect(text?.contains("a PyTorch file of the oldest form") == true, "\(text ?? "it was accepted")")
  }
}

@Test func aChangedByteOfAStorageIsNoticed() throws {
  try withTemporaryFolder { folder in
    var bytes = try Data(contentsOf: golden("pytorch/tensor.pth"))
    let numbers = try PyTorchFile(contentsOf: golden("pytorch/tensor.pth")).tensor(named: "tensor")
      .withUnsafeBytes { Data($0) }
    let place = try #require(bytes.range(of: numbers))
    bytes[place.lowerBound] ^= 1
    let file = folder.appendingPathComponent("changed.pth")
    try bytes.write(to: file)
    let text = message { _ = try PyTorchFile(contentsOf: file).tensor(named: "tensor") }
    #expect(text?.contains("data/0: its CRC-32 checksum does not match") == true)
  }
}
