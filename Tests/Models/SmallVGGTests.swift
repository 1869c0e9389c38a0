import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import TestSupport
import Testing

@Suite struct SmallVGGTests {
  @Test func itsWeightsComeWithTheProgram() throws {
    let network = try VGG.small()
    #expect(network.depth == .vgg16)
    #expect(network.stages.map(\.channels) == [8, 16, 32, 64, 64])
    #expect(network.preprocessing == Preprocessing(width: 224, height: 224, style: .tensorFlow))
    for (path, value) in network.state {
      #expect(value.scalars.allSatisfy(\.isFinite) && Set(value.scalars).count > 1, "\(path)")
    }
    let picture = Picture(
      width: 40, height: 30, channels: 3, pixels: (0..<3600).map { UInt8($0 * 7 % 256) })
    let features = network.features(of: [picture], through: "block5")
    #expect(features.shape == [1, 7, 7, 64] && features.scalars.contains { $0 > 0 })
  }

  @Test func eachCallGivesANetworkOfItsOwn() throws {
    let (first, second) = (try VGG.small(), try VGG.small())
    let kernel = first.parameters[0].parameter
    kernel.value = kernel.value * 2
    #expect(second.parameters[0].parameter.value.scalars != kernel.value.scalars)
  }

  @Test func foldingBatchNormsChangesNoResult() {
    var random = RandomStream(seed: 2)
    let network = VGG.untrainedSmall(side: 64, random: RandomStream(seed: 1))
    for (path, parameter) in network.parameters where !path.hasSuffix(".kernel") {
      parameter.value = Tensor(uniform: parameter.value.shape, in: 0.5..<1.5, random: &random)
    }
    for (_, buffer) in network.buffers {
      buffer.value = Tensor(uniform: buffer.value.shape, in: 0.5..<1.5, random: &random)
    }
    let folded = network.foldingBatchNorms()
    #expect(folded.variant == .plain && folded.batchNorms.isEmpty && folded.width == network.width)
    let input = Tensor(uniform: [2, 64, 64, 3], in: -1..<1, random: &random)
    let (expected, found) = ComputeThread.run {
      (network(input, .inference).rowMajor, folded(input, .inference).rowMajor)
    }
    #expect(expected.scalars.contains { $0 > 0 })
    expectClose(found, expected, within: 1e-5, "folded")
    #expect(folded.foldingBatchNorms().state.mapValues(\.scalars) == folded.state.mapValues(\.scalars))
  }
}
