import GraftLayers
import GraftTensor

/// A rule by which gradients change parameters.
///
/// It encodes the rule and its constants, by which a checkpoint is compared with the training that would resume it, and
/// not its state.
public protocol Optimizer: Sendable, Encodable {
  /// The size of a step.
  var learningRate: Float { get set }
  /// The optimizer state, such as moments and velocities, by the parameter's path and a name; saved with a checkpoint.
  var state: [String: Tensor] { get set }
  /// The rule and its constants, for people.
  var summary: String { get }
  /// Changes every parameter of a module that is not frozen and has a gradient.
  mutating func update(_ module: any Module, with gradients: ParameterGradients)
}
