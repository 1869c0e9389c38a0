import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
@testable import GraftTraining
import TestSupport
import Testing

/// What a trainer and an evaluator measure with metrics that are handed in.
@Suite(.long) struct MeasuringTests {
  private func makeClassifier() -> ClassificationNetwork {
    let encoder = VGG(
      .vgg16, width: 2, preprocessing: Preprocessing(width: 32, height: 32, style: .tensorFlow),
      random: RandomStream(seed: 4))
    encoder.freeze(through: "block4")
    return ClassificationNetwork.gender(encoder, random: RandomStream(seed: 6))
  }

  /// How often the brighter class is predicted: a metric of a user's own.
  private struct BrightShare: Metric {
    struct Counts: MetricCounts {
      var bright = 0
      var all = 0
      mutating func add(logits: Tensor, targets: Tensor) {
        bright += logits.indexOfMaximumAlongLastAxis().count { $0 == 1 }
        all += targets.shape[0]
      }
    }
    let name = "brightShare"
    let direction = MetricDirection.higher
    let emptyCounts = Counts()
    func value(of counts: Counts) -> Double? {
      counts.all == 0 ? nil : Double(counts.bright) / Double(counts.all)
    }
  }

  private func trainer(
    _ network: ClassificationNetwork, measuring measurements: Trainer.Measurements, in folder: URL,
    checkpoint: String? = nil, isInterrupted: @escaping () -> Bool = { false }
  ) -> Trainer {
    Trainer(
      network, loss: .softmaxCrossEntropy, metrics: [.accuracy, .balancedAccuracy, BrightShare()],
      measuring: measurements, optimizer: RMSprop(learningRate: 1e-2), microBatchSize: 4,
      store: FeatureStore(folder: folder.appendingPathComponent("features")),
      checkpoint: checkpoint.map { folder.appendingPathComponent($0) }, isInterrupted: isInterrupted)
  }

  @Test func theRowBeforeTrainingAndTheTrainingPartAreMeasuredWhereThatIsWanted() throws {
    try withTemporaryFolder { folder in
      let (training, validation) = (shades(count: 12), shades(count: 6, offset: 3))
      let network = makeClassifier()
      let before = try Evaluator(network).evaluate(validation, metrics: [.accuracy, BrightShare()])
      let history = try trainer(network, measuring: [.start, .trainingPart], in: folder).fit(
        training.batches(of: 8, shuffledBy: 3), validation: validation.batches(of: 6), until: .epochs(3))
      let start = try #require(history.start)
      #expect(start.number == 0 && history.epochs.map(\.number) == [1, 2, 3])
      #expect(start[.validation(.accuracy)] == before[.accuracy])
      #expect(start[.validation(BrightShare())] == before[BrightShare()])
      #expect(start.trainingLoss.isFinite && start[.validationLoss] != nil)
      let last = history.epochs[2]
      let after = try Evaluator(network).evaluate(training, metrics: [.accuracy, .balancedAccuracy])
      #expect(last[.training(.accuracy)] == after[.accuracy])
      #expect(last[.training(.balancedAccuracy)] == after[.balancedAccuracy])
      // Neither changes what is learned.
      let plain = makeClassifier()
      let short = try trainer(plain, measuring: [], in: folder).fit(
        training.batches(of: 8, shuffledBy: 3), validation: validation.batches(of: 6), until: .epochs(3))
      #expect(short.start == nil && short.epochs[2][.training(.accuracy)] == nil)
      #expect(short.epochs.map(\.trainingLoss) == history.epochs.map(\.trainingLoss))
      #expect(plain.state.mapValues(\.scalars) == network.state.mapValues(\.scalars))
    }
  }

  @Test func aTrainingThatWasStoppedKeepsItsFirstRow() throws {
    try withTemporaryFolder { folder in
      let (training, validation) = (shades(count: 12), shades(count: 6))
      func fit(_ name: String?, stopAfter steps: Int? = nil) throws -> History {
        var count = 0
        return try trainer(makeClassifier(), measuring: [.start], in: folder, checkpoint: name) {
          count += 1
          return count == steps
        }.fit(
          training.batches(of: 4, shuffledBy: 3), validation: validation.batches(of: 6), until: .epochs(2))
      }
      let whole = try fit(nil)
      #expect(throws: TrainingInterrupted.self) { try fit("c.safetensors", stopAfter: 2) }
      let resumed = try fit("c.safetensors")
      #expect(resumed.start?.metrics == whole.start?.metrics && resumed.start != nil)
      #expect(resumed.epochs.map(\.metrics) == whole.epochs.map(\.metrics))
    }
  }

  @Test func anEvaluatorCountsWhatIsNoNumber() throws {
    let (network, data) = (makeClassifier(), shades(count: 9))
    let matrix = try Evaluator(network, microBatchSize: 2).confusion(on: data)
    #expect(matrix.truthCounts == [5, 4] && matrix.count == 9)
    let scores = try Evaluator(network).evaluate(
      data, metrics: [.accuracy, .topKAccuracy(2), .largestPredictedShare])
    #expect(scores[.accuracy] == matrix.accuracy && scores[.topKAccuracy(2)] == 1)
    #expect(scores[.largestPredictedShare] == Double(matrix.predictedCounts.max() ?? 0) / 9)
    #expect(scores[.balancedAccuracy] == nil)
    let wrong = shades(count: 3) { .label($0) }
    let error = #expect(throws: DatasetError.self) {
      try Evaluator(network).evaluate(wrong, metrics: [.accuracy])
    }
    #expect(error?.description.contains("shade-2 has class number 2") == true, "\(error.debugDescription)")
  }

  @Test func aCollapsedNetworkIsWarnedOfWhateverIsMeasured() throws {
    final class Warnings: TrainingObserver {
      var all: [String] = []
      func observe(_ event: TrainingEvent) { if case .warning(let text) = event { all.append(text) } }
    }
    try withTemporaryFolder { folder in
      let (network, warnings) = (makeClassifier(), Warnings())
      let bias = network.parameters.first { $0.path == "top.logits.bias" }
      try #require(bias).parameter.value = Tensor(shape: [2], scalars: [90, 0])
      let trainer = Trainer(
        network, loss: .softmaxCrossEntropy, optimizer: SGD(.keras, learningRate: 1e-30),
        store: FeatureStore(folder: folder), observers: [warnings])
      let data = shades(count: 4).batches(of: 4)
      _ = try trainer.fit(data, validation: data, until: .epochs(1))
      #expect(warnings.all.count == 1 && warnings.all[0].contains("the network has collapsed"))
    }
  }
}
