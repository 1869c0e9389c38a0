import GraftTensor

/// Named layers, one after the other.
///
/// In inference a batch normalisation after a convolution becomes part of its kernel, and a ReLU after that part of the same
/// pass over memory; the result differs by rounding from that of the layers one by one, which training and
/// ``Context/observing(_:)`` take.
///
/// ```swift
/// let head = Sequential([
///   ("flatten", Flatten()),
///   ("logits", Dense(inputs: 512, outputs: 2, random: random)),
/// ])
/// ```
public final class Sequential: Module {
  private let steps: [(name: String, layer: any Module)]
  /// The steps of all layers, those joined that can be: asked of them once, when the sequence is created.
  public let inferencePlan: [InferenceStep]

  /// Creates a sequence.
  public init(_ steps: [(name: String, layer: any Module)]) {
    require(Set(steps.map(\.name)).count == steps.count, "Layers of one sequence need names of their own.")
    self.steps = steps
    inferencePlan = InferenceStep.fused(steps.flatMap(\.layer.inferencePlan))
  }

  /// The layers, in order.
  public var members: [Member] { steps.map { .layer($0.name, $0.layer) } }

  /// The last of the layers.
  public var lastLayer: (any Module)? { steps.last?.layer }

  /// Applies the layers in order.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    ComputeThread.run {
      guard context.fusesLayers else {
        return context.observed(steps.reduce(input) { $1.layer($0, context) }, of: self)
      }
      return inferencePlan[...].run(input, context).asFloat32
    }
  }
}
