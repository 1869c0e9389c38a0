import ArgumentParser
import ExampleSupport
import Foundation
import GraftDatasets
import GraftFiles
import GraftStudy
import GraftTensor
import GraftTraining

/// How it is trained: a preset, what a file sets otherwise, what an option sets otherwise, in this order.
///
/// Numbers are parsed unconditionally, so that -3 is a number out of bounds, and no option that follows one without value.
struct TrainingOptions: ParsableArguments {
  @Option(
    help: """
      paper, keras-2.1, small (for one or two thousand pictures) or drawn (for drawn faces and the small encoder); \
      paper if not set, and drawn without data.
      """)
  var preset: FaceSegmentationConfiguration.Preset?
  @Option(
    help: """
      A JSON file with settings, data folders, encoders, weights and masks, as configuration.json in an output folder has \
      them, and with seeds: [1, 2, 3]; options go before it.
      """)
  var configuration: String?
  @Option(
    parsing: .unconditional,
    help:
      "CelebA pictures for the gender tuning, a tenth of them for validation; those for the test come on top."
  )
  var limitGender: Int?
  @Option(parsing: .unconditional, help: "Samples in a batch of the gender tuning.") var genderBatch: Int?
  @Option(
    parsing: .unconditional, help: "Learning rate of the gender tuning.", transform: finiteNumber)
  var genderLearningRate: Float?
  @Option(
    parsing: .unconditional, help: "Epochs of the gender tuning at most; until nothing improves, if not set.")
  var genderEpochs: Int?
  @Option(help: "Which CelebA pictures are taken: at random, the first, or as many men as women.")
  var genderSelection: Dataset.Selection?
  @Option(parsing: .unconditional, help: "Samples in a batch of a decoder's training.") var segmentationBatch:
    Int?
  @Option(parsing: .unconditional, help: "Learning rate of a decoder's training.", transform: finiteNumber)
  var segmentationLearningRate: Float?
  @Option(
    parsing: .unconditional,
    help: "Epochs of a decoder's training at most; until nothing improves, if not set.")
  var segmentationEpochs: Int?
  @Option(
    name: .customLong("selection-iou"),
    help: "Which IoU decides about a decoder's best epoch; all four are reported.")
  var selectionIoU: FaceSegmentationConfiguration.Segmentation.IoUDefinition?
  @Option(
    help: """
      What decoders read: the last stage's map, or its mean (pooled), with which every picture gets the same mask; \
      as-printed takes the mean on a ResNet, as the paper seems to, and else the map.
      """)
  var decoderInput: FaceSegmentationConfiguration.Segmentation.DecoderInput?
  @Option(help: "What of the encoder is trained with a decoder: none of it, its last stage, or all.")
  var trainedStages: FaceSegmentationConfiguration.Segmentation.TrainedStages?
  @Option(help: "The loss that decoders minimise.") var segmentationLoss: SegmentationTask.LossName?
  @Option(
    parsing: .unconditional,
    help: "Of the L2 penalty on a decoder's 1×1 kernel, for which the paper gives no number.",
    transform: finiteNumber)
  var penalty: Float?
  @Option(help: "rmsprop, or sgd with momentum 0.9.") var optimizer:
    FaceSegmentationConfiguration.OptimizerName?
  @Option(parsing: .unconditional, help: "What RMSprop adds to its root.", transform: finiteNumber)
  var epsilon: Float?
  @Option(
    help:
      "From which all that is random follows, 1 if not set; several with commas, for a mean and its spread.")
  var seeds: String?
  @Option(
    help: """
      How 3×3 convolutions are computed: winograd, or direct where the last bits matter; portable-winograd is \
      the same with every version of oneDNN; fastest measures each shape once and keeps what it found beside the features.
      """)
  var convolutions: ConvolutionAlgorithm?
  @Option(help: "How cached features are kept: float32, or bfloat16 in half the space.")
  var featureType: FeatureType?
  @Option(help: "How LFW's labels are resized: nearest, or bilinear and then decided.")
  var lfwMasks: Mask.Resizing?
  @Option(help: "How HELEN's labels are resized.") var helenMasks: Mask.Resizing?
  @Option(
    help: """
      Where HELEN's probabilities make a face: where those of the face's parts sum up to one half (sum), where \
      what is no face leaves one half (background), where one part alone has one half (maximum), or where the parts \
      have at least as much as the background, whatever hair has (against-background); sum if not set, and background \
      where maps are missing (standard).
      """)
  var helenThreshold: HELEN.ThresholdRule?
  @Option(
    help: """
      How pictures become 224×224: bilinear as Pillow has it, nearest as Keras 2.1, or \
      bilinear-without-antialiasing as OpenCV and PyTorch.
      """)
  var pictureResizing: FaceSegmentationConfiguration.PictureResizing?
  @Option(
    help: """
      Which statistics frozen batch normalisations use in training: the weights' own (inference), or the batch's \
      (keras-2.1), with which a ResNet's features cannot be cached.
      """)
  var frozenBatchNorm: FaceSegmentationConfiguration.FrozenBatchNorm?
  @Option(
    help: """
      How each data set is divided: by a seeded draw (random), so that nobody is in both parts where people are known \
      (random-by-person), the tail of each list for validation, as the paper seems to (tail), or as its publishers \
      did (official).
      """)
  var split: FaceSegmentationConfiguration.SplitRule?
  @Option(
    help: """
      Whether a test part of each data set is set aside and measured once (set-aside): the publishers' own where they have \
      one, else as many pictures as are for validation; or none, as in the paper.
      """)
  var testPart: FaceSegmentationConfiguration.TestPartRule?

  /// The file of settings; nil without one.
  var file: URL? { configuration.map { URL(argument: $0) } }

  /// Takes from a file what no option names.
  ///
  /// - Throws: `ValidationError` with the file and the key if it cannot be used.
  mutating func complete(from call: FaceSegmentationCall, in file: URL) throws {
    guard seeds == nil, let numbers = call.seeds else { return }
    let text = numbers.map(String.init).joined(separator: ",")
    _ = try Self.seedNumbers(text, namedBy: "\(file.shownRelativePath): seeds")
    seeds = text
  }

  /// The settings, but for the seeds.
  func resolved(isDrawn: Bool) throws -> FaceSegmentationConfiguration {
    var resolved = FaceSegmentationConfiguration(preset ?? (isDrawn ? .drawn : .paper))
    if let file {
      resolved = try wrongUse { try resolved.replaced(byFile: file, besides: FaceSegmentationCall.self) }
      do {
        try resolved.check()
      } catch {
        throw ValidationError("\(file.shownRelativePath): \(error)")
      }
    }
    func set<Value>(_ setting: WritableKeyPath<FaceSegmentationConfiguration, Value>, _ value: Value?) {
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
    set(\.helenThreshold, helenThreshold)
    set(\.pictureResizing, pictureResizing)
    set(\.frozenBatchNorm, frozenBatchNorm)
    set(\.split, split)
    set(\.testPart, testPart)
    set(\.segmentation.selectionIoU, selectionIoU)
    set(\.segmentation.decoderInput, decoderInput)
    set(\.segmentation.trainedStages, trainedStages)
    try wrongUse { try resolved.check() }
    return resolved
  }

  /// The settings of each seed.
  func configurations(isDrawn: Bool) throws -> [FaceSegmentationConfiguration] {
    let resolved = try resolved(isDrawn: isDrawn)
    let numbers = try seeds.map { try Self.seedNumbers($0) } ?? [resolved.seed]
    return numbers.map { seed in
      var own = resolved
      own.seed = seed
      return own
    }
  }

  private static func seedNumbers(_ seeds: String, namedBy place: String = "--seeds") throws -> [UInt64] {
    let numbers = try seeds.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let seed = UInt64(text) else {
        throw ValidationError(
          "\(place) \(seeds): \"\(text)\" is no whole number from 0 on: write them so: 1,2,3.")
      }
      return seed
    }
    guard !numbers.isEmpty, Set(numbers).count == numbers.count else {
      throw ValidationError("\(place) \(seeds): name each seed once, with commas between them.")
    }
    return numbers
  }

  /// What the feature cache can hold.
  enum FeatureType: String, ExpressibleByArgument, CaseIterable {
    case float32, bfloat16

    var scalarType: ScalarType { self == .float32 ? .float32 : .bfloat16 }
  }

  func validate() throws {
    if let seeds { _ = try Self.seedNumbers(seeds) }
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
    ] where rate <= 0 {
      throw ValidationError("\(name) \(rate): a positive number is needed.")
    }
    if let penalty, penalty < 0 {
      throw ValidationError("--penalty \(penalty): a penalty is 0 or more.")
    }
  }
}

extension FaceSegmentationConfiguration.Preset: ExpressibleByArgument {}
extension FaceSegmentationConfiguration.OptimizerName: ExpressibleByArgument {}
extension SegmentationTask.LossName: ExpressibleByArgument {}
extension Dataset.Selection: ExpressibleByArgument {}
extension Mask.Resizing: ExpressibleByArgument {}
extension HELEN.ThresholdRule: ExpressibleByArgument {}
extension FaceSegmentationConfiguration.PictureResizing: ExpressibleByArgument {}
extension FaceSegmentationConfiguration.FrozenBatchNorm: ExpressibleByArgument {}
extension FaceSegmentationConfiguration.SplitRule: ExpressibleByArgument {}
extension FaceSegmentationConfiguration.TestPartRule: ExpressibleByArgument {}
extension FaceSegmentationConfiguration.Segmentation.IoUDefinition: ExpressibleByArgument {}
extension FaceSegmentationConfiguration.Segmentation.DecoderInput: ExpressibleByArgument {}
extension FaceSegmentationConfiguration.Segmentation.TrainedStages: ExpressibleByArgument {}
extension ConvolutionAlgorithm: ExpressibleByArgument {}
