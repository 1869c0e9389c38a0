import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import Testing

@Suite struct SmallVGGTests {
  @Test func itsWeightsComeWithTheProgram() throws {
    let network = try VGG.small()
    #expect(network.depth == .vgg16)
    #expect(network.stages.map(\.channels) == [8, 16, 32, 64, 64])
    #expect(network.preprocessing == Preprocessing(width: 128, height: 128, style: .tensorFlow))
    let untrained = VGG.untrainedSmall(random: RandomStream(seed: 1).child("encoder")).state
    for (path, value) in network.state {
      #expect(value.scalars.allSatisfy(\.isFinite) && value.scalars != untrained[path]?.scalars, "\(path)")
    }
    let picture = Picture(
      width: 40, height: 30, channels: 3, pixels: (0..<3600).map { UInt8($0 * 7 % 256) })
    let features = network.features(of: [picture], through: "block5")
    #expect(features.shape == [1, 4, 4, 64] && features.scalars.contains { $0 > 0 })
  }

  @Test func eachCallGivesANetworkOfItsOwn() throws {
    let (first, second) = (try VGG.small(), try VGG.small())
    let kernel = first.parameters[0].parameter
    kernel.value = kernel.value * 2
    #expect(second.parameters[0].parameter.value.scalars != kernel.value.scalars)
  }

  /// Without He's start the last maps would be thousands of times smaller than the picture's numbers.
  @Test func theUntrainedNetworkKeepsTheScaleOfItsInput() {
    let network = VGG.untrainedSmall(side: 64, random: RandomStream(seed: 1))
    var random = RandomStream(seed: 2)
    let input = Tensor(uniform: [2, 64, 64, 3], in: -1..<1, random: &random)
    let features = ComputeThread.run { network(input, .inference).rowMajor }.scalars
    let largest = features.max() ?? 0
    #expect((0.05...50).contains(largest), "\(largest)")
  }
}
