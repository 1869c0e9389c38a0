import GraftLayers
import GraftTensor

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019): p ← p − rate · λ · p, then ``Adam``'s step, whose
/// moments know nothing of the decay.
///
/// As in both frameworks the decay is scaled by the learning rate; λ is 0.004 by default in Keras
/// (`keras.optimizers.AdamW`) and 0.01 in PyTorch (`torch.optim.AdamW`).
public struct AdamW: ElementwiseOptimizer {
  /// The framework whose rule it is.
  public let variant: Adam.Variant
  /// The size of a step.
  public var learningRate: Float
  /// How much of the mean gradient is kept from step to step.
  public let beta1: Float
  /// How much of the mean square is kept from step to step.
  public let beta2: Float
  /// Keeps the quotient finite.
  public let epsilon: Float
  /// λ: the share of a parameter, times the learning rate, that each step takes away.
  public let weightDecay: Float
  /// Parameters with a learning rate and a weight decay of their own.
  public let groups: [ParameterGroup]
  /// The moments and the step numbers, as `path/mean`, `path/meanSquare` and `path/steps`.
  public var state: [String: Tensor] = [:]

  private enum CodingKeys: CodingKey {
    case variant, learningRate, beta1, beta2, epsilon, weightDecay, groups
  }

  /// Creates the rule, PyTorch's by default; without an ε or a decay it has the framework's own.
  public init(
    _ variant: Adam.Variant = .pyTorch, learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999,
    epsilon: Float? = nil, weightDecay: Float? = nil, groups: [ParameterGroup] = []
  ) {
    AdamStep.check(beta1, beta2)
    self.variant = variant
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon ?? variant.defaultEpsilon
    self.weightDecay = weightDecay ?? (variant == .keras ? 4e-3 : 1e-2)
    self.groups = groups.checked()
  }

  /// For instance `AdamW of Keras, rate 0.001, betas 0.9 and 0.999, epsilon 1e-07, weight decay 0.004`.
  public var summary: String {
    "AdamW of \(variant.name), rate \(learningRate), betas \(beta1) and \(beta2), epsilon \(epsilon), "
      + "weight decay \(weightDecay)" + groups.summary
  }

  /// Changes every parameter of a module that is not frozen and has a gradient.
  public mutating func update(_ module: any Module, with gradients: ParameterGradients) {
    updateEach(of: module, with: gradients)
  }

  var slots: [String] { AdamStep.slots }
  var countsSteps: Bool { true }

  func step(_ step: ParameterStep) {
    AdamStep(
      variant: variant, learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      weightDecay: weightDecay
    ).take(step)
  }
}
