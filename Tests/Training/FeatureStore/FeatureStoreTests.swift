import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import TestSupport
import Testing

@testable import GraftTraining

@Suite(.long) struct FeatureStoreTests {
  private func encoder(_ style: Preprocessing.Style = .tensorFlow) -> VGG {
    VGG(
      .vgg16, width: 2, preprocessing: Preprocessing(width: 32, height: 32, style: style),
      random: RandomStream(seed: 4))
  }

  /// How many pictures a call computes, and what it gives.
  private func features(
    of data: Dataset, by encoder: VGG, _ store: FeatureStore
  ) throws -> (computed: Int, rows: [Float]) {
    let features = try store.features(of: data, by: encoder, through: "block4")
    return (features.computedPictures["block4"] ?? 0, try features.rows(Array(0..<data.count)).scalars)
  }

  @Test func otherPixelsUnderTheSameNamesAreComputedAnew() throws {
    try withTemporaryFolder { folder in
      let store = FeatureStore(folder: folder)
      let (data, encoder) = (shades(count: 5), encoder())
      let changed = shades(count: 5, offset: 40)
      let first = try features(of: data, by: encoder, store)
      let again = try features(of: data, by: encoder, store)
      let other = try features(of: changed, by: encoder, store)
      #expect(first.computed == 5 && again.computed == 0 && other.computed == 5)
      #expect(first.rows == again.rows && first.rows != other.rows)
    }
  }

  @Test func anotherPreprocessingOfTheSameWeightsIsComputedAnew() throws {
    try withTemporaryFolder { folder in
      let store = FeatureStore(folder: folder)
      let data = shades(count: 5)
      let (one, two) = (encoder(), encoder(.caffe))
      #expect(one.digest(through: "block5") == two.digest(through: "block5"))
      let first = try features(of: data, by: one, store)
      let other = try features(of: data, by: two, store)
      #expect(first.computed == 5 && other.computed == 5 && first.rows != other.rows)
    }
  }

  @Test func onlyWhatIsNewIsComputedAndHasTheSameBits() throws {
    try withTemporaryFolder { folder in
      let encoder = encoder()
      let all = shades(count: 11)
      let whole = try features(
        of: all, by: encoder, FeatureStore(folder: folder.appendingPathComponent("whole")))
      let store = FeatureStore(folder: folder.appendingPathComponent("parts"))
      // Each part meets other neighbours, at other places of a batch.
      #expect(try features(of: all.selecting([7, 2, 9]), by: encoder, store).computed == 3)
      #expect(
        try features(of: all.selecting([2, 3, 4, 9, 10, 0]), by: encoder, store).computed == 4)
      let rest = try features(of: all, by: encoder, store)
      #expect(rest.computed == 4 && rest.rows == whole.rows)
    }
  }

  @Test func onePictureUnderTwoNamesIsComputedOnce() throws {
    try withTemporaryFolder { folder in
      let (encoder, store) = (encoder(), FeatureStore(folder: folder))
      // Every shade comes again after fifty.
      let twice = shades(count: 53).selecting([0, 1, 50, 2, 51])
      var dones: [Int] = []
      let found = try store.features(of: twice, by: encoder, through: "block4") { done, _ in
        dones.append(done)
      }
      #expect(found.computedPictures["block4"] == 3 && dones == [5])
      let rows = try found.rows([0, 1, 2, 3, 4])
      #expect(
        rows.rows([0]).scalars == rows.rows([2]).scalars && rows.rows([1]).scalars == rows.rows([4]).scalars)
      #expect(found.byteCount == 3 * found.shape.scalarCount * 4)
    }
  }

  @Test func rowsOfAnotherSeedsSplitAreThereAlready() throws {
    try withTemporaryFolder { folder in
      final class Count: TrainingObserver {
        var done: [Int] = []
        func observe(_ event: TrainingEvent) {
          if case .features(_, let done, _) = event { self.done.append(done) }
        }
      }
      var counts: [Int] = []
      for seed in 1...3 {
        let encoder = encoder()
        encoder.freeze(through: "block4")
        let count = Count()
        let trainer = Trainer(
          ClassificationNetwork.gender(encoder), loss: .softmaxCrossEntropy, optimizer: SGD(.keras),
          store: FeatureStore(folder: folder), observers: [count])
        let parts = try shades(count: 16).split(.random(0.25, seed: UInt64(seed)))
        try trainer.fit(
          parts.training.batches(of: 4), validation: parts.validation.batches(of: 4), until: .epochs(1))
        counts.append(count.done.count)
      }
      #expect(counts == [4, 0, 0])
    }
  }

  @Test func whatWasComputedBeforeAStopIsStored() throws {
    struct Stop: Error {}
    try withTemporaryFolder { folder in
      let (data, encoder, store) = (shades(count: 10), encoder(), FeatureStore(folder: folder))
      #expect(throws: Stop.self) {
        try store.features(of: data, by: encoder, through: "block4") { done, _ in
          if done == 8 { throw Stop() }
        }
      }
      var dones: [Int] = []
      let rest = try store.features(of: data, by: encoder, through: "block4") { done, _ in dones.append(done)
      }
      #expect(dones == [10] && rest.computedPictures["block4"] == 2)
    }
  }

  @Test func aLimitThatIsTooSmallLetsATrainingKeepWhatItUses() throws {
    final class Count: TrainingObserver {
      var dones: [String: [Int]] = [:]
      var kept: [(byteCount: Int, limit: Int)] = []
      func observe(_ event: TrainingEvent) {
        switch event {
        case .features(let dataset, let done, _): dones[dataset, default: []].append(done)
        case .featuresKept(_, _, _, let byteCount, let limit): kept.append((byteCount, limit))
        default: break
        }
      }
    }
    try withTemporaryFolder { folder in
      let encoder = encoder()
      encoder.freeze(through: "block4")
      let count = Count()
      let store = FeatureStore(folder: folder, limit: 1)
      let trainer = Trainer(
        ClassificationNetwork.gender(encoder), loss: .softmaxCrossEntropy, optimizer: SGD(.keras),
        store: store,
        observers: [count])
      let training = shades(count: 8, name: "training")
      let validation = shades(count: 6, name: "validation", offset: 9)
      for part in [training, validation] { try trainer.storeFeatures(of: part) }
      _ = try trainer.fit(
        training.batches(of: 4), validation: validation.batches(of: 4), until: .epochs(2))
      // Each in two batches of four, once.
      #expect(count.dones == ["training": [4, 8], "validation": [4, 6]])
      #expect(count.kept.map(\.limit) == [1, 1] && count.kept.allSatisfy { $0.byteCount > 64 })
      // As long as the trainer is there.
      withExtendedLifetime(trainer) {}
    }
  }

  @Test func aFileThatAnotherProcessRemovesIsMadeAgain() throws {
    try withTemporaryFolder { folder in
      let (data, encoder, store) = (shades(count: 5), encoder(), FeatureStore(folder: folder))
      let held = try store.features(of: data, by: encoder, through: "block4")
      try FileManager.default.removeItem(at: folder.appendingPathComponent("features.mdb"))
      // Who had it open keeps it.
      let before = try held.rows([0, 4]).scalars
      #expect(try features(of: data, by: encoder, store).computed == 5)
      #expect(try held.rows([0, 4]).scalars == before)
      #expect(try features(of: data, by: encoder, store).computed == 0)
    }
  }

  @Test func bfloat16TakesHalfTheSpaceAndRowsOfItsOwn() throws {
    try withTemporaryFolder { folder in
      let (data, encoder) = (shades(count: 3), encoder())
      let wide = try FeatureStore(folder: folder).features(of: data, by: encoder, through: "block4")
      let half = try FeatureStore(folder: folder, scalarType: .bfloat16)
        .features(of: data, by: encoder, through: "block4")
      #expect(half.computedPictures["block4"] == 3 && half.byteCount * 2 == wide.byteCount)
      let rows = try wide.rows([0, 1, 2])
      #expect(
        try half.rows([0, 1, 2]).scalars == rows.converted(to: .bfloat16).converted(to: .float32).scalars)
    }
  }

  @Test func aDataSetOfNothingHasNoRows() throws {
    try withTemporaryFolder { folder in
      let none = try FeatureStore(folder: folder).features(
        of: shades(count: 0), by: encoder(), through: "block4")
      #expect(none.count == 0 && none.shape == [2, 2, 16] && none.computedPictures.isEmpty)
      #expect(try none.rows([]).shape == [0, 2, 2, 16])
    }
  }

  @Test func twoThreadsShareTheWork() throws {
    try withTemporaryFolder { folder in
      let (data, store) = (shades(count: 24), FeatureStore(folder: folder))
      // Each has an encoder of its own with the same weights, as two processes would.
      let results = Results()
      let threads = (0..<2).map { _ in
        Thread {
          results.add(
            Result {
              let features = try store.features(of: data, by: self.encoder(), through: "block4")
              return (features.computedPictures["block4"] ?? 0, try features.rows(Array(0..<24)).scalars)
            })
        }
      }
      for thread in threads { thread.start() }
      let both = try results.wait(for: 2).map { try $0.get() }
      #expect(both.map(\.computed).sorted() == [0, 24] && both[0].rows == both[1].rows)
    }
  }
}

/// What threads come to.
private final class Results: @unchecked Sendable {
  typealias Outcome = Result<(computed: Int, rows: [Float]), any Error>
  private let condition = NSCondition()
  private var outcomes: [Outcome] = []

  func add(_ outcome: Outcome) {
    condition.withLock {
      outcomes.append(outcome)
      condition.broadcast()
    }
  }

  func wait(for count: Int) -> [Outcome] {
    condition.withLock {
      while outcomes.count < count { condition.wait() }
      return outcomes
    }
  }
}
