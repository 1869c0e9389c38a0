import CGraftKernels
import GraftLayers
import GraftTensor

/// RMSprop (Tieleman and Hinton, 2012), as Keras has it: a ← ρ a + (1 − ρ) g², p ← p − rate · g / (√a + ε), with a from 0.
///
/// Gradients of penalties are part of g. PyTorch's defaults differ: ρ 0.99 and ε 1e-8.
public struct RMSprop: Optimizer {
  /// Where ε is added.
  public enum EpsilonPlacement: String, Sendable, Codable {
    /// √a + ε: Keras up to 2.10, and PyTorch.
    case outsideRoot
    /// √(a + ε): Keras from 2.11 on, Keras 3.
    case insideRoot
  }

  /// The size of a step.
  public var learningRate: Float
  /// How much of the mean square is kept from step to step.
  public let rho: Float
  /// Keeps the quotient finite.
  public let epsilon: Float
  /// Where ε is added.
  public let epsilonPlacement: EpsilonPlacement
  /// The mean squares, as `path` of the parameter.
  public var memory: [String: Tensor] = [:]

  /// Creates the rule; the defaults are those of Keras 2.1.3 and later.
  public init(
    learningRate: Float = 1e-3, rho: Float = 0.9, epsilon: Float = 1e-7,
    epsilonPlacement: EpsilonPlacement = .outsideRoot
  ) {
    self.learningRate = learningRate
    self.rho = rho
    self.epsilon = epsilon
    self.epsilonPlacement = epsilonPlacement
  }

  /// For instance `RMSprop, rate 0.0001, rho 0.9, epsilon 1e-07 outside of the root`.
  public var summary: String {
    let place = epsilonPlacement == .insideRoot ? "inside" : "outside"
    return "RMSprop, rate \(learningRate), rho \(rho), epsilon \(epsilon) \(place) of the root"
  }

  /// Changes every parameter of a module that is not frozen and has a gradient.
  public mutating func update(_ module: any Module, with gradients: ParameterGradients) {
    for (path, parameter) in module.parameters where parameter.isTrainable {
      guard let gradient = gradients[parameter] else { continue }
      var meanSquare = memory.removeValue(forKey: path) ?? Tensor(zeros: parameter.shape)
      parameter.update { step(&$0, &meanSquare, gradient) }
      memory[path] = meanSquare
    }
  }

  private func step(_ parameter: inout Tensor, _ meanSquare: inout Tensor, _ gradient: Tensor) {
    parameter.withUnsafeMutableScalars { parameter in
      meanSquare.withUnsafeMutableScalars { meanSquare in
        gradient.withUnsafeScalars { gradient in
          guard let p = parameter.baseAddress, let a = meanSquare.baseAddress, let g = gradient.baseAddress
          else {
            return
          }
          graft_rmsprop(
            Int64(parameter.count), learningRate, rho, epsilon, epsilonPlacement == .insideRoot ? 1 : 0, g, a,
            p)
        }
      }
    }
  }
}
