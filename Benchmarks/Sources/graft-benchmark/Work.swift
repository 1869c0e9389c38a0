import ArgumentParser
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining

/// A piece of work that the study consists of, on random input.
struct Work {
  /// Which piece.
  enum Name: String, ExpressibleByArgument, CaseIterable {
    case forward
    case genderStep = "gender-step"
    case decoderStep = "decoder-step"
    case matrixProduct = "matrix-product"
  }

  private let body: () throws -> Void

  init(_ name: Name, model: String, batch: Int, algorithm: ConvolutionAlgorithm) throws {
    guard let depth = VGG.Depth(rawValue: model) else {
      throw ValidationError("There is no model \(model): name vgg16 or vgg19.")
    }
    switch name {
    case .forward: body = Work.forward(VGG(depth), batch, algorithm)
    case .genderStep: body = Work.genderStep(VGG(depth), batch, algorithm)
    case .decoderStep: body = Work.decoderStep(VGG(depth), batch, algorithm)
    case .matrixProduct: body = Work.matrixProduct(batch)
    }
  }

  /// Does the work once.
  func seconds() throws -> Double {
    let began = ContinuousClock.now
    try ComputeThread.run(body)
    return (ContinuousClock.now - began) / .seconds(1)
  }

  /// The encoder, from preprocessed pictures to the last features in row-major order.
  private static func forward(_ encoder: VGG, _ batch: Int, _ algorithm: ConvolutionAlgorithm) -> () -> Void {
    var context = Context.inference
    context.convolutionAlgorithm = algorithm
    let pictures = random([batch, 224, 224, 3])
    return { [context] in _ = encoder(pictures, context).rowMajor }
  }

  /// One step of the last block and the gender head on cached features (the paper's section 3.2).
  private static func genderStep(_ encoder: VGG, _ batch: Int, _ algorithm: ConvolutionAlgorithm)
    -> () throws -> Void
  {
    encoder.freeze(through: "block4")
    let network = GenderClassifier(encoder)
    let features = random([batch, 14, 14, 512])
    let classes = Tensor(shape: [batch], integers: (0..<batch).map { Int32($0 % 2) })
    return step(network, after: "block4", features, classes, algorithm) {
      softmaxCrossEntropy(fromLogits: $0, $1)
    }
  }

  /// One step of the decoder on cached features (the paper's section 3.3).
  private static func decoderStep(_ encoder: VGG, _ batch: Int, _ algorithm: ConvolutionAlgorithm)
    -> () throws -> Void
  {
    encoder.freeze()
    let network = SegmentationNetwork(encoder: encoder)
    let features = random([batch, 7, 7, 512])
    let masks = Tensor(
      shape: [batch, 224, 224, 1], scalars: random([batch, 224, 224, 1]).scalars.map { $0 > 0 ? 1 : 0 }
    ).converted(to: .uint8)
    return step(network, after: "block5", features, masks, algorithm) {
      binaryCrossEntropy(fromLogits: $0, $1)
    }
  }

  /// A step as the trainer takes it: in slices of 32 whose gradients are added up.
  private static func step(
    _ network: any GraftedNetwork, after stage: Stage.Name, _ features: Tensor, _ targets: Tensor,
    _ algorithm: ConvolutionAlgorithm, loss: @escaping (Tensor, Tensor) -> Tensor
  ) -> () throws -> Void {
    var optimizer = RMSprop(learningRate: 1e-4)
    let count = features.shape[0]
    let slices = stride(from: 0, to: count, by: 32).map { Array($0..<min($0 + 32, count)) }
    return {
      var gradients = ParameterGradients()
      for slice in slices {
        let step = TrainingStep(random: RandomStream(seed: 0), convolutionAlgorithm: algorithm)
        let logits = network.logits(of: features.rows(slice), after: stage, step.context)
        var value = loss(logits, targets.rows(slice)) * (Float(slice.count) / Float(count))
        if slice.last == count - 1, let penalty = network.regularization(step.context) {
          value = value + penalty
        }
        let own = try step.gradients(of: value)
        gradients.add(own, of: network)
      }
      optimizer.update(network, with: gradients)
    }
  }

  /// The largest dense layer that the study has: 25,088 inputs, 10 outputs.
  private static func matrixProduct(_ batch: Int) -> () -> Void {
    let (left, right) = (random([batch, 25_088]), random([25_088, 10]))
    return { _ = GraftTensor.matrixProduct(left, right) }
  }

  private static func random(_ shape: Tensor.Shape) -> Tensor {
    var random = RandomStream(seed: 1)
    return Tensor(normal: shape, random: &random)
  }
}
