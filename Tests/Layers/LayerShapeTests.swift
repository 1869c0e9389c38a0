import Foundation
import GraftLayers
import GraftTensor
import TestSupport
import Testing

private let seed = RandomStream(seed: 9)

@Suite struct LayerShapeTests {
  @Test func layersTakeHeightsAndWidths() {
    let image = Tensor(repeating: 1, shape: [1, 8, 9, 2])
    func shape(_ layer: any Module) -> Tensor.Shape { layer(image, .inference).shape }
    #expect(
      shape(Conv2D(inputs: 2, outputs: 3, kernelSize: (3, 1), strides: (2, 1), random: seed)) == [1, 3, 9, 3])
    #expect(
      shape(Conv2D(inputs: 2, outputs: 3, kernelSize: (1, 3), dilations: (1, 4), random: seed))
        == [1, 8, 1, 3])
    #expect(shape(MaxPool2D(window: (2, 3))) == [1, 4, 3, 2])
    #expect(shape(MaxPool2D(window: (2, 3), strides: (1, 2))) == [1, 7, 4, 2])
    #expect(shape(AveragePool2D(window: (8, 1), strides: (1, 3))) == [1, 1, 3, 2])
    #expect(
      shape(ConvTranspose2D(inputs: 2, outputs: 1, kernelSize: (2, 3), strides: (2, 1), random: seed))
        == [1, 16, 11, 1])
    // And squares, as ever.
    #expect(shape(Conv2D(inputs: 2, outputs: 3, kernelSize: 3, stride: 2, random: seed)) == [1, 3, 4, 3])
    #expect(shape(MaxPool2D(window: 3, stride: 1)) == [1, 6, 7, 2])
    #expect(shape(MaxPool2D()) == [1, 4, 4, 2])
  }

  @Test func leakyReLUKeepsItsSlope() throws {
    let function = ActivationFunction.leakyReLU(slope: 0.25)
    #expect(function(Tensor(shape: [3], scalars: [-4, 0, 2])).scalars == [-1, 0, 2])
    let read = try JSONDecoder().decode(ActivationFunction.self, from: JSONEncoder().encode(function))
    #expect(read == function && read != .leakyReLU(slope: 0.3))
    let layer = Conv2D(
      inputs: 1, outputs: 1, kernelSize: 1, activation: function, kernelInitializer: .constant(1),
      random: seed)
    let image = Tensor(shape: [1, 1, 2, 1], scalars: [-8, 8])
    #expect(Sequential([("conv", layer)])(image, .inference).scalars == [-2, 8])
  }

  @Test func noImagesGoThroughLayers() throws {
    let convolution = Conv2D(inputs: 3, outputs: 32, kernelSize: 3, padding: .same, random: seed)
    let branch = Sequential([
      (
        "conv1", Conv2D(inputs: 32, outputs: 32, kernelSize: 3, padding: .same, usesBias: false, random: seed)
      ),
      ("bn", BatchNorm(channels: 32)), ("relu", Activation(.relu)),
      ("conv2", Conv2D(inputs: 32, outputs: 32, kernelSize: 1, random: seed)),
    ])
    let network = Sequential([
      ("conv", convolution), ("bn", BatchNorm(channels: 32)), ("relu", Activation(.relu)),
      ("block", Residual(branch)), ("pool", MaxPool2D()), ("drop", Dropout(rate: 0.5)),
      ("adaptive", AdaptiveAveragePool2D(height: 3, width: 2)), ("up", Upsampling2D()),
      ("flatten", Flatten()), ("logits", Dense(inputs: 6 * 4 * 32, outputs: 5, random: seed)),
    ])
    let nothing = Tensor(zeros: [0, 12, 8, 3])
    #expect(network(nothing, .inference).shape == [0, 5])
    let before = network.state.mapValues(\.scalars)
    let tape = Tape()
    let context = Context.training(tape, random: seed)
    let gradients = try tape.gradients(of: network(nothing, context).sum())
    for (path, parameter) in network.parameters {
      let gradient = try #require(context.gradient(of: parameter, in: gradients), "\(path)")
      #expect(gradient.shape == parameter.shape && gradient.scalars.allSatisfy { $0 == 0 }, "\(path)")
    }
    #expect(network.state.mapValues(\.scalars) == before, "statistics of nothing moved the stored ones")
  }

  @Test(.exits) func normalizationsOfOtherChannelsAreNotFolded() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let network = Sequential([
        ("conv", Conv2D(inputs: 3, outputs: 8, kernelSize: 1, usesBias: false, random: seed)),
        ("bn", BatchNorm(channels: 1)),
      ])
      _ = network(Tensor(repeating: 1, shape: [1, 4, 4, 3]), .inference)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(
      text.contains(
        "A batch normalisation of 1 channels follows a convolution with a kernel of shape 1×1×3×8."))
  }

  @Test(.exits) func channelsAreNotDividedIntoNoGroups() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Conv2D(inputs: 4, outputs: 4, kernelSize: 1, groups: 0, random: seed)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("4 channels cannot be divided into 0 groups."))
  }
}
