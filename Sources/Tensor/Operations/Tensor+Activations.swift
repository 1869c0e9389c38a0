import CGraftCompute
import CGraftKernels

private struct ActivationKey: PrimitiveKey {
  var kind: UInt32
  var slope: Float
  var isBackward: Bool
  /// A row-major tensor is one long row; a blocked one is told apart by its shape and its layout's size.
  var shape: Tensor.Shape
  var blockedLayout: LayoutIdentity?

  var work: PrimitiveWork {
    PrimitiveWork(operation: "activation\(isBackward ? ", backward" : ""), \(shape)")
  }
}

private let activations = PrimitiveCache<ActivationKey>()

extension Tensor {
  /// The order in which elementwise primitives see this tensor: any order will do, as long as both sides agree.
  fileprivate var elementwiseLayout: Layout { layout ?? Layout(dimensions: [scalarCount], strides: [1]) }

  fileprivate func activationPrimitive(_ kind: graft_activation_kind, slope: Float, isBackward: Bool)
    -> Primitive
  {
    let key = ActivationKey(
      kind: kind.rawValue, slope: slope, isBackward: isBackward,
      shape: layout == nil ? [scalarCount] : shape, blockedLayout: layout.map(LayoutIdentity.init))
    let primitive = activations.primitive(for: key) { primitive in
      elementwiseLayout.withHandle {
        graft_activation_create(
          kind, slope, isBackward ? GRAFT_BACKWARD_DATA : GRAFT_FORWARD_TRAINING, $0, primitive)
      }
    }
    guard let primitive else {
      misused("The compute library has no such activation for a tensor of shape \(shape).")
    }
    return primitive
  }

  fileprivate func activated(_ kind: graft_activation_kind, slope: Float = 0) -> Tensor {
    require(scalarType == .float32, "Activations are computed in float32, not \(scalarType).")
    if scalarCount == 0 { return self }
    let primitive = activationPrimitive(kind, slope: slope, isBackward: false)
    let result = Storage(byteCount: storage.byteCount)
    primitive.execute([(GRAFT_SOURCE, storage), (GRAFT_DESTINATION, result)])
    return Tensor(shape: shape, scalarType: .float32, storage: result, layout: layout)
  }
}

extension Tensor {
  /// Applies a kernel to all that is stored, in the order in which it is stored; 0, which fills up a blocked layout,
  /// must stay 0.
  fileprivate func mapped(
    _ kernel: (_ count: Int64, _ source: UnsafePointer<Float>?, _ result: UnsafeMutablePointer<Float>?) ->
      Void
  ) -> Tensor {
    require(scalarType == .float32, "Activations are computed in float32, not \(scalarType).")
    let result = Storage(byteCount: storage.byteCount)
    let count = storage.byteCount / ScalarType.float32.byteCount
    withExtendedLifetime(storage) {
      kernel(
        Int64(count), UnsafePointer(storage.buffer(of: Float.self, count: count).baseAddress),
        result.buffer(of: Float.self, count: count).baseAddress)
    }
    return Tensor(shape: shape, scalarType: .float32, storage: result, layout: layout)
  }

  /// The same with the gradient of what this tensor is the result of.
  fileprivate func mapped(
    _ kernel: (
      _ count: Int64, _ result: UnsafePointer<Float>?, _ gradient: UnsafePointer<Float>?,
      _ inputGradient: UnsafeMutablePointer<Float>?
    ) -> Void, _ gradient: Tensor
  ) -> Tensor {
    if gradient.scalarCount == 0 { return gradient }
    let arrived = gradient.ordered(as: self).storage
    return mapped { count, result, output in
      withExtendedLifetime(arrived) {
        kernel(
          count, result, UnsafePointer(arrived.buffer(of: Float.self, count: Int(count)).baseAddress), output)
      }
    }
  }

  /// The library's own rectifier makes 0 of what is not a number.
  fileprivate var rectified: Tensor { mapped(graft_relu) }
}

/// Turns the gradient of an activation's result into that of its input; `saved` is the result or the input, whichever
/// the library wants.
private func activationGradient(
  _ gradient: Tensor, saved: Tensor, _ kind: graft_activation_kind, slope: Float = 0
) -> Tensor {
  if gradient.scalarCount == 0 { return gradient }
  let arrived = gradient.ordered(as: saved).storage
  let primitive = saved.activationPrimitive(kind, slope: slope, isBackward: true)
  let result = Storage(byteCount: saved.storage.byteCount)
  let role = graft_activation_backward_uses_result(kind) != 0 ? GRAFT_DESTINATION : GRAFT_SOURCE
  primitive.execute([
    (role, saved.storage), (GRAFT_DESTINATION_GRADIENT, arrived), (GRAFT_SOURCE_GRADIENT, result),
  ])
  return Tensor(shape: saved.shape, scalarType: .float32, storage: result, layout: saved.layout)
}

func reluGradient(_ gradient: Tensor, result: Tensor) -> Tensor {
  activationGradient(gradient, saved: result, GRAFT_RELU)
}

private func activation(_ x: Tensor, _ kind: graft_activation_kind, slope: Float = 0) -> Tensor {
  let input = x.detached
  let result = input.activated(kind, slope: slope)
  let saved = graft_activation_backward_uses_result(kind) != 0 ? result : input
  return differentiable(result, of: [x]) { [activationGradient($0, saved: saved, kind, slope: slope)] }
}

/// max(x, 0), elementwise; what is not a number stays so, that a network which diverged does not look sound.
public func relu(_ x: Tensor) -> Tensor {
  let result = x.detached.rectified
  return differentiable(result, of: [x]) { [reluGradient($0, result: result)] }
}

/// min(max(x, 0), 6), elementwise; what is not a number stays so. The gradient is 0 at both ends, as in PyTorch.
public func relu6(_ x: Tensor) -> Tensor {
  let result = x.detached.mapped { graft_clip($0, 0, 6, $1, $2) }
  return differentiable(result, of: [x]) {
    [result.mapped({ graft_clip_backward($0, 0, 6, $1, $2, $3) }, $0)]
  }
}

/// x where positive, `slope` · x where negative, elementwise.
///
/// - Parameters:
///   - x: of any shape.
///   - slope: not negative: the gradient is told from the result's sign.
public func leakyReLU(_ x: Tensor, slope: Float) -> Tensor {
  require(slope >= 0, "A leaky ReLU has no negative slope, as \(slope) is.")
  return activation(x, GRAFT_LEAKY_RELU, slope: slope)
}

/// 1 / (1 + e⁻ˣ), elementwise, within 3 units in the last place; what is not a number stays so.
public func sigmoid(_ x: Tensor) -> Tensor {
  // The filling of a blocked layout must stay 0.
  let result = x.detached.withoutFilling.mapped(graft_sigmoid)
  return differentiable(result, of: [x]) { [result.mapped(graft_sigmoid_backward, $0)] }
}

/// The hyperbolic tangent, elementwise.
public func tanh(_ x: Tensor) -> Tensor { activation(x, GRAFT_TANH) }

/// eˣ, elementwise, within 1.5 units in the last place for every number; what is not a number stays so.
public func exp(_ x: Tensor) -> Tensor {
  let result = x.detached.withoutFilling.mapped(graft_exponential)
  return differentiable(result, of: [x]) { [$0 * result] }
}

/// The natural logarithm, elementwise, within 1.5 units in the last place for every number: −∞ of 0, and not a number below
/// it; what is not a number stays so.
public func log(_ x: Tensor) -> Tensor {
  let input = x.detached.withoutFilling
  return differentiable(input.mapped(graft_logarithm), of: [x]) { [$0 / input] }
}

/// The square root, elementwise.
public func sqrt(_ x: Tensor) -> Tensor { activation(x, GRAFT_SQUARE_ROOT) }

/// |x|, elementwise; its gradient at 0 is 0.
public func abs(_ x: Tensor) -> Tensor { activation(x, GRAFT_ABSOLUTE) }

/// eˣ over its sum along the last axis, computed without overflow.
public func softmax(_ x: Tensor) -> Tensor {
  require(x.shape.rank >= 1, "Softmax needs an axis, and a scalar has none.")
  let input = x.detached.rowMajor
  let length = x.shape[x.shape.rank - 1]
  let rows = length == 0 ? 0 : x.scalarCount / length
  let result = Tensor(shape: x.shape) { output in
    input.withUnsafeScalars { graft_softmax(Int64(rows), Int64(length), $0.baseAddress, output.baseAddress) }
  }
  return differentiable(result, of: [x]) { gradient in
    let arrived = gradient.rowMajor
    let inputGradient = Tensor(shape: result.shape) { output in
      result.withUnsafeScalars { probabilities in
        arrived.withUnsafeScalars {
          graft_softmax_backward(
            Int64(rows), Int64(length), probabilities.baseAddress, $0.baseAddress, output.baseAddress)
        }
      }
    }
    return [inputGradient]
  }
}

/// The logarithm of ``softmax(_:)``, computed without its underflow.
public func logSoftmax(_ x: Tensor) -> Tensor {
  require(x.shape.rank >= 1, "Softmax needs an axis, and a scalar has none.")
  if x.scalarCount == 0 { return x }
  // A number that is subtracted everywhere changes nothing, and so has no gradient.
  let shifted = x - x.detached.max(alongAxes: [-1], keepingAxes: true)
  return shifted - log(exp(shifted).sum(alongAxes: [-1], keepingAxes: true))
}
