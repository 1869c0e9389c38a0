import GraftLayers
import GraftTensor

/// One step of training, which owns its tape.
///
/// Networks, losses, gradients and optimizers go to the compute thread by themselves, so a step may be written on any thread.
///
/// ```swift
/// let step = TrainingStep(random: random.child("step", epoch, index))
/// let logits = network(batch.inputs, step.context)
/// let loss = binaryCrossEntropy(fromLogits: logits, batch.targets)
/// optimizer.update(network, with: try step.gradients(of: loss))
/// ```
public struct TrainingStep {
  /// The context that every layer is called with.
  public let context: Context
  private let tape = Tape()

  /// Begins a step.
  ///
  /// - Parameters:
  ///   - random: of this step and no other.
  ///   - convolutionAlgorithm: how convolutions are computed where there is a choice.
  public init(random: RandomStream, convolutionAlgorithm: ConvolutionAlgorithm = .winograd) {
    var context = Context.training(tape, random: random)
    context.convolutionAlgorithm = convolutionAlgorithm
    self.context = context
  }

  /// The gradients of a loss with respect to all parameters that were used in this step and are not frozen; the step is
  /// then over.
  ///
  /// - Throws: `TapeError` if the loss is no scalar or does not depend on any such parameter.
  public func gradients(of loss: Tensor) throws -> ParameterGradients {
    ParameterGradients(context: context, gradients: try tape.gradients(of: loss))
  }
}

/// The gradients of a network's parameters.
public struct ParameterGradients {
  private var byParameter: [ObjectIdentifier: Tensor] = [:]
  private var later: (context: Context, gradients: Gradients)?

  init(context: Context, gradients: Gradients) { later = (context, gradients) }

  /// No gradients yet, to add to.
  public init() {}

  /// The gradient of a parameter, as large as it; nil where the loss does not depend on it.
  public subscript(parameter: Parameter) -> Tensor? {
    byParameter[ObjectIdentifier(parameter)]
      ?? later.flatMap { $0.context.gradient(of: parameter, in: $0.gradients) }
  }

  /// Adds the gradients of another step for the parameters of `module`: how a large batch is taken in micro-batches.
  public mutating func add(_ other: ParameterGradients, of module: some Module) {
    for (_, parameter) in module.parameters where parameter.isTrainable {
      guard let gradient = other[parameter] else { continue }
      let key = ObjectIdentifier(parameter)
      if byParameter[key] == nil {
        byParameter[key] = gradient
      } else {
        byParameter[key]?.add(gradient)
      }
    }
  }
}
