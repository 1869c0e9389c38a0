import GraftTensor
import GraftWeights
import Testing

/// Files, a tensor of each, and its element type there.
private let types: [(file: String, tensor: String, type: String)] = [
  ("safetensors/mixed.safetensors", "f32", "float32"),
  ("safetensors/bf16.safetensors", "conv.kernel", "bfloat16"),
  ("safetensors/f16.safetensors", "conv.kernel", "float16"),
  ("safetensors/f64.safetensors", "conv.kernel", "float64"),
  ("npz/types_stored.npz", "f2_big", "float16"), ("npz/types_deflated.npz", "u8", "uint64"),
  ("npz/types_stored.npz", "bool", "bool"), ("npz/streamed.npz", "names", "str"),
  ("pytorch/types.pth", "bfloat16", "bfloat16"), ("pytorch/types_old.pth", "int64", "int64"),
  ("pytorch/types.pth", "bool", "bool"), ("pytorch/exotic.pth", "float8", "float8_e4m3fn"),
  ("pytorch/exotic.pth", "complex", "complex64"),
  ("keras/cnn_batch_norm.h5", "conv_a/conv_a/kernel", "float32"),
]

@Test(arguments: types)
func elementTypesHaveNumPysNames(_ path: String, _ tensor: String, _ type: String) throws {
  let file = try openWeightFile(at: golden(path))
  #expect(file.storedType(of: tensor) == type, "\(file.names)")
  #expect(file.storedType(of: "no such tensor") == nil)
}

@Test func doublesAreNotRoundedToFloat32() throws {
  let file = try SafetensorsFile(contentsOf: golden("safetensors/f64.safetensors"))
  let expected = try NPZFile(contentsOf: golden("safetensors/expected.npz"))
  let name = "conv.kernel"
  let doubles = try file.doubles(named: name)
  #expect(try doubles == expected.array(named: "f64/\(name)").doubles)
  #expect(doubles.contains { Double(Float($0)) != $0 })
}

@Test func doublesOfATransposedTensorComeInRowMajorOrder() throws {
  let file = try PyTorchFile(contentsOf: golden("pytorch/views.pth"))
  let tensor = try file.tensor(named: "transposed")
  #expect(try file.doubles(named: "transposed") == tensor.scalars.map(Double.init))
}
