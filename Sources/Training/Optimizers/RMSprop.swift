import CGraftKernels
import GraftLayers
import GraftTensor

/// RMSprop (Tieleman and Hinton, 2012), as Keras has it: a ← ρ a + (1 − ρ) g², p ← p − rate · g / (√a + ε), with a from 0.
///
/// Gradients of penalties are part of g. PyTorch's defaults differ: ρ 0.99 and ε 1e-8.
///
/// With momentum μ and the quotient q = g / √(a + ε), Keras (any version, and TensorFlow) has v ← μ v + rate · q,
/// p ← p − v; this is ``EpsilonPlacement/insideRoot``. With q = g / (√a + ε), PyTorch has v ← μ v + q, p ← p − rate · v;
/// this is ``EpsilonPlacement/outsideRoot``. The two also differ once the rate changes.
public struct RMSprop: ElementwiseOptimizer {
  /// Where ε is added.
  public enum EpsilonPlacement: String, Sendable, Codable {
    /// √a + ε: Keras up to 2.10 without momentum, and PyTorch.
    case outsideRoot
    /// √(a + ε): Keras from 2.11 on, Keras 3, and every Keras with momentum.
    case insideRoot
  }

  /// The size of a step.
  public var learningRate: Float
  /// How much of the mean square is kept from step to step.
  public let rho: Float
  /// How much of the velocity is kept from step to step; 0 for none.
  public let momentum: Float
  /// Keeps the quotient finite.
  public let epsilon: Float
  /// Where ε is added.
  public let epsilonPlacement: EpsilonPlacement
  /// Parameters with a learning rate of their own.
  public let groups: [ParameterGroup]
  /// The mean squares, as `path` of the parameter, and with momentum the velocities, as `path/velocity`.
  public var state: [String: Tensor] = [:]

  private enum CodingKeys: CodingKey {
    case learningRate, rho, momentum, epsilon, epsilonPlacement, groups
  }

  /// Creates the rule; the defaults are those of Keras 2.1.3 and later.
  public init(
    learningRate: Float = 1e-3, rho: Float = 0.9, momentum: Float = 0, epsilon: Float = 1e-7,
    epsilonPlacement: EpsilonPlacement = .outsideRoot, groups: [ParameterGroup] = []
  ) {
    self.learningRate = learningRate
    self.rho = rho
    self.momentum = momentum
    self.epsilon = epsilon
    self.epsilonPlacement = epsilonPlacement
    self.groups = groups.checked()
  }

  /// For instance `RMSprop, rate 0.0001, rho 0.9, epsilon 1e-07 outside of the root`.
  public var summary: String {
    let place = epsilonPlacement == .insideRoot ? "inside" : "outside"
    let momentum = momentum == 0 ? "" : ", momentum \(momentum)"
    return "RMSprop, rate \(learningRate), rho \(rho), epsilon \(epsilon) \(place) of the root\(momentum)"
      + groups.summary
  }

  /// Changes every parameter of a module that is not frozen and has a gradient.
  public mutating func update(_ module: any Module, with gradients: ParameterGradients) {
    updateEach(of: module, with: gradients)
  }

  var slots: [String] { momentum == 0 ? [""] : ["", "velocity"] }

  func step(_ step: ParameterStep) {
    let rate = learningRate * step.learningRateFactor
    let isInside = epsilonPlacement == .insideRoot
    if momentum == 0 {
      graft_rmsprop(
        step.count, rate, rho, epsilon, isInside ? 1 : 0, step.gradient, step.state[0], step.parameter)
    } else {
      graft_rmsprop_momentum(
        step.count, isInside ? rate : 1, isInside ? 1 : rate, rho, momentum, epsilon, isInside ? 1 : 0,
        step.gradient, step.state[0], step.state[1], step.parameter)
    }
  }
}
