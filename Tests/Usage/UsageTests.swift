import Foundation
import Graft
import TestSupport
import Testing

/// The pieces of code with which the package is explained, on small data.
@Suite struct UsageTests {
  private let narrow = Golden.folder.appendingPathComponent("keras/vgg19_narrow_keras_notop.h5")

  private func faces(below folder: URL) throws -> Dataset {
    try folder.writeSyntheticTrees()
    return try LFWParts(directory: folder.appendingPathComponent("lfw")).dataset()
  }

  @Test func anEngineerWantsFeatures() throws {
    let url = Golden.folder.appendingPathComponent("images/rgb8.png")

    let encoder = try VGG.vgg19(weights: .file(narrow), width: 4)
    let picture = try Picture(contentsOf: url)
    let features = encoder.features(of: [picture], through: "block5")

    #expect(features.shape == [1, 7, 7, 32])
    #expect(features.scalars.contains { $0 > 0 })
  }

  @Test func anEngineerNamesWhatIsInAPicture() throws {
    let url = Golden.folder.appendingPathComponent("images/rgb8.png")
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("animals.safetensors")
      try ClassificationNetwork(
        encoder: ResNet(.resNet18, variant: .torchvision, width: 4),
        top: ResNet.top(inputs: 32, classes: 3), classNames: ["cat", "dog", "hen"]
      ).write(to: file)

      let network = try ResNet.classifier(.resNet18, weights: .file(file), width: 4)
      let picture = try Picture(contentsOf: url)
      let probabilities = softmax(network.logits(of: [picture]))  // 1×3

      #expect(probabilities.shape == [1, 3] && network.classNames == ["cat", "dog", "hen"])
      let encoder = try ResNet.resNet18(weights: .file(file), width: 4)
      #expect(encoder.features(of: [picture], through: "conv5").shape == [1, 7, 7, 32])
    }
  }

  @Test func aStudentTunesTheLastBlock() throws {
    try withTemporaryFolder { folder in
      try folder.writeSyntheticTrees()
      let gender = try CelebA(directory: folder.appendingPathComponent("celeba")).gender
      let celebA = try Split(of: gender, rule: .random(0.2, seed: 7)).applied(to: gender)
      let seed: UInt64 = 7

      let encoder = try VGG.vgg19(weights: .file(narrow), width: 4)
      encoder.freeze(through: "block4")
      let classifier = ClassificationNetwork.gender(encoder, hiddenUnits: 10)

      let trainer = Trainer(
        classifier, loss: .softmaxCrossEntropy, metrics: [.accuracy],
        optimizer: RMSprop(learningRate: 1e-4, rho: 0.9),
        store: FeatureStore(folder: folder.appendingPathComponent("cache")))
      let history = try trainer.fit(
        celebA.training.batches(of: 8, shuffledBy: seed), validation: celebA.validation.batches(of: 8),
        until: .noImprovement(of: .validationLoss, for: 2).or(.epochs(3)), keep: .best(.validation(.accuracy))
      )

      #expect((1...3).contains(history.epochs.count))
      #expect(history.epochs.allSatisfy { $0.trainingLoss.isFinite })
      let lines = encoder.summary().split(separator: "\n")
      let frozen = lines.filter { $0.contains("frozen") }
      #expect(
        frozen.contains { $0.contains("block4.conv4") } && !frozen.contains { $0.contains("block5.conv1") })
    }
  }

  @Test func aHobbyistFineTunesInPhases() throws {
    try withTemporaryFolder { folder in
      try folder.writeSyntheticTrees()
      let pets = try CelebA(directory: folder.appendingPathComponent("celeba")).gender.prefix(24)
      let parts = try pets.split(.random(0.25, seed: 7, stratified: true))

      let network = ClassificationNetwork(
        encoder: try VGG.small(), head: .linear(classes: pets.classNames.count), classNames: pets.classNames)
      let trainer = Trainer(
        network, loss: .softmaxCrossEntropy, metrics: [.accuracy, .balancedAccuracy],
        store: FeatureStore(folder: folder.appendingPathComponent("cache")))
      let history = try trainer.fit(
        parts.training.batches(of: 32, shuffledBy: 1), validation: parts.validation.batches(of: 32),
        phases: [
          Phase("head", training: .head, optimizer: Adam(learningRate: 1e-3), until: .epochs(2)),
          Phase(
            "block 5", training: .from("block5"), optimizer: Adam(learningRate: 1e-5),
            until: .noImprovement(of: .validation(.accuracy), for: 3).or(.epochs(3))),
        ], keep: .best(.validation(.accuracy)))
      let confusion = try Evaluator(network).confusion(on: parts.validation)

      #expect(history.epochs.prefix(3).map(\.phase) == ["head", "head", "block 5"])
      #expect(confusion.count == parts.validation.count)
      #expect(confusion.accuracy == history.best(.validation(.accuracy))?[.validation(.accuracy)])
    }
  }

  @Test func aResearcherBringsAnEncoder() throws {
    try withTemporaryFolder { folder in
      let url = folder.appendingPathComponent("mobile-face.npz")
      try MobileFace.writePublishedWeights(to: url)

      let network = SegmentationNetwork(
        encoder: try MobileFace(weights: .file(url)), decoder: .fcn32(classes: 1))

      network.encoder.freeze()
      let faces = try self.faces(below: folder)
      let parts = try faces.split(.tail(0.1))
      let trainer = Trainer(
        network, loss: .binaryCrossEntropy, metrics: [.iou], optimizer: RMSprop(learningRate: 1e-2),
        store: FeatureStore(folder: folder.appendingPathComponent("cache")))
      let history = try trainer.fit(
        parts.training.batches(of: 3, shuffledBy: 1), validation: parts.validation.batches(of: 1),
        until: .epochs(6), keep: .best(.validation(.iou)))
      #expect(history.epochs[5].trainingLoss < history.epochs[0].trainingLoss)

      let file = folder.appendingPathComponent("network.safetensors")
      try network.write(to: file)
      let copy = SegmentationNetwork(encoder: MobileFace(), decoder: .fcn32(classes: 1))
      try copy.read(from: file)
      #expect(copy.state.mapValues(\.scalars) == network.state.mapValues(\.scalars))
      let read = try SegmentationNetwork(
        contentsOf: file,
        families: EncoderFamily.builtIn + [EncoderFamily("MobileFace") { _ in MobileFace() }])
      let map = read.probabilityMaps(of: [try faces[0].picture.value])[0]
      #expect(map.shape == [250, 250, 1])
      #expect(network.encoder.summary().contains("stem.conv"))
      let subject = FaceSegmentationStudy.Subject(name: "mobile-face") { try MobileFace(weights: .file(url)) }
      #expect(try subject.makeEncoder().stages.map(\.name) == ["stem", "body"])
    }
  }

  @Test func anEncoderIsAListOfStages() throws {
    final class Tiny: ImageEncoder {
      let preprocessing = Preprocessing(width: 64, height: 64, style: .tensorFlow)
      let stages = [
        EncoderStage(
          "stem",
          Conv2D(
            inputs: 3, outputs: 8, kernelSize: 4, stride: 4, activation: .relu, random: RandomStream(seed: 1)),
          channels: 8, stride: 4),
        EncoderStage(
          "body",
          Conv2D(
            inputs: 8, outputs: 16, kernelSize: 2, stride: 2, activation: .relu, random: RandomStream(seed: 2)
          ), channels: 16, stride: 8),
      ]
    }
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("tiny.safetensors")
      let first = SegmentationNetwork(encoder: Tiny(), random: RandomStream(seed: 3))
      try first.write(to: file)

      let tiny = EncoderFamily("Tiny") { _ in Tiny() }
      let network = try SegmentationNetwork(contentsOf: file, families: EncoderFamily.builtIn + [tiny])

      #expect(network.state.mapValues(\.scalars) == first.state.mapValues(\.scalars))
      network.encoder.freeze(through: "stem")
      #expect(network.lastCacheableStage?.name == "stem")
      #expect(network.encoder.parameters.map(\.path).first == "stem.kernel")
    }
  }

  @Test func aResearcherTellsPartsApart() throws {
    try withTemporaryFolder { folder in
      try folder.writeSyntheticTrees()
      let encoder = try VGG.small()
      encoder.freeze()

      let faces = try LFWParts(directory: folder.appendingPathComponent("lfw")).dataset(classes: .parts)
      let parts = try Split(of: faces, rule: .tail(0.2)).applied(to: faces)
      let network = SegmentationNetwork(
        encoder: encoder, decoder: .fcn32(classes: faces.classNames.count))
      let trainer = Trainer(
        network, loss: .pixelSoftmaxCrossEntropy(classNames: faces.classNames),
        metrics: .classes(faces.classNames),
        optimizer: RMSprop(learningRate: 1e-2),
        store: FeatureStore(folder: folder.appendingPathComponent("cache")))
      let history = try trainer.fit(
        parts.training.batches(of: 4, shuffledBy: 1), validation: parts.validation.batches(of: 4),
        until: .epochs(2), keep: .best(.validation(.meanIoU())))

      #expect(history.best(.validation(.meanIoU()))?.metrics["validationIoU skin"] != nil)
      let picture = try faces[0].picture.value
      let logits = network(encoder.preprocessing.tensor(of: [picture]), .inference)
      let classes = Picture(
        width: 224, height: 224, channels: 1,
        pixels: logits.indexOfMaximumAlongLastAxis().map { UInt8($0) })
      let overlay = picture.resized(width: 224, height: 224).overlaid(withClasses: classes)
      #expect(overlay.width == 224 && overlay.channels == 3)
    }
  }

  @Test func aStepOfOnesOwn() throws {
    let network = SegmentationNetwork(encoder: MobileFace(random: RandomStream(seed: 1)))
    var optimizer = RMSprop(learningRate: 1e-3)
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "graft-step-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let batches = try faces(below: folder).batches(of: 5, shuffledBy: 1)
    let random = RandomStream(seed: 3)
    var losses: [Float] = []
    for epoch in 0..<4 {
      let loaded = batches.prefetched(epoch: epoch, preprocessing: network.encoder.preprocessing)
      var index = 0
      while let batch = try loaded.next() {
        let step = TrainingStep(random: random.child("step", epoch, index))
        let logits = network(batch.inputs, step.context)
        let penalty = try #require(network.regularization(step.context))
        let loss = binaryCrossEntropy(fromLogits: logits, batch.targets) + penalty
        optimizer.update(network, with: try step.gradients(of: loss))
        losses.append(loss.scalar)
        index += 1
      }
    }
    #expect(losses.count == 8 && losses[7] < losses[0])
  }
}
