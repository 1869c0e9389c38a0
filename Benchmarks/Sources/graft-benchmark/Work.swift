import ArgumentParser
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining

/// The encoders that can be timed; add the family of yours.
let encoderFamilies = EncoderFamily.builtIn

/// A piece of work that the study consists of, on random input.
struct Work {
  /// Which piece.
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case forward
    case genderStep = "gender-step"
    case decoderStep = "decoder-step"
    case decode
    case features
    case stages
    case matrixProduct = "matrix-product"
    case firstPrediction = "first-prediction"
  }

  private let body: () throws -> Void

  init(_ name: Name, _ options: WorkOptions) throws {
    let (batch, algorithm) = (options.batch, options.algorithm)
    func encoder() throws -> any ImageEncoder { try Work.encoder(named: options.encoder) }
    switch name {
    case .forward:
      var context = Context.inference
      context.convolutionAlgorithm = algorithm
      context.allowsBFloat16 = options.bfloat16
      body = Work.forward(try encoder(), [batch, options.side, options.side, 3], context)
    case .genderStep:
      body = Work.genderStep(
        try encoder(), batch, algorithm, poolsFeatures: Work.poolsFeatures(options.encoder))
    case .decoderStep: body = Work.decoderStep(try encoder(), batch, algorithm, classes: options.classes)
    case .decode: body = Work.decode(try Work.pictures(in: options.images, count: batch))
    case .features: body = try Work.features(count: batch, algorithm)
    case .stages:
      body = try Work.stages(
        options.encoder, Work.pictures(in: options.images, count: batch), algorithm,
        genderEpochs: options.genderEpochs, decoderEpochs: options.decoderEpochs)
    case .matrixProduct: body = Work.matrixProduct(batch)
    case .firstPrediction:
      body = { _ = try Work.firstPrediction(options) }
    }
    // The trainer reads micro-batches from the feature cache: no more is in memory than what the closure holds.
    releaseUnusedMemory()
  }

  static func encoder(named name: String) throws -> any ImageEncoder {
    guard let encoder = try encoderFamilies.network(named: name)?.untrained() else {
      let names = encoderFamilies.networks.map(\.name).joined(separator: ", ")
      throw ValidationError("There is no encoder \(name); there are \(names).")
    }
    return encoder
  }

  /// Whether the network's own classifier sees the mean of the features.
  static func poolsFeatures(_ name: String) -> Bool {
    encoderFamilies.network(named: name)?.poolsFeatures ?? false
  }

  /// Does the work once.
  func seconds() throws -> Double {
    let began = ContinuousClock.now
    try ComputeThread.run(body)
    return (ContinuousClock.now - began) / .seconds(1)
  }

  /// The encoder, from preprocessed pictures to the last features in row-major order.
  private static func forward(_ encoder: any ImageEncoder, _ shape: [Int], _ context: Context) -> () -> Void {
    let pictures = random(shape)
    return { _ = encoder(pictures, context).rowMajor }
  }

  /// One step of the last stage and the gender head on cached features (the paper's section 3.2).
  private static func genderStep(
    _ encoder: any ImageEncoder, _ batch: Int, _ algorithm: ConvolutionAlgorithm, poolsFeatures: Bool
  ) -> () throws -> Void {
    let stage = encoder.stages[encoder.stages.count - 2]
    encoder.freeze(through: stage.name)
    let network = ClassificationNetwork.gender(encoder, poolsFeatures: poolsFeatures)
    let features = random([batch] + encoder.outputShape(of: stage.name).dimensions)
    let classes = Tensor(shape: [batch], integers: (0..<batch).map { Int32($0 % 2) })
    return step(network, after: stage.name, features, classes, algorithm, .softmaxCrossEntropy)
  }

  /// One step of the decoder on cached features (the paper's section 3.3), or of one for several classes.
  private static func decoderStep(
    _ encoder: any ImageEncoder, _ batch: Int, _ algorithm: ConvolutionAlgorithm, classes: Int
  ) -> () throws -> Void {
    encoder.freeze()
    let network = SegmentationNetwork(encoder: encoder, decoder: .fcn32(classes: classes))
    let last = encoder.lastStage.name
    let features = random([batch] + encoder.outputShape(of: last).dimensions)
    var random = RandomStream(seed: 2)
    let labels = (0..<batch * 224 * 224).map { _ in Float(random.integer(below: max(classes, 2))) }
    let masks = Tensor(shape: [batch, 224, 224, 1], scalars: labels).converted(to: .uint8)
    let loss: Loss =
      classes == 1
      ? .binaryCrossEntropy : .pixelSoftmaxCrossEntropy(classNames: (0..<classes).map { "class \($0)" })
    return step(network, after: last, features, masks, algorithm, loss)
  }

  /// A step as the trainer takes it: in micro-batches of 32 whose gradients are added up.
  static func step(
    _ network: any GraftedNetwork, after stage: EncoderStage.Name, _ features: Tensor, _ targets: Tensor,
    _ algorithm: ConvolutionAlgorithm, _ loss: Loss, batchSize: Int? = nil
  ) -> () throws -> Void {
    var optimizer = RMSprop(learningRate: 1e-4)
    let count = features.shape[0]
    let batches = stride(from: 0, to: count, by: batchSize ?? count).map { first in
      let rows = first..<min(first + (batchSize ?? count), count)
      // The trainer's reading thread makes the micro-batches while the one before computes.
      return stride(from: rows.lowerBound, to: rows.upperBound, by: 32).map { first in
        let indices = Array(first..<min(first + 32, rows.upperBound))
        return (
          features: features.rows(indices), targets: targets.rows(indices),
          share: Float(indices.count) / Float(rows.count), isLast: indices.last == rows.upperBound - 1
        )
      }
    }
    return {
      for microBatches in batches {
        var gradients = ParameterGradients()
        for part in microBatches {
          let step = TrainingStep(random: RandomStream(seed: 0), convolutionAlgorithm: algorithm)
          var value =
            network.loss(loss, of: part.features, after: stage, part.targets, step.context) * part.share
          if part.isLast, let penalty = network.regularization(step.context) { value = value + penalty }
          gradients.add(try step.gradients(of: value), of: network)
        }
        optimizer.update(network, with: gradients)
      }
    }
  }

  /// The largest dense layer that the study has: 25,088 inputs, 10 outputs.
  private static func matrixProduct(_ batch: Int) -> () -> Void {
    let (left, right) = (random([batch, 25_088]), random([25_088, 10]))
    return { _ = GraftTensor.matrixProduct(left, right) }
  }

  static func random(_ dimensions: [Int]) -> Tensor {
    var random = RandomStream(seed: 1)
    return Tensor(normal: Tensor.Shape(dimensions), random: &random)
  }
}
