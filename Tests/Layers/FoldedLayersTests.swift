@testable import GraftLayers
@testable import GraftTensor
import TestSupport
import Testing

/// A convolution, a batch normalisation with statistics of its own and a ReLU.
private func normalized(_ inputs: Int, _ outputs: Int, size: Int, usesBias: Bool, _ random: RandomStream)
  -> [(name: String, layer: any Module)]
{
  var random = random
  let norm = BatchNorm(channels: outputs, epsilon: 1e-3)
  for (_, parameter) in norm.parameters {
    parameter.value = Tensor(uniform: [outputs], in: 0.5..<1.5, random: &random)
  }
  norm.mean.value = Tensor(uniform: [outputs], in: -1..<1, random: &random)
  norm.variance.value = Tensor(uniform: [outputs], in: 0.5..<2, random: &random)
  let convolution = Conv2D(
    inputs: inputs, outputs: outputs, kernelSize: size, padding: .same, usesBias: usesBias, random: random)
  convolution.bias?.value = Tensor(uniform: [outputs], in: -1..<1, random: &random)
  return [("conv", convolution), ("bn", norm)]
}

private func numbered(_ layers: [(name: String, layer: any Module)]) -> Sequential {
  Sequential(layers.enumerated().map { ("\($0.offset)", $0.element.layer) })
}

/// A residual block on 32 channels whose shortcut is the input, or a projection.
private func block(isProjected: Bool, usesBias: Bool) -> Residual {
  let random = RandomStream(seed: 11)
  let relu = (name: "relu", layer: Activation(.relu) as any Module)
  let branch =
    normalized(32, 16, size: 1, usesBias: usesBias, random.child("1")) + [relu]
    + normalized(16, 16, size: 3, usesBias: usesBias, random.child("2")) + [relu]
    + normalized(16, 32, size: 1, usesBias: usesBias, random.child("3"))
  let projection = numbered(normalized(32, 32, size: 1, usesBias: usesBias, random.child("4")))
  return Residual(numbered(branch), shortcut: isProjected ? projection : nil)
}

private func pictures() -> Tensor {
  var random = RandomStream(seed: 12)
  return Tensor(uniform: [2, 9, 7, 32], in: -1..<1, random: &random)
}

@Suite struct FoldedLayersTests {
  /// Who observes gets the layers one by one.
  private let oneByOne = Context.observing { _, _ in }

  @Test(arguments: [false, true], [false, true])
  func foldedBlocksComputeWhatTheirLayersDo(isProjected: Bool, usesBias: Bool) {
    let network = numbered([
      ("1", block(isProjected: isProjected, usesBias: usesBias)),
      ("2", block(isProjected: false, usesBias: usesBias)),
    ])
    let input = pictures()
    let before = input.scalars
    expectClose(
      network(input, .inference), network(input, oneByOne), within: 1e-5, "two blocks")
    #expect(input.scalars == before, "the caller's tensor was written")
  }

  /// With γ and β of 0 at the end of the branch, as networks begin that learn the rest: activation(0 + x) = x for x ≥ 0.
  @Test(arguments: [false, true])
  func aBranchOfZeroIsTheIdentity(usesBias: Bool) throws {
    let residual = block(isProjected: false, usesBias: usesBias)
    let branch = try #require(residual.branch as? Sequential)
    let last = try #require(branch.lastLayer as? BatchNorm)
    last.gamma.value = Tensor(zeros: [32])
    last.beta.value = Tensor(zeros: [32])
    let input = relu(pictures())
    let whole = numbered([("1", residual)])
    for layer in [residual as any Module, whole] {
      #expect(layer(input, .inference).scalars == input.scalars, "in inference")
      #expect(layer(input, oneByOne).scalars == input.scalars, "layer by layer")
      let training = Context.training(Tape(), random: RandomStream(seed: 1))
      #expect(layer(input, training).scalars == input.scalars, "in training")
    }
    residual.freeze()
    let frozen = Context.training(Tape(), random: RandomStream(seed: 1))
    #expect(whole(input, frozen).scalars == input.scalars, "frozen, in training")
  }

  @Test func sequenceRunsInFewerSteps() {
    let layers = normalized(32, 16, size: 3, usesBias: true, RandomStream(seed: 1))
    #expect(numbered(layers + [("relu", Activation(.relu))]).inferencePlan.count == 1)
    #expect(numbered(layers + [("relu", Activation(.sigmoid))]).inferencePlan.count == 2)
    #expect(numbered([layers[1], layers[0]]).inferencePlan.count == 2)
  }

  @Test func changedParametersAreFoldedAnew() {
    let network = numbered(normalized(32, 16, size: 3, usesBias: true, RandomStream(seed: 2)))
    let input = pictures()
    let first = network(input, .inference)
    for (_, parameter) in network.parameters {
      parameter.update { value in value.withUnsafeMutableScalars { for i in $0.indices { $0[i] *= 1.5 } } }
    }
    for (_, buffer) in network.buffers {
      buffer.value.withUnsafeMutableScalars { for i in $0.indices { $0[i] += 0.25 } }
    }
    let second = network(input, .inference)
    #expect(first.scalars != second.scalars)
    expectClose(second, network(input, oneByOne), within: 1e-5, "after a change")
  }

  @Test func foldedKernelsAreGivenUpWhenAsked() throws {
    let inner = numbered(normalized(32, 16, size: 3, usesBias: true, RandomStream(seed: 4)))
    let network = Sequential([("inner", inner), ("relu", Activation(.relu))])
    guard case .convolution(let convolution) = try #require(network.inferencePlan.first).kind else {
      Issue.record("the convolution is not folded")
      return
    }
    let first = network(pictures(), .inference)
    #expect(!convolution.convolution.foldedKernels.isEmpty)
    network.releaseInferenceForms()
    #expect(convolution.convolution.foldedKernels.isEmpty)
    expectClose(network(pictures(), .inference), first, within: 0, "folded anew")
  }

  @Test func sumIsWrittenInPlaceOnlyIfItsOwnerGivesItUp() {
    var random = RandomStream(seed: 13)
    let kernel = Tensor(normal: [1, 1, 32, 32], random: &random)
    let input = pictures()
    func sum(_ shortcut: consuming Tensor) -> Tensor {
      inferredConvolution2D(
        input, kernel: kernel, bias: nil, strides: (1, 1), padding: .same, dilations: (1, 1), groups: 1,
        addingTo: consume shortcut, fusedReLU: false, algorithm: .direct, allowsBFloat16: false)
    }
    let convolved = convolution2D(input, kernel: kernel, padding: .same, algorithm: .direct)
    let wanted = convolved + input
    var own = convolution2D(input, kernel: kernel, padding: .same, algorithm: .direct)
    let address = own.storage.address
    own = sum(consume own)
    #expect(own.storage.address == address)
    expectClose(own, convolved + convolved, within: 1e-5, "in place")
    expectClose(sum(input), wanted, within: 1e-5, "not in place")
    let kept = convolved
    #expect(sum(kept).storage.address != kept.storage.address)
    expectClose(kept, convolved, within: 0, "kept")
  }

  /// Of a processor that has no bfloat16 the result is float32's to the bit.
  @Test func bfloat16IsAsCloseAsItsEightBits() {
    let pool = (name: "pool", layer: MaxPool2D() as any Module)
    let stem = Conv2D(
      inputs: 32, outputs: 32, kernelSize: 1, activation: .relu, random: RandomStream(seed: 14))
    let network = numbered([
      ("stem", stem), pool, ("1", block(isProjected: true, usesBias: true)),
      ("2", block(isProjected: false, usesBias: true)), ("end", Activation(.sigmoid)),
    ])
    var context = Context.inference
    context.allowsBFloat16 = true
    let input = pictures()
    let (half, whole) = (network(input, context), network(input, .inference))
    #expect(half.scalarType == .float32)
    expectClose(half, whole, within: ComputeEnvironment.hasBFloat16 ? 2e-2 : 0, "bfloat16")
    #expect(ComputeEnvironment.hasBFloat16 == (half.scalars != whole.scalars))
  }

  /// A block that was written by hand, and says in which order it calls its layers.
  private final class OwnBlock: Module {
    private let convolution, norm, activation: any Module
    init() {
      let layers = normalized(32, 16, size: 3, usesBias: false, RandomStream(seed: 5)).map(\.layer)
      (convolution, norm, activation) = (layers[0], layers[1], Activation(.relu))
    }
    var members: [Member] { [.layer("conv", convolution), .layer("bn", norm)] }
    var inferencePlan: [InferenceStep] {
      convolution.inferencePlan + norm.inferencePlan + activation.inferencePlan
    }
    func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
      activation(norm(convolution(input, context), context), context)
    }
  }

  @Test func aBlockOfOnesOwnIsFolded() {
    let block = OwnBlock()
    #expect(block.inferencePlan.count == 3)
    let network = numbered([("1", block)])
    #expect(network.inferencePlan.count == 1)
    expectClose(network(pictures(), .inference), network(pictures(), oneByOne), within: 1e-5, "own block")
    expectClose(
      [block as any Module](pictures(), .inference), network(pictures(), .inference), within: 0, "in a row")
    network.releaseInferenceForms()
    expectClose(network(pictures(), .inference), network(pictures(), oneByOne), within: 1e-5, "again")
  }

  /// One kernel between two normalisations, as heads on several levels share it.
  @Test func aSharedConvolutionIsFoldedWithEachOfItsNormalizations() throws {
    let layers = normalized(32, 16, size: 1, usesBias: false, RandomStream(seed: 6))
    let other = normalized(32, 16, size: 1, usesBias: false, RandomStream(seed: 7))
    let (one, two) = (numbered(layers), numbered([layers[0], other[1]]))
    for _ in 0..<2 {
      for network in [one, two] {
        expectClose(network(pictures(), .inference), network(pictures(), oneByOne), within: 1e-5, "shared")
      }
    }
    #expect(one(pictures(), .inference).scalars != two(pictures(), .inference).scalars)
  }

  @Test func dropoutsDoNotPartLayers() {
    let layers = normalized(32, 16, size: 3, usesBias: true, RandomStream(seed: 8))
    let network = numbered([layers[0], ("drop", Dropout(rate: 0.5)), layers[1]])
    #expect(network.inferencePlan.count == 1)
    expectClose(network(pictures(), .inference), network(pictures(), oneByOne), within: 1e-5, "dropout")
  }

  /// Dense layers take the whole batch, whatever comes in micro-batches before them.
  @Test func modulesInARowTakePicturesAFewAtATime() {
    var random = RandomStream(seed: 9)
    let input = Tensor(uniform: [9, 224, 224, 3], in: -1..<1, random: &random)
    let convolution = Conv2D(inputs: 3, outputs: 2, kernelSize: 3, stride: 2, random: random)
    let modules: [any Module] = [
      convolution, Sequential([("pool", GlobalAveragePool2D())]),
      Dense(inputs: 2, outputs: 3, random: random),
    ]
    var context = Context.inference
    context.convolutionAlgorithm = .direct
    let whole = modules(input, context)
    #expect(whole.shape == [9, 3])
    let observing = Context.observing { _, _ in }
    expectClose(whole, modules.reduce(input) { $1($0, observing) }, within: 1e-5, "nine pictures")
  }

  @Test func convolutionsInARowAreOneSequence() {
    let inner = numbered(normalized(32, 16, size: 3, usesBias: true, RandomStream(seed: 3)))
    let outer = Sequential([("inner", inner), ("relu", Activation(.relu))])
    let input = pictures()
    expectClose(outer(input, .inference), outer(input, oneByOne), within: 1e-5, "nested")
  }
}
