import GraftTraining

/// Counts the pictures whose features were computed in this call rather than found in the cache.
final class ComputedFeatures: TrainingObserver {
  private(set) var count = 0
  private var dataset = ""
  private var done = 0

  func observe(_ event: TrainingEvent) {
    guard case .features(let dataset, let done, _) = event else { return }
    // The first report of a data set may count what an earlier call computed.
    if dataset == self.dataset { count += done - self.done }
    (self.dataset, self.done) = (dataset, done)
  }
}
