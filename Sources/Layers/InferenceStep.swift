import GraftTensor

/// A part of what a module computes in inference: one layer, or several that run as one.
///
/// A module of your own that runs its layers one after the other says so by giving theirs, and what can be fused is:
///
/// ```swift
/// var inferencePlan: [InferenceStep] { convolution.inferencePlan + norm.inferencePlan + activation.inferencePlan }
/// ```
public struct InferenceStep {
  enum Kind {
    case convolution(FoldedConvolution)
    case normalization(BatchNorm)
    case activation(Activation)
    case residual(Residual)
    case layer(any Module, takesBFloat16: Bool)
  }

  let kind: Kind
  /// Whether all pictures of a batch are wanted at once, where other steps get a few at a time.
  let needsWholeBatch: Bool

  init(_ kind: Kind, needsWholeBatch: Bool = false) {
    self.kind = kind
    self.needsWholeBatch = needsWholeBatch
  }

  /// A layer that is called as it is, and that nothing is fused with.
  ///
  /// - Parameters:
  ///   - layer: what is called.
  ///   - takesBFloat16: whether its input may be bfloat16; by default it always is float32.
  ///   - needsWholeBatch: whether it wants all pictures of a batch at once, as a dense layer with a large kernel does, where
  ///     an encoder otherwise computes a few at a time; false by default.
  public static func layer(
    _ layer: any Module, takesBFloat16: Bool = false, needsWholeBatch: Bool = false
  ) -> InferenceStep {
    InferenceStep(.layer(layer, takesBFloat16: takesBFloat16), needsWholeBatch: needsWholeBatch)
  }

  /// This step and the next one as one step; nil if they stay two.
  private func fused(with next: InferenceStep) -> InferenceStep? {
    guard case .convolution(let convolution) = kind else { return nil }
    switch next.kind {
    case .normalization(let norm): return convolution.followed(by: norm).map { .init(.convolution($0)) }
    case .activation(let activation):
      return convolution.followed(by: activation).map { .init(.convolution($0)) }
    case .convolution, .residual, .layer: return nil
    }
  }

  /// - Parameter input: given up by the caller, so that a residual block can add to it in place.
  func callAsFunction(_ input: consuming Tensor, _ context: Context) -> Tensor {
    switch kind {
    case .convolution(let convolution): convolution(input, fusedReLU: convolution.hasReLU, context)
    case .residual(let residual): residual.inferred(consume input, context)
    case .normalization(let norm): norm(input.asFloat32, context)
    case .activation(let activation): activation(input.asFloat32, context)
    case .layer(let layer, let takesBFloat16): layer(takesBFloat16 ? input : input.asFloat32, context)
    }
  }

  /// Joins steps wherever one can take up the next: convolutions the batch normalisations and the ReLUs that follow them.
  static func fused(_ steps: some Sequence<InferenceStep>) -> [InferenceStep] {
    steps.reduce(into: []) { fused, step in
      if let joined = fused.last?.fused(with: step) {
        fused[fused.count - 1] = joined
      } else {
        fused.append(step)
      }
    }
  }
}

extension ArraySlice<InferenceStep> {
  /// The result may be bfloat16, if the context allows it.
  func run(_ input: consuming Tensor, _ context: Context) -> Tensor {
    var value = input
    for step in self { value = step(consume value, context) }
    return value
  }
}

extension Collection<any Module> {
  /// Applies modules one after the other; in inference without a stop between them, and a few pictures at a time.
  ///
  /// Nothing is fused across two of them, so that each gives the same alone and in a row.
  package func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    ComputeThread.run {
      guard context.fusesLayers else { return reduce(input) { $1($0, context) } }
      let steps = flatMap { InferenceStep.fused($0.inferencePlan) }
      let microBatches = input.microBatches
      let divided = steps.prefix { !$0.needsWholeBatch }
      if microBatches.count == 1 || divided.isEmpty { return steps[...].run(input, context).asFloat32 }
      let joined = Tensor.concatenated(
        microBatches.map { divided.run(input.rows($0), context).asFloat32.rowMajor }, alongAxis: 0)
      return steps.dropFirst(divided.count).run(joined, context).asFloat32
    }
  }
}

extension Tensor {
  /// The images that are taken through a network together. More than four pictures of 224×224 gain no speed, and what lies
  /// between the first layers takes a hundred megabytes for every eight.
  fileprivate var microBatches: [Range<Int>] {
    guard shape.rank == 4, shape[0] > 1 else { return [0..<1] }
    let count = Swift.max(1, 4 * 224 * 224 / Swift.max(shape[1] * shape[2], 1))
    return stride(from: 0, to: shape[0], by: count).map { $0..<Swift.min($0 + count, shape[0]) }
  }
}
