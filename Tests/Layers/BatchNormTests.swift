import Foundation
import GraftLayers
import GraftTensor
import TestSupport
import Testing

@Suite struct BatchNormTests {
  private let input: Tensor
  private let training = Context.training(Tape(), random: RandomStream(seed: 1))

  init() {
    var random = RandomStream(seed: 2)
    input = Tensor(normal: [4, 3, 3, 2], standardDeviation: 2, random: &random) + Tensor(5)
  }

  /// Mean and biased variance of a channel, by the definition.
  private func statistics(_ channel: Int) -> (mean: Double, variance: Double) {
    let values = input.scalars.enumerated().filter { $0.offset % 2 == channel }.map { Double($0.element) }
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count))
  }

  @Test func trainingUsesTheBatchAndMovesWhatIsStored() {
    let keras = BatchNorm(channels: 2, momentum: .keras(0.9))
    let pyTorch = BatchNorm(channels: 2, epsilon: 1e-5, momentum: .pyTorch(0.1))
    let output = keras(input, training)
    _ = pyTorch(input, training)
    for channel in 0..<2 {
      let (mean, variance) = statistics(channel)
      let normalized = output.scalars.enumerated().filter { $0.offset % 2 == channel }.map(\.element)
      #expect(abs(normalized.reduce(0, +)) < 1e-3)
      for layer in [keras, pyTorch] {
        expectClose(Double(layer.mean.value.scalars[channel]), 0.1 * mean, within: 1e-5, "mean")
      }
      expectClose(Double(keras.variance.value.scalars[channel]), 0.9 + 0.1 * variance, within: 1e-5, "biased")
      expectClose(
        Double(pyTorch.variance.value.scalars[channel]), 0.9 + 0.1 * variance * 36 / 35, within: 1e-5,
        "unbiased")
    }
  }

  @Test(arguments: [BatchNorm.Behaviour.frozen, .following])
  func frozenIsTheSameInTrainingAndInInference(_ behaviour: BatchNorm.Behaviour) {
    let layer = BatchNorm(channels: 2)
    _ = layer(input, training)
    let before = layer.state.mapValues(\.scalars)
    layer.behaviour = behaviour
    if behaviour == .following { layer.freeze() }
    expectClose(layer(input, training), layer(input, .inference), within: 0, "output")
    #expect(layer.state.mapValues(\.scalars) == before)
  }

  @Test func oldKerasNormalizesByTheBatchAndStoresNothing() {
    let (old, new) = (BatchNorm(channels: 2), BatchNorm(channels: 2))
    old.setBatchNormBehaviour(.oldKeras)
    let moving = BatchNorm(channels: 2)
    moving.behaviour = .oldKeras
    _ = moving(input, training)
    #expect(moving.mean.value.scalars != [0, 0])
    old.freeze()
    expectClose(old(input, training), new(input, training), within: 0, "output in training")
    #expect(old.mean.value.scalars == [0, 0] && new.mean.value.scalars != [0, 0])
    // In inference: (x − 0) / √(1 + ε).
    expectClose(old(input, .inference), input * (1 / Float(1.001).squareRoot()), within: 1e-6, "inference")
  }

  /// TensorFlow's `moving_averages` with `zero_debias`: Σ (1 − m) mᵗ⁻ⁱ vᵢ / (1 − mᵗ), whatever was stored before; the
  /// variance of a batch of n values is corrected by n / (n − 1) and n / (n − 1 − ε).
  @Test func oldKerasStoresMeansOfItsOwnBatchesAlone() throws {
    let layer = BatchNorm(channels: 1, epsilon: 1e-3, momentum: .keras(0.9))
    try layer.load([
      "gamma": Tensor(shape: [1], scalars: [1]), "beta": Tensor(shape: [1], scalars: [0]),
      "mean": Tensor(shape: [1], scalars: [100]), "variance": Tensor(shape: [1], scalars: [900]),
    ])
    layer.behaviour = .oldKeras
    let batches: [[Float]] = [[1, 2, 3, 6], [0, 0, 4, 4], [-1, 5, 5, 7]]
    let means = [3.0, 2, 4]
    let correction = 4.0 / 3 * 4 / (3 - 1e-3)
    let variances = [14.0 / 4, 16.0 / 4, 36.0 / 4].map { $0 * correction }
    var resumed = layer
    for (step, values) in batches.enumerated() {
      if step == 2 {
        // A layer that takes over goes on with the count, too.
        resumed = BatchNorm(channels: 1, epsilon: 1e-3, momentum: .keras(0.9))
        resumed.behaviour = .oldKeras
        try resumed.load(layer.state)
        _ = resumed(Tensor(shape: [4, 1], scalars: values), training)
      }
      _ = layer(Tensor(shape: [4, 1], scalars: values), training)
      let weights = (0...step).map { 0.1 * pow(0.9, Double(step - $0)) / (1 - pow(0.9, Double(step + 1))) }
      func expected(_ values: [Double]) -> Double { zip(weights, values).reduce(0) { $0 + $1.0 * $1.1 } }
      expectClose(Double(layer.mean.value.scalar), expected(means), within: 1e-5, "mean \(step)")
      expectClose(
        Double(layer.variance.value.scalar), expected(variances), within: 1e-5, "variance \(step)")
    }
    #expect(resumed.mean.value.scalars == layer.mean.value.scalars)
    // Frozen or used otherwise, it has nothing to count, and its files are as ever.
    layer.freeze()
    #expect(Set(layer.state.keys) == ["gamma", "beta", "mean", "variance"])
    layer.unfreeze()
    #expect(layer.state["newestShare"] != nil)
    layer.behaviour = .following
    #expect(Set(layer.state.keys) == ["gamma", "beta", "mean", "variance"])
  }

  @Test func dropoutFollowsItsStreamAndKeepsTheMean() {
    let ones = Tensor(repeating: 1, shape: [100, 100])
    let layer = Dropout(rate: 0.25)
    let dropped = layer(ones, training)
    // The next layer of a pass drops other places, and a repeated pass the same.
    #expect(dropped.scalars != layer(ones, training).scalars)
    #expect(dropped.scalars == layer(ones, .training(Tape(), random: RandomStream(seed: 1))).scalars)
    #expect(Set(dropped.scalars.map { ($0 * 3).rounded() }) == [0, 4])
    #expect(abs(dropped.mean().scalar - 1) < 0.03)
    #expect(Dropout(rate: 0.25)(ones, .inference).scalars == ones.scalars)
  }
}
