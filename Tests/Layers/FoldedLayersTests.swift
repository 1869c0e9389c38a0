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

  @Test func sequenceRunsInFewerSteps() {
    let layers = normalized(32, 16, size: 3, usesBias: true, RandomStream(seed: 1))
    #expect(numbered(layers + [("relu", Activation(.relu))]).inferenceSteps.count == 1)
    #expect(numbered(layers + [("relu", Activation(.sigmoid))]).inferenceSteps.count == 2)
    #expect(numbered([layers[1], layers[0]]).inferenceSteps.count == 2)
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

  @Test func sumIsWrittenInPlaceOnlyIfItsOwnerGivesItUp() {
    var random = RandomStream(seed: 13)
    let kernel = Tensor(normal: [1, 1, 32, 32], random: &random)
    let input = pictures()
    func sum(_ shortcut: consuming Tensor) -> Tensor {
      convolution2D(
        input, kernel: kernel, bias: nil, strides: (1, 1), padding: .same, dilations: (1, 1), groups: 1,
        addingTo: consume shortcut, fusedReLU: false, algorithm: .direct)
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
}
