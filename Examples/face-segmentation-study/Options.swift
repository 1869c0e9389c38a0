import ArgumentParser
import Foundation
import GraftDatasets
import GraftModels
import GraftStudy
import GraftTensor

/// Where the pictures and the weights are.
struct DataOptions: ParsableArguments {
  @Option(help: "The folder of CelebA: pictures, attributes and partition.") var celeba: String
  @Option(help: "The folder of LFW Part Labels: lfw_funneled, parts_lfw_funneled_gt_images and the lists.")
  var lfw: String
  @Option(help: "The folder of HELEN with the segment labels of Smith et al.") var helen: String
  @Option(help: "Encoders to study, several with commas: vgg16, vgg19, resnet50 and so on.") var encoders =
    "vgg19"
  @Option(help: "ENCODER=FILE: an encoder's published weights; once for each encoder.") var weights: [String]

  func url(_ path: String) -> URL { URL(fileURLWithPath: path, isDirectory: true) }

  /// LFW and HELEN, each with and without hair.
  func conditions(_ configuration: StudyConfiguration) throws -> [FaceSegmentationStudy.Condition] {
    let regions = [FaceMask.Region.withHair, .withoutHair]
    return try regions.map { region in
      let faces = try LFWParts(directory: url(lfw), region: region, maskResizing: configuration.lfwMasks)
      return .init(faces, name: "lfw", hair: region == .withHair)
    }
      + regions.map { region in
        let faces = try HELEN(directory: url(helen), region: region, maskResizing: configuration.helenMasks)
        return .init(faces, name: "helen", hair: region == .withHair)
      }
  }

  /// The encoders with the weights that were named for them.
  func subjects() throws -> [FaceSegmentationStudy.Subject] {
    let networks = try encoders.split(separator: ",").map { name in
      guard let network = Self.known.first(where: { $0.rawValue == name }) else {
        throw ValidationError("--encoders \(name): there is no such encoder; there are \(Self.names).")
      }
      return network
    }
    let files = try weightFiles(for: networks)
    return networks.map { network in
      .init(
        name: network.rawValue, hiddenUnits: network == .vgg16 ? 5 : 10, poolsFeatures: network.poolsFeatures
      ) { try network.encoder(weights: files[network].map { .file($0) } ?? .imageNet) }
    }
  }

  private func weightFiles(for studied: [KnownNetwork]) throws -> [KnownNetwork: String] {
    var files: [KnownNetwork: String] = [:]
    for entry in weights {
      let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let network = Self.known.first(where: { $0.rawValue == parts[0] }) else {
        throw ValidationError("--weights \(entry): write ENCODER=FILE with one of \(Self.names).")
      }
      guard studied.contains(network) else {
        throw ValidationError(
          "--weights \(entry): \(parts[0]) is not among --encoders \(encoders): add it there.")
      }
      guard files.updateValue(parts[1], forKey: network) == nil else {
        throw ValidationError("--weights \(entry): this is the second file for \(parts[0]): leave one.")
      }
    }
    return files
  }

  /// All but VGG-Face, which ends in one vector for the picture: there is no map to decode.
  private static let known = KnownNetwork.allCases.filter { $0 != .vggFace }
  private static let names = known.map(\.rawValue).joined(separator: ", ")
}

/// How it is trained: a preset, what a file sets otherwise, what an option sets otherwise, in this order.
struct TrainingOptions: ParsableArguments {
  @Option(help: "paper, small (for one or two thousand pictures) or keras-2.1.") var preset =
    StudyConfiguration.Preset.paper
  @Option(help: "A JSON file with settings, as configuration.json in an output folder has them.")
  var configuration: String?
  @Option(help: "CelebA pictures for the gender tuning, a tenth of them for validation.") var limitGender:
    Int?
  @Option(help: "Samples in a batch of the gender tuning.") var genderBatch: Int?
  @Option(help: "Learning rate of the gender tuning.") var genderLearningRate: Float?
  @Option(help: "Epochs of the gender tuning at most; until nothing improves, if not set.") var genderEpochs:
    Int?
  @Option(help: "Which CelebA pictures are taken: at random, the first, or as many men as women.")
  var genderSelection: CelebA.Attribute.Selection?
  @Option(help: "Samples in a batch of a decoder's training.") var segmentationBatch: Int?
  @Option(help: "Learning rate of a decoder's training.") var segmentationLearningRate: Float?
  @Option(help: "Epochs of a decoder's training at most; until nothing improves, if not set.")
  var segmentationEpochs: Int?
  @Option(help: "What decoders make small.") var segmentationLoss: StudyConfiguration.Segmentation.LossName?
  @Option(help: "Of the L2 penalty on a decoder's 1×1 kernel, for which the paper gives no number.")
  var penalty: Float?
  @Option(help: "rmsprop, or sgd with momentum 0.9.") var optimizer: StudyConfiguration.OptimizerName?
  @Option(help: "What RMSprop adds to its root.") var epsilon: Float?
  @Option(
    help:
      "From which all that is random follows, 1 if not set; several with commas, for a mean and its spread.")
  var seeds: String?
  @Option(help: "How 3×3 convolutions are computed: winograd, or direct where the last bits matter.")
  var convolutions: ConvolutionAlgorithm?
  @Option(help: "How cached features are kept: float32, or bfloat16 in half the space.")
  var featureType: FeatureType?
  @Option(help: "How LFW's labels are resized: nearest, or bilinear and then decided.")
  var lfwMasks: FaceMask.Resizing?
  @Option(help: "How HELEN's labels are resized.") var helenMasks: FaceMask.Resizing?
  @Flag(help: "Take the tail of each list for validation, as the paper seems to, instead of a seeded draw.")
  var splitByTail = false

  /// The settings, but for the seeds.
  func resolved() throws -> StudyConfiguration {
    var resolved = StudyConfiguration(preset)
    if let configuration { resolved = try resolved.replaced(byFile: URL(fileURLWithPath: configuration)) }
    func set<Value>(_ setting: WritableKeyPath<StudyConfiguration, Value>, _ value: Value?) {
      if let value { resolved[keyPath: setting] = value }
    }
    set(\.gender.limit, limitGender)
    set(\.gender.batchSize, genderBatch)
    set(\.gender.learningRate, genderLearningRate)
    set(\.gender.epochs, genderEpochs.map(Optional.some))
    set(\.gender.selection, genderSelection)
    set(\.segmentation.batchSize, segmentationBatch)
    set(\.segmentation.learningRate, segmentationLearningRate)
    set(\.segmentation.epochs, segmentationEpochs.map(Optional.some))
    set(\.segmentation.loss, segmentationLoss)
    set(\.segmentation.penalty, penalty)
    set(\.optimizer, optimizer)
    set(\.epsilon, epsilon)
    set(\.algorithm, convolutions)
    set(\.featureType, featureType?.scalarType)
    set(\.lfwMasks, lfwMasks)
    set(\.helenMasks, helenMasks)
    if splitByTail { resolved.splitsByTail = true }
    return resolved
  }

  /// The settings of each seed.
  func configurations() throws -> [StudyConfiguration] {
    let resolved = try resolved()
    return try (seedNumbers() ?? [resolved.seed]).map { seed in
      var own = resolved
      own.seed = seed
      return own
    }
  }

  private func seedNumbers() throws -> [UInt64]? {
    guard let seeds else { return nil }
    let numbers = try seeds.split(separator: ",").map { text in
      guard let seed = UInt64(text) else {
        throw ValidationError("--seeds \(seeds): \(text) is no number from 0 on.")
      }
      return seed
    }
    guard !numbers.isEmpty, Set(numbers).count == numbers.count else {
      throw ValidationError("--seeds \(seeds): name each seed once, with commas between them.")
    }
    return numbers
  }

  /// What the feature cache can hold.
  enum FeatureType: String, ExpressibleByArgument, CaseIterable {
    case float32, bfloat16

    var scalarType: ScalarType { self == .float32 ? .float32 : .bfloat16 }
  }

  func validate() throws {
    _ = try seedNumbers()
    let counts = [
      ("--limit-gender", limitGender, 20), ("--gender-batch", genderBatch, 1),
      ("--gender-epochs", genderEpochs, 1), ("--segmentation-batch", segmentationBatch, 1),
      ("--segmentation-epochs", segmentationEpochs, 1),
    ]
    for case (let name, let value?, let least) in counts where value < least {
      throw ValidationError("\(name) \(value): at least \(least) is needed.")
    }
    for case (let name, let rate?) in [
      ("--gender-learning-rate", genderLearningRate),
      ("--segmentation-learning-rate", segmentationLearningRate), ("--epsilon", epsilon),
    ] where !(rate > 0 && rate.isFinite) {
      throw ValidationError("\(name) \(rate): a positive number is needed.")
    }
    if let penalty, !(penalty >= 0 && penalty.isFinite) {
      throw ValidationError("--penalty \(penalty): a penalty is 0 or more.")
    }
  }
}

extension StudyConfiguration.Preset: ExpressibleByArgument {}
extension StudyConfiguration.OptimizerName: ExpressibleByArgument {}
extension StudyConfiguration.Segmentation.LossName: ExpressibleByArgument {}
extension CelebA.Attribute.Selection: ExpressibleByArgument {}
extension FaceMask.Resizing: ExpressibleByArgument {}
extension ConvolutionAlgorithm: ExpressibleByArgument {}
