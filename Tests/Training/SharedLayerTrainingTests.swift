import GraftLayers
import GraftTensor
import GraftTraining
import Testing

/// A layer that is used twice and listed twice.
private final class Twice: Module {
  let shared = Dense(inputs: 2, outputs: 2, usesBias: false, random: RandomStream(seed: 6))
  var members: [Member] { [.layer("first", shared), .layer("second", shared)] }
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    shared(shared(input, context), context)
  }
}

private func step(_ network: Twice) throws -> ParameterGradients {
  network.shared.kernel.value = Tensor(shape: [2, 2], scalars: [1, 2, -3, 5])
  let step = TrainingStep(random: RandomStream(seed: 1))
  return try step.gradients(of: network(Tensor(shape: [1, 2], scalars: [2, 1]), step.context).sum())
}

/// y = x K K with x = (2, 1): x K = (−1, 9) and K·1 = (3, 2), so the gradient of Σ y is xᵀ (3, 2) + (−1, 9)ᵀ (1, 1).
private let gradient: [Float] = [2 * 3 - 1, 2 * 2 - 1, 1 * 3 + 9, 1 * 2 + 9]

@Test func aSharedLayerIsSteppedOnce() throws {
  let network = Twice()
  var optimizer = SGD(.keras, learningRate: 0.5)
  optimizer.update(network, with: try step(network))
  let expected = zip([1, 2, -3, 5], gradient).map { $0 - 0.5 * $1 }
  #expect(network.shared.kernel.value.scalars == expected)
}

@Test func gradientsOfASharedLayerAreAddedUpOnceForEachSlice() throws {
  let network = Twice()
  var sum = ParameterGradients()
  sum.add(try step(network), of: network)
  sum.add(try step(network), of: network)
  #expect(sum[network.shared.kernel]?.scalars == gradient.map { 2 * $0 })
}
