import GraftTensor

/// A branch whose result is added to a shortcut around it (He et al., 2016, arXiv:1512.03385): activation(branch(x) +
/// shortcut(x)).
///
/// Input N,H,W,C; output as the branch gives it. Parameters of `branch` and `shortcut`.
public final class Residual: Module {
  /// The branch, which is added.
  public let branch: any Module
  /// The shortcut, to which it is added; nil for the input itself.
  public let shortcut: (any Module)?
  /// The function that is applied to the sum.
  public let activation: ActivationFunction
  private let branchPlan: [InferenceStep]
  private let shortcutPlan: [InferenceStep]?

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - branch: what is added.
  ///   - shortcut: what it is added to; the input itself by default, for which the branch must keep the shape.
  ///   - activation: what is applied to the sum; ReLU by default.
  public init(_ branch: any Module, shortcut: (any Module)? = nil, activation: ActivationFunction = .relu) {
    self.branch = branch
    self.shortcut = shortcut
    self.activation = activation
    branchPlan = InferenceStep.fused(branch.inferencePlan)
    shortcutPlan = shortcut.map { InferenceStep.fused($0.inferencePlan) }
  }

  /// `branch`, then `shortcut` if there is one.
  public var members: [Member] {
    [.layer("branch", branch)] + (shortcut.map { [.layer("shortcut", $0)] } ?? [])
  }

  /// The block itself, whose sum is computed in the pass of the branch's last convolution.
  public var inferencePlan: [InferenceStep] { [InferenceStep(.residual(self))] }

  /// For inference: the sum in the pass of the branch's last convolution, and in the memory of the shortcut. That may be the
  /// input's own, where the caller gives it up.
  func inferred(_ input: consuming Tensor, _ context: Context) -> Tensor {
    guard let first = branchPlan.first, branchPlan.count > 1,
      case .convolution(let last) = branchPlan.last?.kind, !last.hasReLU,
      activation == .relu || activation == .linear
    else { return self(input.asFloat32, context) }
    let begun = first(copy input, context)
    let own: Tensor
    if let shortcutPlan {
      own = shortcutPlan[...].run(copy input, context)
    } else {
      own = consume input
    }
    let through = branchPlan.dropFirst().dropLast().run(begun, context)
    return last(through, addingTo: consume own, fusedReLU: activation == .relu, context)
  }

  /// Computes the activated sum.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    let own = shortcut.map { $0(input, context) } ?? input
    let added = branch(input, context)
    require(
      added.shape == own.shape,
      "A branch of shape \(added.shape) cannot be added to a shortcut of shape \(own.shape).")
    return context.observed(activation(added + own), of: self)
  }
}
