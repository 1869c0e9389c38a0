import GraftTensor

/// What a run of any experiment records besides its results: what data it saw, what it cost, what it warned of, and what it
/// was computed with.
public struct RunRecord: Codable, Sendable, Equatable {
  /// The data sets, by role (`gender`, `lfw`, `helen`); empty until they have been checked.
  public var datasets: [String: ExaminedDataset] = [:]
  /// Seconds spent on each kind of work, over all calls that it took.
  public var seconds: [String: Double] = [:]
  /// Seconds that the frozen stages took for a picture, by encoder and then by kind of work; missing where all features were stored already.
  public var featureSeconds: [String: [String: Double]] = [:]
  /// How many pictures the frozen stages would have seen if nothing were stored, in all epochs, by encoder and then by kind of work.
  public var frozenPictures: [String: [String: Int]] = [:]
  /// The peak memory of the program.
  public var peakMemoryBytes = 0
  /// The same for each kind of work.
  public var peakMemoryBytesByStage: [String: Int] = [:]
  /// The warnings, in the order in which they came up; a later call repeats them.
  public var warnings: [String] = []
  /// What it was computed with.
  public var environment = ComputeEnvironment.current

  /// Creates an empty record.
  public init() {}

  /// What the frozen stages took with the feature store.
  public var secondsWithStore: Double {
    seconds.filter { $0.key.hasSuffix(" features") }.values.reduce(0, +)
  }

  /// What the frozen stages would have taken if they were computed anew in every epoch, instead of stored.
  public var secondsWithoutStore: Double { Self.secondsWithoutStore([self]) }

  /// The same for several runs, which may share a store: what a picture takes is known from the run that computed it.
  static func secondsWithoutStore(_ records: [RunRecord]) -> Double {
    records.reduce(0) { sum, record in
      record.frozenPictures.reduce(sum) { sum, encoder in
        encoder.value.reduce(sum) { sum, stage in
          let known = records.compactMap { $0.featureSeconds[encoder.key]?[stage.key] }
          return sum + Double(stage.value) * (known.max() ?? 0)
        }
      }
    }
  }
}

extension [RunRecord] {
  /// What time the feature store saved, in a sentence; nil where nothing was stored.
  var storeSentence: String? {
    let without = RunRecord.secondsWithoutStore(self)
    guard without > 0 else { return nil }
    let with = reduce(0) { $0 + $1.secondsWithStore }
    return
      "Frozen stages took \(Int(with.rounded())) s with the feature store; computed anew in every epoch they would "
      + "have taken about \(Int(without.rounded())) s."
  }
}
