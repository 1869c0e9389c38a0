import CGraftKernels
import GraftLayers
import GraftTensor

/// Stochastic gradient descent: p ← p − rate · g, plain, with momentum (Polyak, 1964), or with Nesterov's (Sutskever,
/// Martens, Dahl and Hinton, 2013).
///
/// The frameworks differ in what the velocity v is, and so once the rate changes:
///
/// - ``Variant/keras``: v ← μ v − rate · g; p ← p + v, or with Nesterov's momentum p ← p + μ v − rate · g
///   (`keras.optimizers.SGD`).
/// - ``Variant/pyTorch``: v ← μ v + g; p ← p − rate · v, or with Nesterov's momentum p ← p − rate · (g + μ v)
///   (`torch.optim.SGD` without dampening).
///
/// v is 0 at first. Weight decay λ is PyTorch's: g is the gradient plus λ p, and so goes through the momentum. Keras'
/// `l2(λ / 2)` penalty has the same gradient.
public struct SGD: ElementwiseOptimizer {
  /// The framework whose rule it is.
  public enum Variant: String, Sendable, Codable {
    /// The velocity holds the rate.
    case keras
    /// The rate is outside of the velocity.
    case pyTorch
  }

  /// The framework whose rule it is.
  public let variant: Variant
  /// The size of a step.
  public var learningRate: Float
  /// How much of the velocity is kept from step to step; 0 for none.
  public let momentum: Float
  /// Whether a step looks ahead along the velocity.
  public let isNesterov: Bool
  /// How much of a parameter is added to its gradient.
  public let weightDecay: Float
  /// Parameters with a learning rate and a weight decay of their own.
  public let groups: [ParameterGroup]
  /// With momentum the velocities, as `path/velocity`.
  public var state: [String: Tensor] = [:]

  private enum CodingKeys: CodingKey {
    case variant, learningRate, momentum, isNesterov, weightDecay, groups
  }

  /// Creates the rule; the rate is Keras' default, and PyTorch's is 0.001.
  public init(
    _ variant: Variant, learningRate: Float = 1e-2, momentum: Float = 0, isNesterov: Bool = false,
    weightDecay: Float = 0, groups: [ParameterGroup] = []
  ) {
    require(
      !isNesterov || momentum > 0, "Nesterov's momentum is a momentum above 0, not \(momentum).")
    self.variant = variant
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = isNesterov
    self.weightDecay = weightDecay
    self.groups = groups.checked()
  }

  /// For instance `SGD of PyTorch, rate 0.01, Nesterov's momentum 0.9, weight decay 0.0001`.
  public var summary: String {
    let kind = isNesterov ? "Nesterov's momentum" : "momentum"
    return "SGD of \(variant == .keras ? "Keras" : "PyTorch"), rate \(learningRate)"
      + (momentum == 0 ? "" : ", \(kind) \(momentum)")
      + (weightDecay == 0 ? "" : ", weight decay \(weightDecay)") + groups.summary
  }

  /// Changes every parameter of a module that is not frozen and has a gradient.
  public mutating func update(_ module: any Module, with gradients: ParameterGradients) {
    updateEach(of: module, with: gradients)
  }

  var slots: [String] { momentum == 0 ? [] : ["velocity"] }

  func step(_ step: ParameterStep) {
    let rate = learningRate * step.learningRateFactor
    let decay = weightDecay * step.weightDecayFactor
    if momentum == 0 {
      graft_sgd(step.count, rate, decay, step.gradient, step.parameter)
    } else {
      // Keras' velocity is kept with its sign turned, which changes no bit of the parameter.
      graft_sgd_momentum(
        step.count, variant == .keras ? rate : 1, variant == .keras ? 1 : rate, momentum, isNesterov ? 1 : 0,
        decay, step.gradient, step.state[0], step.parameter)
    }
  }
}
