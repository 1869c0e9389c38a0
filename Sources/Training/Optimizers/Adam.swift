import CGraftKernels
import GraftLayers
import GraftTensor

/// Adam (Kingma and Ba, 2015): m ← β₁ m + (1 − β₁) g and v ← β₂ v + (1 − β₂) g², both from 0, and in a parameter's step
/// number t
///
/// - ``Variant/keras``: p ← p − rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε), with ε 1e-7 (`keras.optimizers.Adam`; the
///   paper's "ε hat").
/// - ``Variant/pyTorch``: p ← p − rate · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε), with ε 1e-8 (`torch.optim.Adam`; the
///   paper's algorithm 1).
///
/// Gradients of penalties are part of g; for weight decay beside the moments there is ``AdamW``.
public struct Adam: ElementwiseOptimizer {
  /// The framework whose rule it is.
  public enum Variant: String, Sendable, Codable {
    /// ε is added to the root of v as it is.
    case keras
    /// ε is added to the root of v after its correction.
    case pyTorch

    /// The framework's own ε.
    public var defaultEpsilon: Float { self == .keras ? 1e-7 : 1e-8 }
    var name: String { self == .keras ? "Keras" : "PyTorch" }
  }

  /// The framework whose rule it is.
  public let variant: Variant
  /// The size of a step.
  public var learningRate: Float
  /// How much of the mean gradient is kept from step to step.
  public let beta1: Float
  /// How much of the mean square is kept from step to step.
  public let beta2: Float
  /// Keeps the quotient finite.
  public let epsilon: Float
  /// Parameters with a learning rate of their own.
  public let groups: [ParameterGroup]
  /// m, v and t, as `path/mean`, `path/meanSquare` and `path/steps`.
  public var state: [String: Tensor] = [:]

  private enum CodingKeys: CodingKey {
    case variant, learningRate, beta1, beta2, epsilon, groups
  }

  /// Creates the rule, PyTorch's by default; without an ε it has the framework's own.
  public init(
    _ variant: Variant = .pyTorch, learningRate: Float = 1e-3, beta1: Float = 0.9, beta2: Float = 0.999,
    epsilon: Float? = nil, groups: [ParameterGroup] = []
  ) {
    AdamStep.check(beta1, beta2)
    self.variant = variant
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon ?? variant.defaultEpsilon
    self.groups = groups.checked()
  }

  /// For instance `Adam of PyTorch, rate 0.001, betas 0.9 and 0.999, epsilon 1e-08`.
  public var summary: String {
    "Adam of \(variant.name), rate \(learningRate), betas \(beta1) and \(beta2), epsilon \(epsilon)"
      + groups.summary
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
      weightDecay: 0
    ).take(step)
  }
}

/// The part that Adam and AdamW share.
struct AdamStep {
  let variant: Adam.Variant
  let learningRate, beta1, beta2, epsilon, weightDecay: Float

  static let slots = ["mean", "meanSquare"]

  static func check(_ beta1: Float, _ beta2: Float) {
    require(
      (0..<1).contains(beta1) && (0..<1).contains(beta2),
      "The betas of Adam are from 0 to below 1, not \(beta1) and \(beta2).")
  }

  func take(_ step: ParameterStep) {
    let rate = learningRate * step.learningRateFactor
    let meanCorrection = correction(beta1, step.number)
    let rootCorrection = correction(beta2, step.number).squareRoot()
    let (stepRate, rootScale) =
      switch variant {
      case .keras: (Double(rate) * rootCorrection / meanCorrection, 1.0)
      case .pyTorch: (Double(rate) / meanCorrection, 1 / rootCorrection)
      }
    graft_adam(
      step.count, Float(stepRate), Float(rootScale), beta1, beta2, epsilon,
      rate * weightDecay * step.weightDecayFactor, step.gradient, step.state[0], step.state[1],
      step.parameter)
  }

  /// 1 − βᵗ by squaring: the C library's power may differ from machine to machine.
  private func correction(_ beta: Float, _ number: Int) -> Double {
    var (power, square, rest) = (1.0, Double(beta), number)
    while rest > 0 {
      if rest & 1 == 1 { power *= square }
      square *= square
      rest >>= 1
    }
    return 1 - power
  }
}
