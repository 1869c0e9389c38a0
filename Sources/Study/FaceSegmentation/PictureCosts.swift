import Foundation
import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining

/// What a picture costs in each kind of work with one encoder: seconds, operations and the
/// scalars that are stored; the seconds are measured with one batch of each.
struct PictureCosts {
  /// The cost of one picture.
  struct Cost {
    var seconds = 0.0
    var operations = 0.0
  }

  /// The features of a picture that the frozen stages compute once.
  struct Cached {
    let cost: Cost
    let scalars: Int
  }

  /// For the tuning on gender; nil where nothing can be stored.
  let genderFeatures: Cached?
  /// For the decoders: in the control arm computed from pictures, in the tuned arm from the stage that both arms share.
  let controlFeatures, tunedFeatures: Cached?
  private(set) var gender = Cost()
  /// Training a decoder, by how many logits it has at each pixel.
  private(set) var decoders: [Int: Cost] = [:]

  init(
    _ subject: FaceSegmentationStudy.Subject, _ configuration: FaceSegmentationConfiguration,
    logitCounts: Set<Int>
  ) throws {
    let encoder = try configuration.makeEncoder(of: subject)
    var meter = CostMeter(encoder, algorithm: configuration.algorithm)
    encoder.setBatchNormBehaviour(configuration.frozenBatchNorm.behaviour)
    encoder.freezeUpToLastStage()
    let classifier = ClassificationNetwork.gender(
      encoder, poolsFeatures: subject.poolsFeatures, hiddenUnits: subject.hiddenUnits)
    genderFeatures = meter.cached(through: classifier.lastCacheableStage)
    gender = try meter.step(
      of: classifier, headOperations: 0, batchSize: configuration.gender.batchSize, loss: .softmaxCrossEntropy
    ) { count in Tensor(shape: [count], integers: (0..<count).map { Int32($0 % 2) }) }

    configuration.freezeForSegmentation(encoder)
    let binary = SegmentationNetwork(
      encoder: encoder, decoder: configuration.decoder(for: encoder, of: subject))
    controlFeatures = meter.cached(through: binary.lastCacheableStage)
    tunedFeatures = meter.cached(
      from: encoder.stages.dropLast().last, through: binary.lastCacheableStage)
    let (height, width) = (meter.height, meter.width)
    for logits in logitCounts {
      let network = SegmentationNetwork(
        encoder: encoder, decoder: configuration.decoder(for: encoder, of: subject, classes: logits))
      decoders[logits] = try meter.step(
        of: network, headOperations: meter.operations(ofHead: network.head),
        batchSize: configuration.segmentation.batchSize,
        loss: SegmentationTask(classNames: (0..<max(logits, 2)).map { "class \($0)" })
          .loss(configuration.segmentation.loss)
      ) { count in Tensor(zeros: [count, height, width, 1]).converted(to: .uint8) }
    }
  }
}

/// Measures the work of one encoder, and of networks that begin with it.
private struct CostMeter {
  let encoder: any ImageEncoder
  let algorithm: ConvolutionAlgorithm
  private let counts: [(path: String, count: Int)]
  private var random = RandomStream(seed: 0)

  init(_ encoder: any ImageEncoder, algorithm: ConvolutionAlgorithm) {
    self.encoder = encoder
    self.algorithm = algorithm
    let (height, width) = (encoder.preprocessing.height, encoder.preprocessing.width)
    counts = encoder.floatingPointOperations(inputShape: [1, height, width, 3])
  }

  var height: Int { encoder.preprocessing.height }
  var width: Int { encoder.preprocessing.width }

  private func operations(_ stages: some Sequence<EncoderStage>) -> Double {
    let prefixes = stages.map { $0.name + "." }
    let own = counts.filter { count in prefixes.contains { count.path.hasPrefix($0) } }
    return Double(own.reduce(0) { $0 + $1.count })
  }

  /// The operations of the head for one picture.
  func operations(ofHead head: any Module) -> Double {
    let features = encoder.outputShape(of: encoder.lastStage.name)
    let counts = head.floatingPointOperations(inputShape: Tensor.Shape([1] + features.dimensions))
    return Double(counts.reduce(0) { $0 + $1.count })
  }

  /// What the stages up to one make of a picture, or of the output of an earlier one; nil where there is nothing to compute.
  mutating func cached(from start: EncoderStage? = nil, through end: EncoderStage?) -> PictureCosts.Cached? {
    guard let end else { return nil }
    let first = start.map { encoder.index(of: $0.name) + 1 } ?? 0
    let stages = encoder.stages[..<(encoder.index(of: end.name) + 1)].dropFirst(first)
    guard let next = stages.first else { return nil }
    var context = Context.inference
    context.convolutionAlgorithm = algorithm
    let shape = start.map { encoder.outputShape(of: $0.name).dimensions } ?? [height, width, 3]
    let inputs = Tensor(uniform: Tensor.Shape([4] + shape), in: -1..<1, random: &random)
    let seconds = Self.seconds {
      _ = encoder.features(of: inputs, from: next.name, through: end.name, context).rowMajor
    }
    return PictureCosts.Cached(
      cost: PictureCosts.Cost(seconds: seconds / 4, operations: operations(stages)),
      scalars: encoder.outputShape(of: end.name).scalarCount)
  }

  /// A picture's share of a training step of a network, which starts from the cached features.
  mutating func step(
    of network: any GraftedNetwork, headOperations: Double, batchSize: Int, loss: Loss,
    targets: (_ count: Int) -> Tensor
  ) throws -> PictureCosts.Cost {
    let (start, size) = (network.lastCacheableStage, min(32, batchSize))
    let shape = start.map { encoder.outputShape(of: $0.name).dimensions } ?? [height, width, 3]
    let input = Tensor(uniform: Tensor.Shape([size] + shape), in: 0..<1, random: &random)
    let labels = targets(size)
    let seconds = try Self.seconds {
      let step = TrainingStep(random: RandomStream(seed: 0), convolutionAlgorithm: algorithm)
      _ = try step.gradients(of: network.loss(loss, of: input, after: start?.name, labels, step.context))
    }
    let run = encoder.stages.dropFirst(start.map { encoder.index(of: $0.name) + 1 } ?? 0)
    let trained = run.filter { stage in
      encoder.parameters.contains { $0.parameter.isTrainable && $0.path.hasPrefix(stage.name + ".") }
    }
    // The gradients with respect to the input and to the kernels take as much as the forward pass, each.
    return PictureCosts.Cost(
      seconds: seconds / Double(size),
      operations: operations(run) + 2 * operations(trained) + 3 * headOperations)
  }

  /// The duration of a second call, when everything is warm.
  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    try ComputeThread.run {
      try body()
      let began = ContinuousClock.now
      try body()
      return (ContinuousClock.now - began) / .seconds(1)
    }
  }
}
