import GraftTensor
import TestSupport
import Testing

private struct Attributes: Decodable {
  let epsilon, momentum_keras, momentum_pytorch: Float
}

private func trainingCases() throws -> [Golden.Case] {
  try Golden.cases(in: "ops").values.filter { $0.name.hasPrefix("batch_norm_training") }
    .sorted { $0.name < $1.name }
}

@Test(arguments: try trainingCases())
func statisticsMoveStoredOnesAsInTheFrameworks(golden: Golden.Case) throws {
  let attributes = try golden.attributes(as: Attributes.self)
  let statistics = batchNormalization(try golden.tensor("input"), epsilon: attributes.epsilon).statistics
  try expectClose(statistics.mean, golden.array("batch_mean"), within: 1e-5, "mean")
  try expectClose(statistics.variance, golden.array("batch_variance_biased"), within: 1e-5, "variance")

  let (mean, variance) = (try golden.tensor("moving_mean"), try golden.tensor("moving_variance"))
  // Keras' momentum weighs the old value, PyTorch's the new.
  func moved(_ old: Tensor, to new: Tensor, by share: Float) -> Tensor { old * (1 - share) + new * share }
  let (keras, pyTorch) = (1 - attributes.momentum_keras, attributes.momentum_pytorch)
  for (array, result) in [
    ("running_mean_after_keras", moved(mean, to: statistics.mean, by: keras)),
    ("running_mean_after_pytorch", moved(mean, to: statistics.mean, by: pyTorch)),
    ("running_variance_after_keras3", moved(variance, to: statistics.variance, by: keras)),
    ("running_variance_after_keras2", moved(variance, to: statistics.unbiasedVariance, by: keras)),
    ("running_variance_after_pytorch", moved(variance, to: statistics.unbiasedVariance, by: pyTorch)),
  ] {
    try expectClose(result, golden.array(array), within: 1e-5, array)
  }
}

@Test func aLargeMeanDoesNotDrownTheVariance() {
  // The mean square minus the squared mean, in float32, would be 0 or worse.
  let values = Tensor(shape: [4, 1], scalars: [4096, 4097, 4098, 4099])
  let (result, statistics) = batchNormalization(values, epsilon: 0)
  #expect(statistics.variance.scalars == [1.25])
  #expect(statistics.count == 4)
  let distance = Float(1.25).squareRoot()
  expectClose(
    result, Tensor(shape: [4, 1], scalars: [-1.5, -0.5, 0.5, 1.5].map { $0 / distance }), within: 1e-6,
    "result")
}

@Test(arguments: [3, 300])
func channelsAreNormalizedEachForItself(channels: Int) {
  var random = RandomStream(seed: 9)
  let input = Tensor(normal: [2, 3, 3, channels], random: &random)
  let (result, statistics) = batchNormalization(input, epsilon: 1e-5)
  let mean = input.mean(alongAxes: [0, 1, 2])
  let centred = input - mean
  let variance = (centred * centred).mean(alongAxes: [0, 1, 2])
  expectClose(statistics.mean, mean, within: 1e-6, "mean")
  expectClose(statistics.variance, variance, within: 1e-6, "variance")
  expectClose(result, centred / sqrt(variance + 1e-5), within: 1e-6, "result")
}

@Test func storedStatisticsGiveTheSameAsThoseOfTheirBatch() {
  var random = RandomStream(seed: 9)
  let input = convolution2D(
    Tensor(normal: [2, 5, 5, 16], random: &random), kernel: Tensor(normal: [3, 3, 16, 20], random: &random))
  let (result, statistics) = batchNormalization(input, epsilon: 1e-3)
  let frozen = batchNormalization(
    input, mean: statistics.mean, variance: statistics.variance, epsilon: 1e-3)
  expectClose(frozen, result, within: 0, "frozen")
}
