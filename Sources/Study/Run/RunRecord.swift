import GraftTensor

/// What a run of any experiment notes besides its results: what data it saw, what it cost, what it warned of, and with what
/// it was computed.
public struct RunRecord: Codable, Sendable, Equatable {
  /// By what they are for (`gender`, `lfw`, `helen`); empty until they were looked at.
  public var datasets: [String: ExaminedDataset] = [:]
  /// Spent on each stage, over all calls that it took.
  public var seconds: [String: Double] = [:]
  /// What the frozen stages took for a picture, by encoder and then by stage; missing where all features were stored already.
  public var featureSeconds: [String: [String: Double]] = [:]
  /// How many pictures the frozen stages would have seen if nothing were stored, in all epochs, by encoder and then by stage.
  public var frozenPictures: [String: [String: Int]] = [:]
  /// The most memory that the program has held at a time.
  public var peakMemoryBytes = 0
  /// The same for each stage.
  public var peakMemoryBytesByStage: [String: Int] = [:]
  /// What somebody should not overlook, in the order in which it was found; a later call says it again.
  public var warnings: [String] = []
  /// What it was computed with.
  public var environment = ComputeEnvironment.current

  /// Nothing yet.
  public init() {}

  /// What the frozen stages took with the feature store.
  public var secondsWithStore: Double {
    seconds.filter { $0.key.hasSuffix(" features") }.values.reduce(0, +)
  }

  /// What computing the frozen stages anew in every epoch, instead of storing them, would have taken.
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
  /// What the feature store was worth, in a sentence; nil where nothing was stored.
  var storeSentence: String? {
    let without = RunRecord.secondsWithoutStore(self)
    guard without > 0 else { return nil }
    let with = reduce(0) { $0 + $1.secondsWithStore }
    return
      "Frozen stages took \(Int(with.rounded())) s with the feature store; computed anew in every epoch they would "
      + "have taken about \(Int(without.rounded())) s."
  }
}
