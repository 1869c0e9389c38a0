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
  /// What the frozen stages make of a picture once; nil where nothing can be kept.
  private struct Cached {
    let cost: Cost
    let scalars: Int
  }

  private let genderFeatures, segmentationFeatures: Cached?
  private var gender = Cost()
  private var decoder = Cost()

  init(_ subject: FaceSegmentationStudy.Subject, _ configuration: StudyConfiguration) throws {
    name = subject.name
    let encoder = try configuration.makeEncoder(of: subject)
    let (height, width) = (encoder.preprocessing.height, encoder.preprocessing.width)
    let features = encoder.outputShape(of: encoder.lastStage.name)
    let counts = encoder.floatingPointOperations(inputShape: [1, height, width, 3])
    var context = Context.inference
    context.convolutionAlgorithm = configuration.algorithm
    var random = RandomStream(seed: 0)
    let pictures = Tensor(uniform: [4, height, width, 3], in: -1..<1, random: &random)

    func operations(_ stages: some Sequence<Stage>) -> Double {
      let prefixes = stages.map { $0.name + "." }
      let own = counts.filter { count in prefixes.contains { count.path.hasPrefix($0) } }
      return Double(own.reduce(0) { $0 + $1.count })
    }
    func cached(through stage: Stage?) -> Cached? {
      stage.map { stage in
        let seconds = Self.seconds {
          _ = encoder.features(of: pictures, from: nil, through: stage.name, context).rowMajor
        }
        let used = encoder.stages.prefix(encoder.index(of: stage.name) + 1)
        return Cached(
          cost: Cost(seconds: seconds / 4, operations: operations(used)),
          scalars: encoder.outputShape(of: stage.name).scalarCount)
      }
    }
    /// A picture's part in a step of a network, which begins with what is cached.
    func cost(
      of network: any GraftedNetwork, headOperations: Double, batchSize: Int, loss: Loss,
      targets: (_ count: Int) -> Tensor
    ) -> Cost {
      let (start, size) = (network.lastCacheableStage, min(32, batchSize))
      let shape = start.map { encoder.outputShape(of: $0.name) } ?? [height, width, 3]
      let input = Tensor(uniform: Tensor.Shape([size] + shape.dimensions), in: 0..<1, random: &random)
      let seconds = Self.step(configuration) { context in
        network.loss(loss, of: input, after: start?.name, targets(size), context)
      }
      let run = encoder.stages.dropFirst(start.map { encoder.index(of: $0.name) + 1 } ?? 0)
      let trained = run.filter { stage in
        encoder.parameters.contains { $0.parameter.isTrainable && $0.path.hasPrefix(stage.name + ".") }
      }
      // A gradient by the input and one by the kernels take as much as the pass itself, each.
      return Cost(
        seconds: seconds / Double(size),
        operations: operations(run) + 2 * operations(trained) + 3 * headOperations)
    }

    encoder.setBatchNormBehaviour(configuration.frozenBatchNorm.behaviour)
    if let boundary = encoder.stages.dropLast().last { encoder.freeze(through: boundary.name) }
    let classifier = GenderClassifier(
      encoder, poolsFeatures: subject.poolsFeatures, hiddenUnits: subject.hiddenUnits)
    genderFeatures = cached(through: classifier.lastCacheableStage)
    gender = cost(
      of: classifier, headOperations: 0, batchSize: configuration.gender.batchSize, loss: .softmaxCrossEntropy
    ) { count in Tensor(shape: [count], integers: (0..<count).map { Int32($0 % 2) }) }

    configuration.freezeForSegmentation(encoder)
    let network = SegmentationNetwork(
      encoder: encoder, decoder: configuration.decoder(for: encoder, of: subject))
    segmentationFeatures = cached(through: network.lastCacheableStage)
    let head = network.head.floatingPointOperations(inputShape: Tensor.Shape([1] + features.dimensions))
    decoder = cost(
      of: network, headOperations: Double(head.reduce(0) { $0 + $1.count }),
      batchSize: configuration.segmentation.batchSize, loss: .binaryCrossEntropy
    ) { count in Tensor(zeros: [count, height, width, 1]).converted(to: .uint8) }
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
    func features(_ work: String, _ cached: Cached?, _ count: Int) -> [StudyPlan.Item] {
      guard let cached else { return [] }
      return [
        .init(
          subject: name, work: work,
          floatingPointOperations: cached.cost.operations * Double(count),
          byteCount: count * cached.scalars * scalarSize, seconds: cached.cost.seconds * Double(count))
      ]
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
    let segmentationEpochs = configuration.segmentation.epochs ?? usual.segmentation
    return features("features for gender, \(faces) pictures", genderFeatures, faces)
      + [training("gender tuning", gender, faces, epochs: configuration.gender.epochs ?? usual.gender)]
      + features("features of both arms, \(pictures) pictures", segmentationFeatures, 2 * pictures)
      + [training("decoders of both arms", decoder, 2 * masks, epochs: segmentationEpochs)]
  }
}
