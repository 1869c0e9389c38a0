import GraftDatasets
import GraftMetrics

extension FaceClasses {
  /// For people.
  var title: String {
    switch self {
    case .withHair: "with hair"
    case .withoutHair: "without hair"
    case .parts: "parts"
    }
  }
}

extension FaceSegmentationResults {
  /// A data set and what is found in its pictures.
  struct Condition: Hashable {
    let dataset: String
    let masks: FaceClasses

    /// As in file names: `lfw-hair`.
    var name: String { "\(dataset)-\(masks.rawValue)" }

    /// For people: `LFW, with hair`.
    var title: String { "\(datasetTitle), \(masks.title)" }

    var datasetTitle: String {
      switch dataset {
      case "lfw": "LFW"
      case "helen": "HELEN"
      default: dataset
      }
    }
  }

  /// The conditions of some encoders, each once, in the order of their training.
  static func conditions(of encoders: [Encoder]) -> [Condition] {
    var seen: [Condition] = []
    for result in encoders.flatMap(\.decoders) where !seen.contains(result.condition) {
      seen.append(result.condition)
    }
    return seen
  }

  func conditions(_ encoder: String) -> [Condition] {
    Self.conditions(of: encoders[encoder].map { [$0] } ?? [])
  }

  /// Both decoders of a condition; nil until both are done.
  func pair(_ encoder: String, _ condition: Condition) -> (control: Decoder, gender: Decoder)? {
    guard let control = encoders[encoder]?.decoder(condition, .control),
      let gender = encoders[encoder]?.decoder(condition, .gender)
    else { return nil }
    return (control, gender)
  }

  /// What both decoders of a condition scored on one part of the data; nil until both are done.
  func scores(
    _ encoder: String, _ condition: Condition, _ partition: MeasuredPartition
  ) -> (control: ConstantMaskComparison, gender: ConstantMaskComparison)? {
    guard let pair = pair(encoder, condition), let control = pair.control.scores[partition],
      let gender = pair.gender.scores[partition]
    else { return nil }
    return (control, gender)
  }
}

extension FaceSegmentationResults.Decoder {
  var condition: FaceSegmentationResults.Condition { .init(dataset: dataset, masks: masks) }

  /// For people: `lfw-hair, control`.
  var title: String { "\(condition.name), \(arm.rawValue)" }
}

extension FaceSegmentationResults.Encoder {
  /// The decoder of a condition and an arm; nil until it is trained.
  func decoder(_ condition: FaceSegmentationResults.Condition, _ arm: FaceSegmentationResults.Arm)
    -> FaceSegmentationResults.Decoder?
  {
    decoders.first { $0.condition == condition && $0.arm == arm }
  }
}

extension FaceSegmentationResults.Gender.Scores {
  /// Under the names of a model card.
  var metrics: [String: Double] { ["accuracy": accuracy, "majorityShare": majorityShare] }
}
