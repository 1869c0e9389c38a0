import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftTensor
import GraftTraining
import TestSupport
import Testing

/// Two dense layers on pictures, without an encoder.
private final class TwoLayers: Module {
  let first = Dense(inputs: 4 * 4 * 3, outputs: 6, activation: .relu, random: RandomStream(seed: 1))
  let second = Dense(inputs: 6, outputs: 2, random: RandomStream(seed: 2))
  var members: [Member] { [.layer("first", first), .layer("second", second)] }
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    second(first(input.reshaped(to: [input.shape[0], input.scalarCount / input.shape[0]]), context), context)
  }
}

/// A trainer and an evaluator take any module.
@Suite(.long) struct PlainModuleTests {
  private let preprocessing = Preprocessing(width: 4, height: 4, style: .tensorFlow)

  private func fit(
    _ module: TwoLayers, epochs: Int = 8, checkpoint: URL? = nil, preprocessing: Preprocessing? = nil,
    stoppingAfter steps: Int? = nil
  ) throws -> History {
    var asked = 0
    return try Trainer(
      module, preprocessing: preprocessing ?? self.preprocessing, loss: .softmaxCrossEntropy,
      metrics: [.accuracy], optimizer: SGD(.pyTorch, learningRate: 0.1, momentum: 0.9), microBatchSize: 4,
      checkpoint: checkpoint,
      isInterrupted: {
        asked += 1
        return asked == steps
      }
    ).fit(
      squares(count: 16).batches(of: 8, shuffledBy: 3), validation: squares(count: 10).batches(of: 5),
      until: .epochs(epochs), keep: .best(.validation(.accuracy)))
  }

  @Test func itLearnsAndIsMeasured() throws {
    let module = TwoLayers()
    let before = module.state.mapValues(\.scalars)
    let evaluator = Evaluator(module, preprocessing: preprocessing, microBatchSize: 3)
    let history = try fit(module)
    let best = try #require(history.best(.validation(.accuracy))?[.validation(.accuracy)])
    #expect(best > 0.9 && history.epochs[0].trainingLoss > 2 * history.epochs[7].trainingLoss)
    #expect(try evaluator.evaluate(squares(count: 10), metrics: [.accuracy])[.accuracy] == best)
    #expect(try evaluator.confusion(on: squares(count: 10)).count == 10)
    #expect(module.state.allSatisfy { before[$0.key] != $0.value.scalars })
  }

  @Test func whatIsFrozenStays() throws {
    let module = TwoLayers()
    module.freeze("first")
    let before = module.state.mapValues(\.scalars)
    _ = try fit(module, epochs: 1)
    let changed = module.state.filter { before[$0.key] != $0.value.scalars }.keys.sorted()
    #expect(changed == ["second.bias", "second.kernel"])
  }

  @Test func itIsTrainedInPhasesByPaths() throws {
    let module = TwoLayers()
    let before = module.state.mapValues(\.scalars)
    let trainer = Trainer(module, preprocessing: preprocessing, loss: .softmaxCrossEntropy)
    let (training, validation) = (squares(count: 8).batches(of: 8), squares(count: 4).batches(of: 4))
    func fit(_ part: Phase.Part) throws -> [String] {
      let phase = Phase("only", training: part, optimizer: SGD(.keras), until: .epochs(1))
      try trainer.fit(training, validation: validation, phases: [phase])
      let changed = module.state.filter { before[$0.key] != $0.value.scalars }.keys.sorted()
      try module.load(
        before.reduce(into: [:]) { state, kept in
          state[kept.key] = module.state[kept.key].map { Tensor(shape: $0.shape, scalars: kept.value) }
        })
      return changed
    }
    #expect(try fit(.paths(["second.bias"])) == ["second.bias"])
    #expect(try fit(.paths(["first.kernel", "second"])) == ["first.kernel", "second.bias", "second.kernel"])
    #expect(try fit(.everything).count == 4)
  }

  @Test func itIsResumedToTheSameBitsAndOnlyWithTheSamePreprocessing() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("c.safetensors")
      let whole = TwoLayers()
      let history = try fit(whole)
      #expect(throws: TrainingInterrupted.self) { try fit(TwoLayers(), checkpoint: file, stoppingAfter: 3) }
      let other = Preprocessing(width: 4, height: 4, style: .caffe)
      let error = #expect(throws: CheckpointError.self) {
        try fit(TwoLayers(), checkpoint: file, preprocessing: other)
      }
      #expect(error?.description.contains("the preprocessing was") == true, "\(error.debugDescription)")
      let resumed = TwoLayers()
      let continued = try fit(resumed, checkpoint: file)
      #expect(continued.epochs.map(\.metrics) == history.epochs.map(\.metrics))
      #expect(resumed.state.mapValues(\.scalars) == whole.state.mapValues(\.scalars))
    }
  }

  @Test func aClassThatItHasNoLogitForIsNamed() throws {
    let error = #expect(throws: DatasetError.self) {
      try Evaluator(TwoLayers(), preprocessing: preprocessing).evaluate(
        shades(count: 3) { .label($0) }, metrics: [.accuracy])
    }
    #expect(error?.description.contains("shade-2 has class number 2") == true, "\(error.debugDescription)")
  }
}
