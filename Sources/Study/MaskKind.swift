extension FaceSegmentationStudy {
  /// What a decoder is to find.
  public enum MaskKind: String, Sendable, CaseIterable {
    /// The face, hair included.
    case withHair = "with-hair"
    /// The face without hair.
    case withoutHair = "without-hair"
    /// Several parts, told apart: the classes that the data set has, background among them.
    case parts

    /// As in file names and results: `hair`, `no-hair`, `parts`.
    var text: String {
      switch self {
      case .withHair: "hair"
      case .withoutHair: "no-hair"
      case .parts: "parts"
      }
    }

    /// For people.
    var title: String {
      switch self {
      case .withHair: "with hair"
      case .withoutHair: "without hair"
      case .parts: "parts"
      }
    }
  }
}

extension StudyResults {
  /// A data set and a kind of mask.
  struct ConditionName: Hashable {
    let dataset: String
    let kind: FaceSegmentationStudy.MaskKind

    init(dataset: String, kind: FaceSegmentationStudy.MaskKind) {
      self.dataset = dataset
      self.kind = kind
    }

    init(dataset: String, hair: Bool) {
      self.init(dataset: dataset, kind: hair ? .withHair : .withoutHair)
    }

    /// Whether the masks are of the face with its hair.
    var hair: Bool { kind == .withHair }
    /// As in file names: `lfw-hair`.
    var text: String { "\(dataset)-\(kind.text)" }
  }
}

extension StudyResults.Segmentation {
  var condition: StudyResults.ConditionName { .init(dataset: dataset, hair: hair) }
  func isPart(of condition: StudyResults.ConditionName) -> Bool { self.condition == condition }
}

extension StudyResults.Parts {
  var condition: StudyResults.ConditionName { .init(dataset: dataset, kind: .parts) }
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
