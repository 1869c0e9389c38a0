import Foundation
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// A model of Keras with a layer of almost every kind, rebuilt from Graft's.
private func makeNetwork() -> Sequential {
  let random = RandomStream(seed: 1)
  return Sequential([
    (
      "conv_a",
      Conv2D(inputs: 3, outputs: 6, kernelSize: 3, padding: .same, usesBias: false, random: random)
    ),
    ("norm_a", BatchNorm(channels: 6)), ("relu_a", Activation(.relu)), ("pool_a", MaxPool2D(window: 2)),
    (
      "conv_b",
      Conv2D(
        inputs: 6, outputs: 8, kernelSize: 3, stride: 2, padding: .same, activation: .relu, random: random)
    ),
    ("norm_b", BatchNorm(channels: 8, epsilon: 1e-5)),
    (
      "depthwise",
      Conv2D(inputs: 8, outputs: 8, kernelSize: 3, padding: .same, groups: 8, random: random)
    ),
    (
      "up",
      ConvTranspose2D(inputs: 8, outputs: 4, kernelSize: 4, stride: 2, padding: .same, random: random)
    ),
    ("average", GlobalAveragePool2D()), ("dropout", Dropout(rate: 0.3)),
    ("dense_a", Dense(inputs: 4, outputs: 5, activation: .tanh, random: random)),
    ("predictions", Dense(inputs: 5, outputs: 3, random: random)),
  ])
}

/// The weights of each layer in Keras' order; what Keras calls them, and what Graft does.
private let weights: [(layer: String, weights: [(keras: String, graft: String, layout: WeightLayout)])] = {
  let kernel = ("kernel", "kernel", WeightLayout.none)
  let bias = ("bias", "bias", WeightLayout.none)
  let statistics = [
    ("beta", "beta", WeightLayout.none), ("moving_mean", "mean", .none),
    ("moving_variance", "variance", .none),
  ]
  return [
    ("conv_a", [kernel]), ("norm_a", [("gamma", "gamma", .none)] + statistics), ("conv_b", [kernel, bias]),
    ("norm_b", statistics), ("depthwise", [("depthwise_kernel", "kernel", .depthwiseHWCM), bias]),
    ("up", [kernel, bias]), ("dense_a", [kernel, bias]), ("predictions", [kernel, bias]),
  ]
}()

private let table = NamingTable(
  "the small model of Keras",
  weights.flatMap { layer, weights in
    weights.enumerated().map { number, weight in
      // Keras 3's older form calls a depthwise kernel a kernel.
      let newer = weight.keras == "depthwise_kernel" ? "kernel" : weight.keras
      return NamingTable.Entry(
        "\(layer).\(weight.graft)", from: "\(layer)/\(layer)/\(weight.keras):0", "\(layer)/\(layer)/\(newer)",
        "\(layer)/vars/\(number)", layout: weight.layout)
    }
  })

private func expectPredictions(of source: URL) throws {
  let network = makeNetwork()
  // The second normalisation has no gamma in Keras (scale=False): a gamma of ones is none.
  let wanted = network.stateShapes.filter { $0.path != "norm_b.gamma" }
  var tensors = try openWeightFile(at: source).parameters(wanted, namedBy: [table]).tensors
  tensors["norm_b.gamma"] = Tensor(repeating: 1, shape: [8])
  try network.load(tensors)
  let golden = try Golden.npz("keras/cnn_batch_norm")
  let predictions = softmax(network(try golden.tensor(named: "input"), .inference))
  expectClose(predictions, try golden.tensor(named: "predictions"), within: 1e-4, source.lastPathComponent)
}

@Test(arguments: ["cnn_batch_norm_keras2.h5", "cnn_batch_norm.h5", "cnn_batch_norm.weights.h5"])
func aModelPredictsAsInKeras(_ file: String) throws {
  try expectPredictions(of: Golden.folder.appendingPathComponent("keras/\(file)"))
}

@Test(.enabled(if: TestData.has("golden/cnn_batch_norm.keras"), "real data not found: set GRAFT_TEST_DATA"))
func aModelFromAKerasArchivePredictsAsInKeras() throws {
  try expectPredictions(of: TestData.url("golden/cnn_batch_norm.keras"))
}
