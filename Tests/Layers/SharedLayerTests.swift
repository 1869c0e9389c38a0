import GraftLayers
import GraftTensor
import TestSupport
import Testing

/// One layer that is used twice, and listed under both of its names: x · K + b, and that once more.
private final class Twice: Module {
  let shared: Dense
  init(penalty: L2? = nil) {
    shared = Dense(inputs: 2, outputs: 2, kernelPenalty: penalty, random: RandomStream(seed: 6))
  }
  var members: [Member] { [.layer("first", shared), .layer("second", shared)] }
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    shared(shared(input, context), context)
  }
}

/// A decoder whose kernel is that of the encoder, transposed.
private final class Tied: Module {
  let kernel = Parameter([3, 2], initializer: .glorotUniform, random: RandomStream(seed: 7))
  let mean = Buffer(Tensor(zeros: [3]))
  var members: [Member] {
    [
      .parameter("encoder", kernel), .buffer("mean", mean), .parameter("decoder", kernel),
      .buffer("average", mean),
    ]
  }
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    let kernel = context.value(of: kernel)
    return matrixProduct(matrixProduct(input, kernel), kernel, transposingRight: true)
  }
}

@Suite struct SharedLayerTests {
  @Test func sharedParametersAreListedOnce() {
    let network = Twice()
    #expect(network.parameters.map(\.path) == ["first.kernel", "first.bias"])
    #expect(network.layers.map(\.path) == ["first", "second"])
    #expect(network.parameterCount == 6 && network.trainableParameterCount == 6)
    #expect(network.summary(inputShape: [1, 2]).hasSuffix("6 parameters, 6 of them trained"))
    #expect(Tied().parameters.map(\.path) == ["encoder"])
    #expect(Tied().buffers.map(\.path) == ["mean"])
  }

  /// L = Σ y with y = (x K + b) K + b: dL/db = K·1 + 1, and dL/dK = xᵀ (K·1)ᵀ + hᵀ 1ᵀ with h = x K + b.
  @Test func gradientsOfASharedLayerAddUp() throws {
    let network = Twice()
    network.shared.kernel.value = Tensor(shape: [2, 2], scalars: [1, 2, -3, 5])
    network.shared.bias?.value = Tensor(shape: [2], scalars: [0.5, -1])
    let tape = Tape()
    let context = Context.training(tape, random: RandomStream(seed: 1))
    let gradients = try tape.gradients(
      of: network(Tensor(shape: [1, 2], scalars: [2, 1]), context).sum())
    // h = (2·1 − 1·3 + 0.5, 2·2 + 1·5 − 1) = (−0.5, 8), and K·1 = (3, 2).
    let expected: [Float] = [6 - 0.5, 4 - 0.5, 3 + 8, 2 + 8]
    let kernel = context.gradient(of: network.shared.kernel, in: gradients)
    #expect(kernel?.scalars == expected)
    let bias = context.gradient(of: try #require(network.shared.bias), in: gradients)
    #expect(bias?.scalars == [3 + 1, 2 + 1])
  }

  @Test func aPenaltyCountsOnce() throws {
    let network = Twice(penalty: L2(0.5))
    let squares = network.shared.kernel.value.scalars.reduce(0) { $0 + $1 * $1 }
    let penalty = try #require(network.regularization(.inference))
    expectClose(Double(penalty.scalar), Double(0.5 * squares), within: 1e-6, "penalty")
  }

  @Test func aSharedLayerIsFrozenByEitherPath() {
    let network = Twice()
    network.freeze("second")
    #expect(network.isFrozen)
    network.unfreeze("first.bias")
    #expect(network.trainableParameterCount == 2)
  }

  @Test func sharedLayersAreSavedOnceAndReadUnderEitherName() throws {
    let (network, other) = (Twice(), Twice())
    let kernel = Tensor(shape: [2, 2], scalars: [1, 2, 3, 4])
    network.shared.kernel.value = kernel
    #expect(Set(network.state.keys) == ["first.kernel", "first.bias"])
    #expect(network.stateShapes.map(\.path) == ["first.kernel", "first.bias"])
    try other.load(network.state)
    #expect(other.shared.kernel.value.scalars == kernel.scalars)
    // As PyTorch saves it: under both names.
    let bias = Tensor(shape: [2], scalars: [5, 6])
    var both = ["first.kernel": kernel, "first.bias": bias, "second.kernel": kernel, "second.bias": bias]
    try other.load(both)
    #expect(other.shared.bias?.value.scalars == [5, 6])
    try other.load(["second.kernel": kernel * 2, "second.bias": bias])
    #expect(other.shared.kernel.value.scalars == [2, 4, 6, 8])
    both["second.kernel"] = kernel * 3
    #expect {
      try other.load(both)
    } throws: { error in
      "\(error)".contains("shared, but given with different numbers: first.kernel and second.kernel")
    }
    #expect(other.shared.kernel.value.scalars == [2, 4, 6, 8])
  }
}
