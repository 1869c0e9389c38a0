import Foundation
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import TestSupport
import Testing

private let keras = Golden.folder.appendingPathComponent("keras/vgg16_narrow_keras_notop.h5")

/// The tensors of a file, renamed.
private func tensors(
  of file: URL, _ name: (String) -> String
) throws -> [(name: String, tensor: Tensor)] {
  let weights = try openWeightFile(at: file)
  return try weights.names.map { (name($0), try weights.tensor(named: $0)) }
}

/// An encoder that was saved as a layer of a Keras model: Keras 1, 2 and 3 do not repeat its layers' names then.
@Test(arguments: ["vgg16/", "model_1/vgg16/", "sequential/encoder/"])
func anEncoderWithinAModelOfKerasIsFound(_ prefix: String) throws {
  let expected = try VGG.vgg16(weights: .file(keras), width: 4).state
  try withTemporaryFolder { folder in
    let names: [(String) -> String] = [
      { $0.drop { $0 != "/" }.dropFirst().description },
      { $0.drop { $0 != "/" }.dropFirst().description.replacing(":0", with: "") },
      { $0 },
      { name in
        let layer = name.prefix { $0 != "/" }
        return "\(layer)_\(name.hasSuffix("kernel:0") ? "W" : "b")_1:0"
      },
    ]
    for (number, name) in names.enumerated() {
      let file = folder.appendingPathComponent("\(number).h5")
      let head = [
        (name: "dense/dense/kernel:0", tensor: Tensor(zeros: [4, 1])),
        ("dense/dense/bias:0", Tensor(zeros: [1])),
      ]
      try KerasHDF5File.write(tensors(of: keras) { prefix + name($0) } + head, to: file)
      var report: LoadReport?
      let encoder = try VGG(.vgg16, weights: .file(file), width: 4, report: { report = $0 })
      #expect(encoder.state.mapValues(\.scalars) == expected.mapValues(\.scalars))
      #expect(report?.takenAway == [prefix] && report?.others.count == 2)
    }
  }
}

@Test(arguments: ["module.", "model.", "ema_model.", "net.encoder.", "model.module."])
func publishedNetworksAreFoundBelowPrefixes(_ prefix: String) throws {
  try withTemporaryFolder { folder in
    let published = try FormulaNetwork(name: "mobilenet_v2").writeWeights(to: folder)
    let file = folder.appendingPathComponent("tuned.safetensors")
    try SafetensorsFile.write(
      tensors(of: published) { prefix + $0 } + [("n_averaged", Tensor(1))], to: file)
    let network = try MobileNetV2.classifier(weights: .file(file), width: 0.25)
    let expected = try MobileNetV2.classifier(weights: .file(published), width: 0.25)
    #expect(network.state.mapValues(\.scalars) == expected.state.mapValues(\.scalars))
    // The sizes of a top are those of the file, below the prefix too.
    let narrow = try tensors(of: published) { prefix + $0 }.map { name, tensor in
      (name, name.contains("classifier.1") ? tensor.sliced(0..<3, alongAxis: 0) : tensor)
    }
    try SafetensorsFile.write(narrow, to: file)
    #expect(
      try MobileNetV2.classifier(weights: .file(file), width: 0.25).top.state.values.contains {
        $0.shape == [3]
      })
    #expect {
      try ResNet.resNet18(weights: .file(file), width: 4)
    } throws: { error in
      "\(error)".contains("tensors have no place in ResNet-18 (torchvision)")
        && "\(error)".hasSuffix(
          "This looks like MobileNetV2 (torchvision) with \"\(prefix)\" in its names: use MobileNetV2.")
    }
  }
}

@Test func encodersWithAWrapperBetweenTheirNamesAreFound() throws {
  try withTemporaryFolder { folder in
    let published = try FormulaNetwork(name: "vgg11_bn").writeWeights(to: folder)
    let file = folder.appendingPathComponent("wrapped.safetensors")
    try SafetensorsFile.write(
      tensors(of: published) { $0.replacing("features.", with: "features.module.") }, to: file)
    let expected = try VGG.vgg11(.batchNormalized, weights: .file(published), width: 4).state
    let encoder = try VGG.vgg11(.batchNormalized, weights: .file(file), width: 4)
    #expect(encoder.state.mapValues(\.scalars) == expected.mapValues(\.scalars))
  }
}

@Test func everyNamingTableOfTheLibraryLeadsToItsNetwork() throws {
  let families = EncoderFamily.builtIn
  #expect(families.network(naming: "VGG19 with batch normalisation (torchvision)")?.name == "vgg19_bn")
  #expect(families.network(naming: "VGG16 (Caffe)")?.name == "vgg16")
  #expect(families.network(naming: "ResNet-50 (Keras until 2018)")?.name == "resnet50")
  #expect(families.network(naming: "Graft's own names") == nil)
  for set in WeightSet.all { #expect(families.network(naming: set.naming) != nil, "\(set.naming)") }
}
