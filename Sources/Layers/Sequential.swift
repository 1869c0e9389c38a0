import GraftTensor

/// Named layers, one after the other.
///
/// ```swift
/// let head = Sequential([
///   ("flatten", Flatten()),
///   ("logits", Dense(inputs: 512, outputs: 2, random: random)),
/// ])
/// ```
public final class Sequential: Module {
  private let steps: [(name: String, layer: any Module)]

  /// Creates a sequence.
  public init(_ steps: [(name: String, layer: any Module)]) {
    require(Set(steps.map(\.name)).count == steps.count, "Layers of one sequence need names of their own.")
    self.steps = steps
  }

  /// The layers, in order.
  public var members: [Member] { steps.map { .layer($0.name, $0.layer) } }

  /// Applies the layers in order.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    context.observed(steps.reduce(input) { $1.layer($0, context) }, of: self)
  }
}
