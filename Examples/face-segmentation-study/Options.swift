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
  @Option(help: "Encoders to study: vgg16, vgg19; several with commas.") var encoders = "vgg19"
  @Option(help: "ENCODER=FILE: an encoder's published weights; once for each encoder.") var weights: [String]

  func url(_ path: String) -> URL { URL(fileURLWithPath: path, isDirectory: true) }

  /// LFW and HELEN, each with and without hair.
  func conditions() throws -> [FaceSegmentationStudy.Condition] {
    try [FaceMask.Region.withHair, .withoutHair].map { region in
      .init(try LFWParts(directory: url(lfw), region: region), name: "lfw", hair: region == .withHair)
    }
      + [FaceMask.Region.withHair, .withoutHair].map { region in
        .init(try HELEN(directory: url(helen), region: region), name: "helen", hair: region == .withHair)
      }
  }

  /// The encoders with the weights that were named for them.
  func subjects() throws -> [FaceSegmentationStudy.Subject] {
    let depths = try encoders.split(separator: ",").map { name in
      guard let depth = VGG.Depth(rawValue: String(name)) else {
        throw ValidationError("--encoders \(name): there is no such encoder; there are \(Self.known).")
      }
      return depth
    }
    let files = try weightFiles(for: depths)
    return depths.map { depth in
      .init(name: depth.rawValue, hiddenUnits: depth == .vgg16 ? 5 : 10) {
        try VGG(depth, weights: files[depth].map { .file($0) } ?? .imageNet)
      }
    }
  }

  private func weightFiles(for studied: [VGG.Depth]) throws -> [VGG.Depth: String] {
    var files: [VGG.Depth: String] = [:]
    for entry in weights {
      let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, let depth = VGG.Depth(rawValue: parts[0]) else {
        throw ValidationError("--weights \(entry): write ENCODER=FILE with one of \(Self.known).")
      }
      guard studied.contains(depth) else {
        throw ValidationError(
          "--weights \(entry): \(depth) is not among --encoders \(encoders): add it there.")
      }
      guard files.updateValue(parts[1], forKey: depth) == nil else {
        throw ValidationError("--weights \(entry): this is the second file for \(depth): leave one.")
      }
    }
    return files
  }

  private static var known: String { VGG.Depth.allCases.map(\.rawValue).joined(separator: ", ") }
}

/// How it is trained.
struct TrainingOptions: ParsableArguments {
  @Option(help: "CelebA pictures for the gender tuning, a tenth of them for validation.") var limitGender =
    12_000
  @Option(help: "Samples in a batch of the gender tuning.") var genderBatch = 200
  @Option(help: "Learning rate of the gender tuning.") var genderLearningRate: Float = 1e-4
  @Option(help: "Epochs of the gender tuning at most; until nothing improves, if not set.") var genderEpochs:
    Int?
  @Option(help: "Samples in a batch of a decoder's training.") var segmentationBatch = 200
  @Option(help: "Learning rate of a decoder's training.") var segmentationLearningRate: Float = 1e-4
  @Option(help: "Epochs of a decoder's training at most; until nothing improves, if not set.")
  var segmentationEpochs: Int?
  @Option(help: "From which all that is random follows.") var seed: UInt64 = 1
  @Option(help: "How 3×3 convolutions are computed: winograd, or direct where the last bits matter.")
  var convolutions = ConvolutionAlgorithm.winograd
  @Option(help: "How cached features are kept: float32, or bfloat16 in half the space.")
  var featureType = FeatureType.float32
  @Flag(help: "Take the tail of each list for validation, as the paper seems to, instead of a seeded draw.")
  var splitByTail = false

  var configuration: StudyConfiguration {
    var configuration = StudyConfiguration()
    configuration.gender.limit = limitGender
    configuration.gender.batchSize = genderBatch
    configuration.gender.learningRate = genderLearningRate
    configuration.gender.epochs = genderEpochs
    configuration.segmentation.batchSize = segmentationBatch
    configuration.segmentation.learningRate = segmentationLearningRate
    configuration.segmentation.epochs = segmentationEpochs
    configuration.seed = seed
    configuration.splitsByTail = splitByTail
    configuration.algorithm = convolutions
    configuration.featureType = featureType.scalarType
    return configuration
  }

  /// What the feature cache can hold.
  enum FeatureType: String, ExpressibleByArgument, CaseIterable {
    case float32, bfloat16

    var scalarType: ScalarType { self == .float32 ? .float32 : .bfloat16 }
  }

  func validate() throws {
    let counts = [
      ("--limit-gender", limitGender, 20), ("--gender-batch", genderBatch, 1),
      ("--gender-epochs", genderEpochs ?? 1, 1), ("--segmentation-batch", segmentationBatch, 1),
      ("--segmentation-epochs", segmentationEpochs ?? 1, 1),
    ]
    for (name, value, least) in counts where value < least {
      throw ValidationError("\(name) \(value): at least \(least) is needed.")
    }
    for (name, rate) in [
      ("--gender-learning-rate", genderLearningRate),
      ("--segmentation-learning-rate", segmentationLearningRate),
    ] where !(rate > 0 && rate.isFinite) {
      throw ValidationError("\(name) \(rate): a learning rate is a positive number.")
    }
  }
}

extension ConvolutionAlgorithm: ExpressibleByArgument {}
