import GraftDatasets

/// The figures that the paper prints, to stand beside ours.
enum PaperFigures {
  /// Of one encoder.
  struct Encoder {
    /// As the paper writes it.
    let title: String
    /// Table 3.1: trainable parameters of the last stage, and of the classifier's three dense layers.
    let parameters: [Int]
    /// Table 4.1.
    let genderEpochs: Int
    /// Table 4.1.
    let genderAccuracy: Double
    /// Tables 5.1 to 5.3: LFW with and without hair, HELEN with and without hair.
    let control, gender: [Double]
    /// The number of that table.
    let table: Int
    /// The numbers of its figures with LFW and with HELEN.
    let figures: (lfw: Int, helen: Int)
  }

  /// By the name of the encoder.
  static let encoders: [String: Encoder] = [
    "vgg16": Encoder(
      title: "VGG16", parameters: [7_079_424, 125_445, 30, 12], genderEpochs: 23, genderAccuracy: 0.975,
      control: [0.638, 0.588, 0.534, 0.552], gender: [0.660, 0.625, 0.542, 0.578], table: 1,
      figures: (1, 2)),
    "vgg19": Encoder(
      title: "VGG19", parameters: [9_439_232, 250_890, 55, 12], genderEpochs: 26, genderAccuracy: 0.9658,
      control: [0.605, 0.538, 0.514, 0.515], gender: [0.663, 0.626, 0.547, 0.575], table: 2,
      figures: (3, 4)),
    "resnet50": Encoder(
      title: "ResNet-50", parameters: [14_976_000, 20_490, 55, 12], genderEpochs: 32, genderAccuracy: 0.9442,
      control: [0.671, 0.604, 0.581, 0.587], gender: [0.671, 0.604, 0.581, 0.587], table: 3,
      figures: (5, 6)),
  ]

  /// Names of encoders in the order of the paper's tables, and behind them the others by name.
  static func ordered(_ names: some Sequence<String>) -> [String] {
    func place(_ name: String) -> (Int, String) { (encoders[name]?.table ?? .max, name) }
    return Set(names).sorted { place($0) < place($1) }
  }

  /// What the paper prints for an encoder, a condition and an arm; nil where it has none.
  static func iou(
    _ encoder: String, _ condition: FaceSegmentationResults.Condition, _ arm: FaceSegmentationResults.Arm
  )
    -> Double?
  {
    guard let own = encoders[encoder], let dataset = ["lfw", "helen"].firstIndex(of: condition.dataset),
      condition.masks != .parts
    else { return nil }
    return (arm == .control ? own.control : own.gender)[2 * dataset + (condition.masks == .withHair ? 0 : 1)]
  }

  /// What the paper's tuned encoder gains; nil where it has none.
  static func gain(_ encoder: String, _ condition: FaceSegmentationResults.Condition) -> Double? {
    guard let control = iou(encoder, condition, .control), let gender = iou(encoder, condition, .gender)
    else {
      return nil
    }
    return gender - control
  }

  /// `Table 5.2`; for an encoder that the paper does not have, its name.
  static func tableTitle(_ encoder: String) -> String {
    encoders[encoder].map { "Table 5.\($0.table)" } ?? "IoU of \(encoder)"
  }

  /// `Figure 5.3`; for an encoder or a data set that the paper does not have, their names.
  static func figureTitle(_ encoder: String, dataset: String) -> String {
    guard let figures = encoders[encoder]?.figures else { return "\(encoder) on \(dataset)" }
    switch dataset {
    case "lfw": return "Figure 5.\(figures.lfw)"
    case "helen": return "Figure 5.\(figures.helen)"
    default: return "\(encoder) on \(dataset)"
    }
  }
}

extension FaceSegmentationResults {
  /// Encoders with their names, in the order of the paper's tables.
  var orderedEncoders: [(name: String, encoder: Encoder)] {
    PaperFigures.ordered(encoders.keys).compactMap { name in encoders[name].map { (name, $0) } }
  }
}
