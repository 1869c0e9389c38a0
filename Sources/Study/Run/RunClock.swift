import GraftTraining

/// How long the rest of a run takes if every training uses all its epochs: what its plan says of the trainings to come,
/// corrected by how much longer or shorter those before took than planned.
///
/// Where the settings do not limit the epochs, this cannot be known, and there is no estimate.
final class RunClock: TrainingObserver {
  private let plan: RunPlan
  private var begun: Set<String> = []
  private var current: RunPlan.Training?
  private var epochs = 0
  private var shareOfFeatures = 1.0
  /// Seconds that epochs took and were planned to take, by the kind of training. Earlier epochs count less
  /// and less, as other programs on the machine come and go.
  private var taken: [String: (seconds: Double, planned: Double)] = [:]

  init(_ plan: RunPlan) { self.plan = plan }

  /// Records that a training, by its name in the plan, comes next.
  func begin(_ name: String) {
    begun.insert(name)
    current = plan.trainings.first { $0.name == name }
    (epochs, shareOfFeatures) = (0, 1)
  }

  func observe(_ event: TrainingEvent) {
    switch event {
    case .features(_, let done, let count):
      shareOfFeatures = min(shareOfFeatures, 1 - Double(done) / Double(max(count, 1)))
    case .resumed(let epochs, _): (self.epochs, shareOfFeatures) = (epochs, 0)
    case .step: shareOfFeatures = 0
    case .epoch(let epoch, _, _):
      (epochs, shareOfFeatures) = (epoch.number, 0)
      guard let current else { return }
      let before = taken[current.kind] ?? (0, 0)
      taken[current.kind] = (
        0.9 * before.seconds + epoch.seconds, 0.9 * before.planned + current.seconds / Double(current.epochs)
      )
    case .featuresKept, .phase, .warning, .ended: break
    }
  }

  /// The estimate; nil if a training that is not over has no limit on its epochs, and before the first one begins.
  var secondsLeft: Double? {
    guard let current else { return nil }
    let rest = plan.trainings.filter { !begun.contains($0.name) }
    guard ([current] + rest).allSatisfy(\.isLimited) else { return nil }
    let own =
      current.featureSeconds * shareOfFeatures
      + pace(of: current) * current.seconds * Double(max(current.epochs - epochs, 0)) / Double(current.epochs)
    return rest.reduce(own) { $0 + $1.featureSeconds + pace(of: $1) * $1.seconds }
  }

  private func pace(of training: RunPlan.Training) -> Double {
    guard let taken = taken[training.kind], taken.planned > 0 else { return 1 }
    return taken.seconds / taken.planned
  }
}
