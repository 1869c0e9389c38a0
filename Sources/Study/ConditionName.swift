import GraftDatasets

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

extension StudyResults {
  /// A data set and a kind of mask.
  struct ConditionName: Hashable {
    let dataset: String
    let classes: FaceClasses

    /// Whether the masks are of the face with its hair.
    var hair: Bool { classes == .withHair }
    /// As in file names: `lfw-hair`.
    var text: String { "\(dataset)-\(classes.rawValue)" }
  }
}

extension StudyResults.Segmentation {
  var condition: StudyResults.ConditionName { .init(dataset: dataset, classes: .face(hair: hair)) }
  func isPart(of condition: StudyResults.ConditionName) -> Bool { self.condition == condition }
}

extension StudyResults.Parts {
  var condition: StudyResults.ConditionName { .init(dataset: dataset, classes: .parts) }
}

extension StudyResults.Encoder {
  /// Whether a decoder is trained already.
  func has(_ condition: StudyResults.ConditionName, _ arm: StudyResults.Arm) -> Bool {
    segmentation.contains { $0.isPart(of: condition) && $0.arm == arm }
      || (parts ?? []).contains { $0.condition == condition && $0.arm == arm }
  }

  /// The two decoders of parts of each data set, as far as they are trained, in the order of their training.
  var partPairs: [(dataset: String, control: StudyResults.Parts?, gender: StudyResults.Parts?)] {
    var datasets: [String] = []
    for result in parts ?? [] where !datasets.contains(result.dataset) { datasets.append(result.dataset) }
    return datasets.map { dataset in
      func result(_ arm: StudyResults.Arm) -> StudyResults.Parts? {
        parts?.first { $0.dataset == dataset && $0.arm == arm }
      }
      return (dataset, result(.control), result(.gender))
    }
  }
}
