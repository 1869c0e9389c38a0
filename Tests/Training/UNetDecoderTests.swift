import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import TestSupport
import Testing

struct UNetDecoderTests {
  @Test(arguments: [false, true])
  func mapsHaveTheSizeOfPictures(_ isResNet: Bool) throws {
    let encoder: any ImageEncoder =
      isResNet
      ? ResNet(
        .resNet50, variant: .torchvision, width: 4,
        preprocessing: Preprocessing(width: 96, height: 64, style: .tensorFlow))
      : VGG(.vgg16, width: 2, preprocessing: Preprocessing(width: 96, height: 64))
    let network = SegmentationNetwork(encoder: encoder, decoder: .uNet(classes: 3, channels: 2))
    let pictures = Tensor(zeros: [2, 64, 96, 3])
    #expect(network(pictures, .inference).shape == [2, 64, 96, 3])
    let paths = network.stateShapes.map(\.path)
    for path in ["decoder.enlarge1.kernel", "decoder.level1.conv2.kernel", "decoder.upsample.kernel"] {
      #expect(paths.contains(path), "\(path)")
    }
    #expect(Set(paths).count == paths.count)
  }

  @Test func everyStageIsReadOnceAndHasAGradient() throws {
    let encoder = VGG(.vgg16, width: 2, preprocessing: Preprocessing(width: 64, height: 64))
    let network = SegmentationNetwork(encoder: encoder, decoder: .uNet(channels: 2))
    #expect(network.head.stagesRead == ["block1", "block2", "block3", "block4", "block5"])
    var random = RandomStream(seed: 3)
    let pictures = Tensor(uniform: [2, 64, 64, 3], in: -1..<1, random: &random)
    let masks = Tensor(zeros: [2, 64, 64, 1])
    let step = TrainingStep(random: RandomStream(seed: 1))
    let loss = binaryCrossEntropy(fromLogits: network(pictures, step.context), masks)
    let gradients = try step.gradients(of: loss)
    for (path, parameter) in network.parameters {
      #expect(gradients[parameter] != nil, "\(path)")
    }
  }

  @Test func itLearnsAndIsReadBack() throws {
    try withTemporaryFolder { folder in
      let faces = SyntheticFaces(like: .lfw, count: 8).masks(.withHair, size: .init(width: 64, height: 64))
      let encoder = try VGG.small().resizingPictures(to: (width: 64, height: 64))
      encoder.freeze()
      let network = SegmentationNetwork(encoder: encoder, decoder: .uNet(channels: 4))
      let trainer = Trainer(
        network, loss: .binaryCrossEntropy, metrics: .masks, optimizer: Adam(learningRate: 1e-2))
      let history = try trainer.fit(
        faces.prefix(6).batches(of: 6), validation: faces.selecting(6..<8).batches(of: 2),
        until: .epochs(12))
      let losses = history.epochs.map(\.trainingLoss)
      #expect(losses[11] < 0.7 * losses[0], "\(losses)")

      let file = folder.appendingPathComponent("unet.safetensors")
      try network.write(to: file)
      let picture = try faces[0].picture.value
      let read = try SegmentationNetwork(contentsOf: file)
      #expect(read.logits(of: [picture]).scalars == network.logits(of: [picture]).scalars)
    }
  }
}
