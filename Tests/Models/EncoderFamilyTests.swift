import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights
import TestSupport
import Testing

/// Two units as most networks are made of, in a stage of one's own.
private final class Units: ImageEncoder {
  let preprocessing = Preprocessing(width: 16, height: 16)
  let stages: [EncoderStage]

  init() {
    let units = [(3, 4), (4, 6)].enumerated().map { index, channels in
      let random = RandomStream(seed: UInt64(index))
      let convolution = Conv2D(
        inputs: channels.0, outputs: channels.1, kernelSize: 3, padding: .same, usesBias: false,
        random: random)
      let norm = BatchNorm(channels: channels.1)
      norm.mean.value = Tensor(repeating: 0.25, shape: [channels.1])
      let unit = Sequential([("conv", convolution), ("bn", norm), ("relu", Activation(.relu))])
      return (name: "unit\(index)", layer: unit as any Module)
    }
    stages = [EncoderStage("all", Sequential(units), channels: 6, stride: 1)]
  }
}

@Suite struct EncoderFamilyTests {
  @Test func everyNameIsThereOnce() {
    let families = EncoderFamily.builtIn
    #expect(Set(families.map(\.name)).count == families.count)
    let names = families.networks.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(
      names == [
        "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", "resnet18",
        "resnet34", "resnet50", "resnet101", "resnet152", "mobilenet_v2", "vgg_face", "small",
      ])
    for name in names { #expect(families.network(named: name)?.name == name) }
    #expect(families.network(named: "alexnet") == nil)
    // The paper's Table 3.1.
    #expect(families.network(named: "vgg16")?.hiddenUnits == 5)
    #expect(families.network(named: "vgg19")?.hiddenUnits == 10)
  }

  @Test func whatANetworkPromisesIsWhatItsEncoderIs() throws {
    for network in EncoderFamily.builtIn.networks {
      let encoder = try #require(try network.untrained(), "\(network.name)")
      let features = encoder.outputShape(of: encoder.lastStage.name)
      #expect((features[0] > 1) == network.givesMaps, "\(network.name)")
      #expect(network.hasClassifier != network.comesWithWeights, "\(network.name)")
      let family = EncoderFamily.builtIn.first { $0.name == encoder.architecture.family }
      #expect(family != nil, "\(network.name)")
    }
  }

  @Test func publishedFilesBelongToTheFamilyThatListsThem() {
    for family in EncoderFamily.builtIn {
      for set in family.publishedWeights { #expect(set.architecture.family == family.name, "\(set.name)") }
    }
  }

  @Test func theUnitsOfAnEncoderOfOnesOwnAreFolded() {
    let encoder = Units()
    #expect(encoder.lastStage.module.inferencePlan.count == 2)
    #expect(encoder.batchNorms.map(\.path) == ["all.unit0.bn", "all.unit1.bn"])
    var random = RandomStream(seed: 3)
    let input = Tensor(uniform: [6, 16, 16, 3], in: -1..<1, random: &random)
    expectClose(
      encoder(input, .inference), encoder(input, .observing { _, _ in }), within: 1e-5, "folded units")
    #expect(encoder.operationCount(for: [1, 16, 16, 3]) == 2 * 256 * 9 * (3 * 4 + 4 * 6))
  }
}
