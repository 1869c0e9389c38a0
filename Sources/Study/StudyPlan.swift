import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining

/// What a study will compute, and what that takes on this machine: estimated before anything starts.
public struct StudyPlan {
  /// One kind of work with one encoder.
  struct Item {
    let subject: String
    let work: String
    let floatingPointOperations: Double
    let byteCount: Int
    let seconds: Double
  }

  /// Where nothing limits the epochs: about what the paper reports for its gender tunings (Table 4.1) and shows for its
  /// decoders (Figures 5.1 to 5.6).
  static let usualEpochs = (gender: 30, segmentation: 300)

  private(set) var items: [Item] = []
  private let trainingCounts: (gender: Int, decoders: Int)
  private let hasEpochLimits: Bool

  /// Times one batch of each kind of work; nothing is written.
  ///
  /// - Parameters:
  ///   - configuration: the settings.
  ///   - subjects: the encoders.
  ///   - faces: for the gender tuning.
  ///   - conditions: the faces with masks.
  /// - Throws: whatever making an encoder throws.
  public init(
    _ configuration: StudyConfiguration, subjects: [FaceSegmentationStudy.Subject], faces: any PictureDataset,
    conditions: [FaceSegmentationStudy.Condition]
  ) throws {
    trainingCounts = (subjects.count, subjects.count * conditions.count * 2)
    hasEpochLimits = configuration.gender.epochs != nil && configuration.segmentation.epochs != nil
    for subject in subjects {
      let timing = try Timing(subject, configuration)
      items += timing.items(faces: faces.count, conditions: conditions, configuration)
    }
  }

  /// What is written to disk, in bytes.
  public var byteCount: Int { items.reduce(0) { $0 + $1.byteCount } }
  /// How long it takes, in seconds.
  public var seconds: Double { items.reduce(0) { $0 + $1.seconds } }

  /// The plan in one line.
  public var summary: String {
    let (gender, decoders) = trainingCounts
    return "plan: \(gender) gender tuning\(gender == 1 ? "" : "s"), \(decoders) decoders; "
      + "\(Self.bytes(byteCount)) of features on disk; about \(ProgressReport.duration(seconds)) on this machine"
  }

  /// The plan as a table.
  public var table: String {
    let rows = items.map { item in
      [
        item.subject, item.work, String(format: "%.2f", item.floatingPointOperations / 1e12),
        item.byteCount > 0 ? Self.bytes(item.byteCount) : "", ProgressReport.duration(item.seconds),
      ]
    }
    let text = TextTable(
      header: ["encoder", "work", "10¹² operations", "on disk", "time"], rows: rows, rightAligned: [2, 3, 4]
    ).text
    let (gender, segmentation) = Self.usualEpochs
    let assumption =
      hasEpochLimits
      ? "All epochs that are allowed are counted; trainings that stop improving end earlier."
      : """
      Where the settings do not limit the epochs, \(gender) are counted for a gender tuning and \(segmentation) for a \
      decoder, about as many as the paper's took.
      """
    return """
      \(text)

      \(summary)
      \(assumption) Times are those of one batch of each kind, measured now. Features that the cache has already cost \
      nothing.
      """
  }

  static func bytes(_ count: Int) -> String {
    count < 1 << 30
      ? "\(count >> 20) MiB" : String(format: "%.1f GiB", Double(count) / Double(1 << 30))
  }
}

/// What a picture costs in each kind of work with one encoder: seconds, operations and bytes.
private struct Timing {
  private struct Cost {
    var seconds = 0.0
    var operations = 0.0
  }

  private let name: String
  private var frozen = Cost()
  private var all = Cost()
  private var gender = Cost()
  private var decoder = Cost()
  private let cachedScalars: (gender: Int, segmentation: Int)

  init(_ subject: FaceSegmentationStudy.Subject, _ configuration: StudyConfiguration) throws {
    name = subject.name
    let encoder = try subject.makeEncoder()
    let (last, boundary) = (encoder.lastStage.name, encoder.stages.dropLast().last?.name)
    let features = encoder.outputShape(of: last)
    let between = boundary.map { encoder.outputShape(of: $0) }
    cachedScalars = (between?.scalarCount ?? 0, features.scalarCount)
    let (height, width) = (encoder.preprocessing.height, encoder.preprocessing.width)
    let counts = encoder.floatingPointOperations(inputShape: [1, height, width, 3])
    let lastCount = Double(counts.filter { $0.path.hasPrefix(last + ".") }.reduce(0) { $0 + $1.count })
    all.operations = Double(counts.reduce(0) { $0 + $1.count })
    frozen.operations = all.operations - lastCount

    var context = Context.inference
    context.convolutionAlgorithm = configuration.algorithm
    var random = RandomStream(seed: 0)
    let input = Tensor(uniform: [4, height, width, 3], in: -1..<1, random: &random)
    all.seconds =
      Self.seconds { _ = encoder.features(of: input, from: nil, through: last, context).rowMajor } / 4
    frozen.seconds =
      boundary.map { boundary in
        Self.seconds { _ = encoder.features(of: input, from: nil, through: boundary, context).rowMajor } / 4
      } ?? 0

    let size = min(32, configuration.gender.batchSize)
    if let boundary { encoder.freeze(through: boundary) }
    let classifier = GenderClassifier(
      encoder, poolsFeatures: subject.poolsFeatures, hiddenUnits: subject.hiddenUnits)
    let inner = Tensor(
      uniform: Tensor.Shape([size] + (between ?? [height, width, 3]).dimensions), in: 0..<1, random: &random)
    let classes = Tensor(shape: [size], integers: (0..<size).map { Int32($0 % 2) })
    gender.operations = 3 * lastCount
    gender.seconds =
      Self.step(configuration) { context in
        softmaxCrossEntropy(fromLogits: classifier.logits(of: inner, after: boundary, context), classes)
      } / Double(size)

    encoder.freeze()
    let network = SegmentationNetwork(encoder: encoder, decoder: .fcn32())
    let slice = min(32, configuration.segmentation.batchSize)
    let outer = Tensor(uniform: Tensor.Shape([slice] + features.dimensions), in: 0..<1, random: &random)
    let masks = Tensor(zeros: [slice, 32 * features[0], 32 * features[1], 1])
    let own = network.head.floatingPointOperations(inputShape: Tensor.Shape([1] + features.dimensions))
    decoder.operations = 3 * Double(own.reduce(0) { $0 + $1.count })
    decoder.seconds =
      Self.step(configuration) { context in
        binaryCrossEntropy(fromLogits: network.logits(of: outer, after: last, context), masks)
      } / Double(slice)
  }

  private static func step(_ configuration: StudyConfiguration, _ loss: (Context) -> Tensor) -> Double {
    seconds {
      let step = TrainingStep(
        random: RandomStream(seed: 0), convolutionAlgorithm: configuration.algorithm)
      _ = try? step.gradients(of: loss(step.context))
    }
  }

  /// The second time, when everything is prepared.
  private static func seconds(_ body: () -> Void) -> Double {
    ComputeThread.run {
      body()
      let began = ContinuousClock.now
      body()
      return (ContinuousClock.now - began) / .seconds(1)
    }
  }

  func items(
    faces: Int, conditions: [FaceSegmentationStudy.Condition], _ configuration: StudyConfiguration
  ) -> [StudyPlan.Item] {
    let validation = configuration.validationFraction
    let scalarSize = configuration.featureType.byteCount
    func features(_ work: String, _ cost: Cost, _ count: Int, scalars: Int) -> StudyPlan.Item {
      .init(
        subject: name, work: work, floatingPointOperations: cost.operations * Double(count),
        byteCount: count * scalars * scalarSize, seconds: cost.seconds * Double(count))
    }
    func training(_ work: String, _ cost: Cost, _ count: Int, epochs: Int) -> StudyPlan.Item {
      // Measuring takes about a third of learning, as it has no gradients.
      let learned = Double(count) * (1 - validation) + Double(count) * validation / 3
      return .init(
        subject: name, work: "\(work), \(epochs) epochs",
        floatingPointOperations: cost.operations * learned * Double(epochs), byteCount: 0,
        seconds: cost.seconds * learned * Double(epochs))
    }
    var counts: [String: Int] = [:]
    for condition in conditions { counts[condition.name] = condition.dataset.count }
    let pictures = counts.values.reduce(0, +)
    let masks = conditions.reduce(0) { $0 + $1.dataset.count }
    let usual = StudyPlan.usualEpochs
    return [
      features("features for gender, \(faces) pictures", frozen, faces, scalars: cachedScalars.gender),
      training("gender tuning", gender, faces, epochs: configuration.gender.epochs ?? usual.gender),
      features(
        "features of both arms, \(pictures) pictures", all, 2 * pictures, scalars: cachedScalars.segmentation),
      training(
        "decoders of both arms", decoder, 2 * masks,
        epochs: configuration.segmentation.epochs ?? usual.segmentation),
    ]
  }
}
