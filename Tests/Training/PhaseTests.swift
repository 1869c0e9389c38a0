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

private func makeClassifier() -> ClassificationNetwork {
  let encoder = VGG(
    .vgg16, width: 4, preprocessing: Preprocessing(width: 32, height: 32, style: .tensorFlow),
    random: RandomStream(seed: 4))
  return ClassificationNetwork(
    encoder: encoder, head: .linear(classes: 2, dropout: 0.2), random: RandomStream(seed: 6))
}

private func bits(_ network: any Module) -> [String: [UInt32]] {
  network.state.mapValues { $0.scalars.map(\.bitPattern) }
}

private func head(_ epochs: Int, learningRate: Float = 1e-2) -> Phase {
  Phase("head", training: .head, optimizer: Adam(learningRate: learningRate), until: .epochs(epochs))
}

private func block5(_ epochs: Int, learningRate: Float = 1e-3) -> Phase {
  Phase(
    "block 5", training: .from("block5"), optimizer: RMSprop(learningRate: learningRate),
    schedule: .step(every: 1, factor: 0.5), until: .epochs(epochs))
}

/// Remembers what a training tells, and ends it like an error of the observer's own.
private final class Watcher: TrainingObserver {
  struct Killed: Error {}
  /// The weights after each epoch.
  var weights: [[String: [UInt32]]] = []
  var computedPictures: [String: Int] = [:]
  private let network: any Module
  private let kills: (TrainingEvent) -> Bool

  init(_ network: any Module, killingAt kills: @escaping (TrainingEvent) -> Bool = { _ in false }) {
    self.network = network
    self.kills = kills
  }

  func observe(_ event: TrainingEvent) throws {
    if case .epoch = event { weights.append(bits(network)) }
    if case .featuresKept(_, let pictures, _, _, _) = event {
      computedPictures.merge(pictures) { $0 + $1 }
    }
    if kills(event) { throw Killed() }
  }
}

private func train(
  _ network: ClassificationNetwork, _ phases: [Phase], in folder: URL, checkpoint: String? = nil,
  augmented: Bool = false, seed: UInt64? = 3, keep selection: Trainer.Selection = .last,
  watcher: Watcher? = nil, stoppingAfter steps: Int? = nil
) throws -> History {
  var asked = 0
  let trainer = Trainer(
    network, loss: .softmaxCrossEntropy, metrics: [.accuracy], microBatchSize: 4,
    store: FeatureStore(folder: folder.appendingPathComponent("features")),
    checkpoint: checkpoint.map { folder.appendingPathComponent($0) }, observers: watcher.map { [$0] } ?? [],
    isInterrupted: {
      asked += 1
      return asked == steps
    })
  let plain = squares(count: 16).batches(of: 8, shuffledBy: seed)
  let augmentation = Augmentation(flipProbability: 0.5, crop: 0.8...1, brightness: 0.3)
  return try trainer.fit(
    augmented ? plain.augmented(by: augmentation) : plain, validation: squares(count: 6).batches(of: 6),
    phases: phases, keep: selection)
}

/// What two histories must have in common: all but the seconds.
private func expectSame(_ one: History, _ other: History) {
  #expect(one.epochs.map(\.number) == other.epochs.map(\.number))
  #expect(one.epochs.map(\.phase) == other.epochs.map(\.phase))
  #expect(one.epochs.map(\.learningRate) == other.epochs.map(\.learningRate))
  #expect(one.epochs.map(\.trainingLoss) == other.epochs.map(\.trainingLoss))
  #expect(one.epochs.map(\.metrics) == other.epochs.map(\.metrics))
}

@Suite(.long) struct PhaseTests {
  @Test func eachPhaseTrainsItsPartByItsOptimizer() throws {
    try withTemporaryFolder { folder in
      let network = makeClassifier()
      network.freeze("encoder.block1")
      let (before, watcher) = (bits(network), Watcher(network))
      let history = try train(network, [head(2), block5(3)], in: folder, watcher: watcher)
      #expect(history.epochs.map(\.number) == [1, 2, 3, 4, 5])
      #expect(history.epochs.map(\.phase) == ["head", "head", "block 5", "block 5", "block 5"])
      #expect(history.epochs.map(\.learningRate) == [1e-2, 1e-2, 1e-3, 5e-4, 2.5e-4])
      #expect(history.phase("block 5").epochs.map(\.number) == [3, 4, 5])
      func changed(_ one: [String: [UInt32]], _ other: [String: [UInt32]]) -> Set<String> {
        Set(one.filter { other[$0.key] != $0.value }.keys)
      }
      let headPaths: Set = ["top.logits.kernel", "top.logits.bias"]
      #expect(changed(before, watcher.weights[1]) == headPaths)
      let tuned = changed(watcher.weights[1], watcher.weights[4])
      #expect(tuned.isSuperset(of: headPaths) && tuned.contains("encoder.block5.conv1.kernel"))
      #expect(tuned.subtracting(headPaths).allSatisfy { $0.hasPrefix("encoder.block5.") })
      // Afterwards it is frozen as before.
      let trainable = network.parameters.filter(\.parameter.isTrainable).map(\.path)
      #expect(trainable.contains("encoder.block2.conv1.kernel"))
      #expect(!trainable.contains { $0.hasPrefix("encoder.block1.") })
    }
  }

  @Test func phasesDoWhatOneTrainingAfterTheOtherDoes() throws {
    try withTemporaryFolder { folder in
      let (whole, parts) = (makeClassifier(), makeClassifier())
      // In the order of the data and without dropout, nothing depends on the number of an epoch.
      func plain(_ network: ClassificationNetwork) -> ClassificationNetwork {
        ClassificationNetwork(
          encoder: network.encoder, head: .linear(classes: 2), random: RandomStream(seed: 6))
      }
      let (phased, manual) = (plain(whole), plain(parts))
      let history = try train(phased, [head(2), block5(3)], in: folder, seed: nil)
      func alone(_ phase: Phase) throws -> History {
        try Trainer(
          manual, loss: .softmaxCrossEntropy, metrics: [.accuracy], optimizer: phase.optimizer,
          schedule: phase.schedule, microBatchSize: 4,
          store: FeatureStore(folder: folder.appendingPathComponent("features"))
        ).fit(
          squares(count: 16).batches(of: 8), validation: squares(count: 6).batches(of: 6), until: phase.rule)
      }
      manual.encoder.freeze()
      let first = try alone(head(2))
      manual.unfreeze("encoder.block5")
      let second = try alone(block5(3))
      #expect(bits(phased) == bits(manual))
      #expect(history.epochs.map(\.metrics) == (first.epochs + second.epochs).map(\.metrics))
    }
  }

  // MARK: Best weights

  @Test func aPhaseBeginsWithTheBestWeightsOfTheEpochsBefore() throws {
    try withTemporaryFolder { folder in
      let network = makeClassifier()
      // The last steps are so large that the epoch is not the best.
      let first = Phase(
        "head", training: .head, optimizer: SGD(.keras, learningRate: 1e-2),
        schedule: .step(every: 2, factor: 1e5), until: .epochs(3))
      let phases = [first, block5(1, learningRate: 1e-30)]
      let history = try train(network, phases, in: folder, keep: .best(.validationLoss))
      let best = try #require(history.phase("head").best(.validationLoss))
      #expect(best.number == 2)
      #expect(history.epochs[3][.validationLoss] == best[.validationLoss])
    }
  }

  @Test(arguments: [false, true])
  func aPhaseThatOnlySpoilsLeavesTheBestWeightsOfTheOneBefore(isResumed: Bool) throws {
    try withTemporaryFolder { folder in
      let (network, alone) = (makeClassifier(), makeClassifier())
      _ = try train(alone, [head(3)], in: folder, keep: .best(.validationLoss))
      let phases = [head(3), block5(2, learningRate: 10)]
      if isResumed {
        #expect(throws: TrainingInterrupted.self) {
          try train(
            makeClassifier(), phases, in: folder, checkpoint: "c", keep: .best(.validationLoss),
            stoppingAfter: 7)
        }
      }
      let history = try train(
        network, phases, in: folder, checkpoint: isResumed ? "c" : nil, keep: .best(.validationLoss))
      #expect(history.best(.validationLoss)?.phase == "head")
      #expect(bits(network) == bits(alone))
    }
  }

  // MARK: Resuming

  /// Where a training is killed: in the middle of a phase by a step, or between two of them.
  enum Kill: CaseIterable {
    case inPhase1, atTheEndOfPhase1, atTheBeginningOfPhase2, inPhase2

    func matches(_ event: TrainingEvent, isFirstEnd: Bool) -> Bool {
      switch (self, event) {
      case (.inPhase1, .step(epoch: 2, batch: 1, _, _, _)): true
      case (.inPhase2, .step(epoch: 5, batch: 2, _, _, _)): true
      case (.atTheEndOfPhase1, .ended): isFirstEnd
      case (.atTheBeginningOfPhase2, .phase(_, number: 2, _)): true
      default: false
      }
    }
  }

  @Test(arguments: Kill.allCases, [false, true])
  func aKilledTrainingGoesOnToTheSameBits(_ kill: Kill, augmented: Bool) throws {
    try withTemporaryFolder { folder in
      let phases = [head(3), block5(3)]
      let (whole, resumed, killed) = (makeClassifier(), makeClassifier(), makeClassifier())
      let wanted = try train(whole, phases, in: folder, augmented: augmented, keep: .best(.validationLoss))
      let watcher = Watcher(killed) { kill.matches($0, isFirstEnd: true) }
      #expect(throws: Watcher.Killed.self) {
        try train(
          killed, phases, in: folder, checkpoint: "c", augmented: augmented, keep: .best(.validationLoss),
          watcher: watcher)
      }
      let history = try train(
        resumed, phases, in: folder, checkpoint: "c", augmented: augmented, keep: .best(.validationLoss))
      expectSame(history, wanted)
      #expect(bits(resumed) == bits(whole))
    }
  }

  /// Two steps an epoch: the third is the first of the second epoch, the ninth that of the fifth.
  @Test(arguments: [3, 9], [false, true])
  func aTrainingStoppedInMidEpochGoesOnToTheSameBits(steps: Int, augmented: Bool) throws {
    try withTemporaryFolder { folder in
      let phases = [head(3), block5(3)]
      let (whole, resumed) = (makeClassifier(), makeClassifier())
      let wanted = try train(whole, phases, in: folder, augmented: augmented)
      // What is computed asks, too: this is done by now unless pictures change.
      #expect(throws: TrainingInterrupted.self) {
        try train(
          makeClassifier(), phases, in: folder, checkpoint: "c", augmented: augmented, stoppingAfter: steps)
      }
      let history = try train(resumed, phases, in: folder, checkpoint: "c", augmented: augmented)
      expectSame(history, wanted)
      #expect(bits(resumed) == bits(whole))
    }
  }

  // MARK: Going on

  @Test(arguments: [false, true])
  func aTrainingThatWasDoneGoesOnAsOneCallWouldHave(augmented: Bool) throws {
    try withTemporaryFolder { folder in
      let everything = Phase(
        "all", training: .everything, optimizer: SGD(.pyTorch, learningRate: 1e-3), until: .epochs(1))
      let (whole, longer) = (makeClassifier(), makeClassifier())
      let wanted = try train(
        whole, [head(2), block5(3), everything], in: folder, augmented: augmented,
        keep: .best(.validationLoss))
      func goOn(_ phases: [Phase]) throws -> History {
        try train(
          longer, phases, in: folder, checkpoint: "c", augmented: augmented, keep: .best(.validationLoss))
      }
      _ = try goOn([head(1)])
      _ = try goOn([head(2)])
      _ = try goOn([head(2), block5(1)])
      _ = try goOn([head(2), block5(3)])
      let history = try goOn([head(2), block5(3), everything])
      expectSame(history, wanted)
      #expect(bits(longer) == bits(whole))
    }
  }

  @Test func phasesThatAreOverMustBeTheSame() throws {
    try withTemporaryFolder { folder in
      _ = try train(makeClassifier(), [head(1), block5(1)], in: folder, checkpoint: "c")
      let other = Phase("first", training: .head, optimizer: Adam(learningRate: 1e-2), until: .epochs(1))
      let wrong: [([Phase], String)] = [
        ([head(2), block5(1)], "the stopping rule of the phase head was 1 epoch and is now 2 epochs"),
        (
          [head(1, learningRate: 1), block5(1)],
          "the optimizer of the phase head was Adam of PyTorch, rate 0.01"
        ),
        (
          [head(1), block5(1, learningRate: 1)], "the optimizer of the phase block 5 was RMSprop, rate 0.001"
        ),
        ([head(1)], "it has come to phase 2 of a training that has 1 now"),
        ([other, block5(1)], "phase 1 was head and is now first"),
        (
          [
            head(1),
            Phase(
              "block 5", training: .from("block4"), optimizer: RMSprop(learningRate: 1e-3),
              schedule: .step(every: 1, factor: 0.5), until: .epochs(1)),
          ], "the trained parameters of the phase block 5 was"
        ),
      ]
      for (phases, sentence) in wrong {
        let error = #expect(throws: CheckpointError.self) {
          try train(makeClassifier(), phases, in: folder, checkpoint: "c")
        }
        #expect(error?.description.contains(sentence) == true, "\(sentence): \(error.debugDescription)")
      }
      let history = try train(makeClassifier(), [head(1), block5(2)], in: folder, checkpoint: "c")
      #expect(history.epochs.count == 3)
    }
  }

  // MARK: Features

  @Test func picturesGoThroughEachFrozenStageOnce() throws {
    try withTemporaryFolder { folder in
      let block4 = Phase(
        "block 4", training: .from("block4"), optimizer: RMSprop(learningRate: 1e-3), until: .epochs(1))
      let network = makeClassifier()
      let watcher = Watcher(network)
      _ = try train(network, [head(1), block5(1), block4], in: folder, watcher: watcher)
      // The validation part's six are the first of the sixteen of the training part.
      #expect(
        watcher.computedPictures == ["block1": 16, "block2": 16, "block3": 16, "block4": 16, "block5": 16])
    }
  }

  @Test func stagesThatAreTrainedInBetweenAreNotKept() {
    func kept(_ parts: [Phase.Part]) -> [String] {
      let phases = parts.enumerated().map { number, part in
        Phase("\(number)", training: part, optimizer: Adam(), until: .epochs(1))
      }
      let data = squares(count: 4).batches(of: 4)
      return Fit(TrainedNetwork(makeClassifier()), data, data, phases, hasPhases: true, .last)
        .stagesToKeep(in: 0)
    }
    #expect(kept([.head, .from("block5"), .from("block3")]) == ["block4", "block2"])
    #expect(kept([.head, .from("block3"), .from("block5")]) == ["block2"])
    #expect(kept([.head, .everything, .from("block5")]) == [])
    #expect(kept([.from("block3"), .from("block5")]) == [])
  }

  @Test func aLogNamesThePhases() throws {
    try withTemporaryFolder { folder in
      let phase = Phase("head, alone", training: .head, optimizer: Adam(), until: .epochs(1))
      let text = CSVLog.text(try train(makeClassifier(), [phase, block5(1)], in: folder))
      let lines = text.split(separator: "\n")
      #expect(lines[0].hasPrefix("epoch,phase,learningRate,trainingLoss,"))
      #expect(lines[1].hasPrefix("1,\"head, alone\",0.001,") && lines[2].hasPrefix("2,block 5,0.001,"))
    }
  }
}

/// What ends the program.
@Suite(.exits) struct PhaseMisuseTests {
  private static func fit(_ phases: [Phase]) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("never-written")
    _ = try train(makeClassifier(), phases, in: folder)
  }

  @Test func phasesThatCannotBeAreRefusedAtTheStart() async throws {
    func sentence(_ result: ExitTest.Result?) -> String {
      String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }
    let same = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Self.fit([head(1), head(2)])
    }
    #expect(sentence(same).contains("The phases of a training have different names"))
    let nothing = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Self.fit([Phase("none", training: .paths([]), optimizer: Adam(), until: .epochs(1))])
    }
    #expect(sentence(nothing).contains("Nothing is trained in the phase none"))
    let unmeasured = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      try Self.fit([
        head(1),
        Phase(
          "last", training: .head, optimizer: Adam(), until: .noImprovement(of: .validation(.iou), for: 2)),
      ])
    }
    #expect(sentence(unmeasured).contains("The stopping rule of the phase last asks for validationIoU"))
    let staged = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let data = squares(count: 4).batches(of: 4)
      let module = Sequential([
        ("flatten", Flatten()), ("dense", Dense(inputs: 48, outputs: 2, random: RandomStream(seed: 1))),
      ])
      let preprocessing = Preprocessing(width: 4, height: 4)
      try Trainer(module as any Module, preprocessing: preprocessing, loss: .softmaxCrossEntropy)
        .fit(data, validation: data, phases: [head(1)])
    }
    #expect(sentence(staged).contains("this network has no encoder with stages"))
  }
}
