import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

/// Everything that a resumed training must have in common with the one that was saved.
struct TrainingIdentityTests {
  /// A training, of which tests change one thing at a time.
  private struct Setup {
    var preprocessing = Preprocessing(width: 32, height: 32, style: .tensorFlow)
    var hiddenUnits = 10
    var scalarType = ScalarType.float32
    var microBatchSize = 4
    var optimizer: any Optimizer = RMSprop(learningRate: 1e-3)
    var schedule = LearningRateSchedule.constant
    var selection = Trainer.Selection.best(.validation(.accuracy))
    var training = shades(count: 12)
    var validation = shades(count: 6)

    func fit(in folder: URL, epochs: Int = 1) throws -> History {
      let encoder = VGG(.vgg16, width: 2, preprocessing: preprocessing, random: RandomStream(seed: 4))
      encoder.freeze(through: "block4")
      let classifier = ClassificationNetwork.gender(
        encoder, hiddenUnits: hiddenUnits, random: RandomStream(seed: 6))
      let trainer = Trainer(
        classifier, loss: .softmaxCrossEntropy, metrics: [.accuracy], optimizer: optimizer,
        schedule: schedule,
        microBatchSize: microBatchSize,
        store: FeatureStore(folder: folder.appendingPathComponent("features"), scalarType: scalarType),
        checkpoint: folder.appendingPathComponent("c.safetensors"))
      return try trainer.fit(
        training.batches(of: 8, shuffledBy: 3), validation: validation.batches(of: 6), until: .epochs(epochs),
        keep: selection)
    }
  }

  @Test func eachDifferenceIsRefusedByItsName() throws {
    let changes: [((inout Setup) -> Void, String)] = [
      ({ $0.microBatchSize = 5 }, "the micro-batch size was 4 and is now 5"),
      (
        { $0.preprocessing = Preprocessing(width: 32, height: 32, style: .caffe) },
        "the preprocessing was"
      ),
      (
        { $0.hiddenUnits = 12 },
        "the parameter top.fc1.kernel was 16×10 and is now 16×12"
      ),
      ({ $0.scalarType = .bfloat16 }, "the type of stored features was float32 and is now bfloat16"),
      ({ $0.selection = .last }, "the rule that chooses the weights was the best validationAccuracy"),
      ({ $0.optimizer = RMSprop(learningRate: 1e-4) }, "the optimizer was RMSprop, rate 0.001"),
      ({ $0.schedule = .step(every: 2) }, "the learning-rate schedule was constant and is now × 0.1"),
      ({ $0.training = shades(count: 12, offset: 1) }, "the digest of the training pictures was"),
      ({ $0.validation = shades(count: 6, offset: 1) }, "the digest of the validation pictures was"),
      (
        { $0.training = shades(count: 12) { .label($0 == 3 ? 0 : $0 % 2) } },
        "the digest of the training targets was"
      ),
      (
        { $0.training = $0.training.named("others") },
        "the training data was 12 of shades and is now 12 of others"
      ),
      ({ $0.validation = shades(count: 5) }, "the validation data was 6 of shades and is now 5 of shades"),
    ]
    try withTemporaryFolder { folder in
      _ = try Setup().fit(in: folder)
      for (change, piece) in changes {
        var changed = Setup()
        change(&changed)
        let error = #expect(throws: CheckpointError.self) { try changed.fit(in: folder, epochs: 2) }
        #expect(
          error?.description.contains(piece) == true, "\(piece): \(error.map { "\($0)" } ?? "accepted")")
      }
      // Nothing was changed by the refusals.
      #expect(try Setup().fit(in: folder, epochs: 2).epochs.count == 2)
    }
  }

  /// SGD under a sentence of its own.
  private struct Described: Optimizer {
    var rule = SGD(.keras, learningRate: 1e-3)
    var summary: String
    var learningRate: Float {
      get { rule.learningRate }
      set { rule.learningRate = newValue }
    }
    var state: [String: Tensor] {
      get { rule.state }
      set { rule.state = newValue }
    }
    mutating func update(_ module: any Module, with gradients: ParameterGradients) {
      rule.update(module, with: gradients)
    }
    func encode(to encoder: any Encoder) throws { try rule.encode(to: encoder) }
  }

  @Test func rewordingASentenceInvalidatesNoCheckpoint() throws {
    try withTemporaryFolder { folder in
      var setup = Setup()
      setup.optimizer = Described(summary: "plain steps")
      _ = try setup.fit(in: folder)
      setup.optimizer = Described(summary: "steps, plain ones")
      #expect(try setup.fit(in: folder, epochs: 2).epochs.count == 2)
    }
  }

  /// The state of an optimizer is read by C: another size would be read beyond its end.
  @Test func anOptimizerStateOfAnotherShapeIsRefused() throws {
    try withTemporaryFolder { folder in
      _ = try Setup().fit(in: folder)
      let file = folder.appendingPathComponent("c.safetensors")
      let saved = try SafetensorsFile(contentsOf: file)
      let tensors = try saved.names.map { name in
        (
          name: name,
          tensor: name == "optimizer/top.fc1.kernel" ? Tensor(zeros: [3]) : try saved.tensor(named: name)
        )
      }
      #expect(tensors.contains { $0.tensor.shape == [3] })
      try SafetensorsFile.write(tensors, metadata: saved.metadata, to: file)
      let error = #expect(throws: CheckpointError.self) { try Setup().fit(in: folder, epochs: 2) }
      #expect(
        error?.description.contains("its optimizer state top.fc1.kernel is 3, and should be 16×10")
          == true,
        "\(error.debugDescription)")
    }
  }

  @Test func aCheckpointThatIsCutOffIsToBeRemoved() throws {
    try withTemporaryFolder { folder in
      _ = try Setup().fit(in: folder)
      let file = folder.appendingPathComponent("c.safetensors")
      let whole = try Data(contentsOf: file)
      for length in [0, 7, 100, whole.count - 1] {
        try whole.prefix(length).write(to: file)
        let error = #expect(throws: CheckpointError.self) { try Setup().fit(in: folder, epochs: 2) }
        #expect(error?.description.contains("remove the file to begin anew") == true, "\(length)")
      }
    }
  }

  @Test(arguments: ["batch", "phase", "epochsBeforePhase", "sampleCount"])
  func aStateThatCannotBeIsRefused(_ name: String) throws {
    try withTemporaryFolder { folder in
      _ = try Setup().fit(in: folder)
      let file = folder.appendingPathComponent("c.safetensors")
      let saved = try SafetensorsFile(contentsOf: file)
      var metadata = saved.metadata
      let state = try #require(metadata["state"])
      #expect(state.contains("\"\(name)\":0"))
      let tensors = try saved.names.map { (name: $0, tensor: try saved.tensor(named: $0)) }
      for (number, reason) in [
        (-1, "not a checkpoint"), (7, name == "phase" ? "it has come to phase 8" : nil),
      ] {
        metadata["state"] = state.replacingOccurrences(of: "\"\(name)\":0", with: "\"\(name)\":\(number)")
        try SafetensorsFile.write(tensors, metadata: metadata, to: file)
        guard let reason else { continue }
        let error = #expect(throws: CheckpointError.self) { try Setup().fit(in: folder, epochs: 2) }
        #expect(error?.description.contains(reason) == true, "\(error.debugDescription)")
      }
    }
  }

  @Test func aCheckpointThatLacksAWeightIsRefused() throws {
    try withTemporaryFolder { folder in
      _ = try Setup().fit(in: folder)
      let file = folder.appendingPathComponent("c.safetensors")
      // The same length, so that the header stays as long as it says.
      var bytes = try Data(contentsOf: file)
      let name = Data("network/top.fc1.kernel".utf8)
      let range = try #require(bytes.range(of: name))
      bytes.replaceSubrange(range, with: Data("network/top.fc1.kernal".utf8))
      try bytes.write(to: file)
      let error = #expect(throws: CheckpointError.self) { try Setup().fit(in: folder, epochs: 2) }
      #expect(error?.description.contains("its weights lack top.fc1.kernel") == true)
    }
  }
}
