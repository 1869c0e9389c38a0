import Foundation
import GraftMetrics
@testable import GraftTraining
import TestSupport
import Testing

/// A history of so many epochs with these validation losses.
private func history(_ losses: [Double]) throws -> History {
  let epochs = losses.enumerated().map { number, loss in
    #"{"number": \#(number + 1), "learningRate": 1, "trainingLoss": 1, "seconds": 1, "#
      + #""metrics": {"validationLoss": \#(loss)}}"#
  }
  return try JSONDecoder().decode(
    History.self, from: Data(#"{"epochs": [\#(epochs.joined(separator: ", "))]}"#.utf8))
}

private func rates(_ schedule: LearningRateSchedule, from rate: Float, epochs: Int) throws -> [Float] {
  try (0..<epochs).map {
    schedule.learningRate(from: rate, after: try history([Double](repeating: 1, count: $0)))
  }
}

@Test func aConstantRateStays() throws {
  #expect(try rates(.constant, from: 0.1, epochs: 3) == [0.1, 0.1, 0.1])
}

@Test func aStepScheduleFallsAfterEverySoManyEpochs() throws {
  #expect(
    try rates(.step(every: 2, factor: 0.5), from: 8, epochs: 7) == [8, 8, 4, 4, 2, 2, 1])
}

/// By hand: the cosines of 0, 30, 60, 90, 120, 150 and 180 degrees.
@Test func aCosineFallsFromTheRateToTheMinimum() throws {
  let own = try rates(.cosine(epochs: 6, minimum: 1), from: 5, epochs: 8)
  let wanted: [Float] = [
    5, 3 + 2 * Float(3).squareRoot() / 2, 4, 3, 2, 3 - 2 * Float(3).squareRoot() / 2, 1, 1,
  ]
  for (own, wanted) in zip(own, wanted) { #expect(abs(own - wanted) <= 1e-6) }
}

/// By hand: a quarter of the rate more in each epoch, then the cosines of 0, 45, 90, 135 and 180 degrees.
@Test func aCosineWarmsUpInALine() throws {
  let own = try rates(.cosine(epochs: 7, warmUp: 3), from: 4, epochs: 8)
  let root = Float(2).squareRoot()
  let wanted: [Float] = [1, 2, 3, 4, 2 + root, 2, 2 - root, 0]
  for (own, wanted) in zip(own, wanted) { #expect(abs(own - wanted) <= 1e-6) }
}

@Test func aPlateauLowersTheRateAndWaitsAnew() throws {
  let schedule = LearningRateSchedule.reduceOnPlateau(
    of: .validationLoss, patience: 2, factor: 0.5, minimum: 1.5)
  // Better, better, equal, worse: lowered; worse, worse: lowered to the minimum at most; better; worse, worse.
  let losses = [3.0, 2, 2, 2.5, 2.1, 2.1, 1, 1.5, 1.5]
  let own = try (0...losses.count).map { epochs in
    schedule.learningRate(from: 4, after: try history(Array(losses[..<epochs])))
  }
  #expect(own == [4, 4, 4, 4, 2, 2, 1.5, 1.5, 1.5, 1.5])
}

@Test func aPlateauGoesByTheMetricsDirection() throws {
  let schedule = LearningRateSchedule.reduceOnPlateau(
    of: MonitoredMetric(part: .validation, metricName: nil, direction: .higher), patience: 1, factor: 0.5)
  #expect(schedule.learningRate(from: 4, after: try history([1, 2, 3])) == 4)
  #expect(schedule.learningRate(from: 4, after: try history([3, 2, 1])) == 1)
}

@Test func schedulesAreNamedAndCoded() throws {
  let schedules: [LearningRateSchedule] = [
    .constant, .step(every: 30), .cosine(epochs: 90, warmUp: 5),
    .reduceOnPlateau(of: .validation(.accuracy), patience: 5),
  ]
  #expect(Set(schedules.map(\.description)).count == 4)
  #expect(schedules[2].description == "cosine over 90 epochs to 0.0, 5 of them warming up")
  let coded = try JSONEncoder().encode(schedules)
  #expect(try JSONDecoder().decode([LearningRateSchedule].self, from: coded) == schedules)
}

@Test(.exits) func aPlateauOfAMetricThatIsNotThereIsAMistake() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    let schedule = LearningRateSchedule.reduceOnPlateau(of: .validation(.iou), patience: 2)
    _ = schedule.learningRate(from: 1, after: try history([1]))
  }
  let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
  #expect(text.contains("The schedule watches validationIoU, and the epochs have [\"validationLoss\"] only."))
}
