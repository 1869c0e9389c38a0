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
  /// What runs in inference.
  let inferenceSteps: [InferenceStep]

  /// Creates a sequence.
  public init(_ steps: [(name: String, layer: any Module)]) {
    require(Set(steps.map(\.name)).count == steps.count, "Layers of one sequence need names of their own.")
    self.steps = steps
    inferenceSteps = InferenceStep.steps(of: steps.map(\.layer))
  }

  /// The layers, in order.
  public var members: [Member] { steps.map { .layer($0.name, $0.layer) } }

  /// The layer whose output is that of the sequence.
  package var lastLayer: (any Module)? { steps.last?.layer }

  /// Applies the layers in order.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    ComputeThread.run {
      guard context.fusesLayers else {
        return context.observed(steps.reduce(input) { $1.layer($0, context) }, of: self)
      }
      return inferenceSteps[...].run(input, context).asFloat32
    }
  }
}

extension Collection<Sequential> {
  /// Applies sequences one after the other, in inference without a stop between them.
  package func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    ComputeThread.run {
      guard context.fusesLayers else { return reduce(input) { $1($0, context) } }
      let steps = flatMap(\.inferenceSteps)[...]
      let slices = input.inferenceSlices
      if slices.count == 1 { return steps.run(input, context).asFloat32 }
      return Tensor.concatenated(
        slices.map { steps.run(input.rows($0), context).asFloat32.rowMajor }, alongAxis: 0)
    }
  }
}

extension Tensor {
  /// The images that are taken through a network together. More than four pictures of 224×224 gain no speed, and what lies
  /// between the first layers takes a hundred megabytes for every eight.
  fileprivate var inferenceSlices: [Range<Int>] {
    guard shape.rank == 4, shape[0] > 1 else { return [0..<1] }
    let count = Swift.max(1, 4 * 224 * 224 / Swift.max(shape[1] * shape[2], 1))
    return stride(from: 0, to: shape[0], by: count).map { $0..<Swift.min($0 + count, shape[0]) }
  }
}

/// Layers that run as one in inference.
enum InferenceStep {
  case convolution(FoldedConvolution)
  case residual(Residual)
  case layer(any Module)

  /// Convolutions with the batch normalisations and the ReLUs that follow them, and all other layers alone.
  static func steps(of layers: [any Module]) -> [InferenceStep] {
    var steps: [InferenceStep] = []
    var rest = layers[...]
    while let layer = rest.popFirst() {
      if let convolution = layer as? Conv2D, convolution.activation == .relu {
        steps.append(.convolution(FoldedConvolution(convolution, norm: nil, hasReLU: true)))
      } else if let convolution = layer as? Conv2D, convolution.activation == .linear {
        let norm = rest.first as? BatchNorm
        if norm != nil { rest.removeFirst() }
        let hasReLU = (rest.first as? Activation)?.function == .relu
        if hasReLU { rest.removeFirst() }
        steps.append(.convolution(FoldedConvolution(convolution, norm: norm, hasReLU: hasReLU)))
      } else if let sequence = layer as? Sequential {
        steps += sequence.inferenceSteps
      } else if let residual = layer as? Residual {
        steps.append(.residual(residual))
      } else {
        steps.append(.layer(layer))
      }
    }
    return steps
  }

  /// - Parameter input: given up by the caller, so that a residual block can add to it in place.
  func callAsFunction(_ input: consuming Tensor, _ context: Context) -> Tensor {
    switch self {
    case .convolution(let convolution): convolution(input, fusedReLU: convolution.hasReLU, context)
    case .residual(let residual): residual.inferred(consume input, context)
    // The largest of bfloat16 is one of them; all else is computed in float32.
    case .layer(let layer): layer(layer is MaxPool2D ? input : input.asFloat32, context)
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
