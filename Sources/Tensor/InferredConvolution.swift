import CGraftCompute

/// For inference: a convolution that may add its result to `sum`, in the same pass over memory and in the memory of `sum` if
/// the caller gives it up.
///
/// Parameters are those of ``convolution2D(_:kernel:bias:strides:padding:dilations:groups:fusedReLU:algorithm:)``; the ReLU
/// comes after the sum.
///
/// - Parameter allowsBFloat16: whether input, kernel and result may be bfloat16, where that is faster.
package func inferredConvolution2D(
  _ input: Tensor, kernel: Tensor, bias: Tensor?, strides: (Int, Int), padding: Padding,
  dilations: (Int, Int), groups: Int, addingTo sum: consuming Tensor?, fusedReLU: Bool,
  algorithm: ConvolutionAlgorithm, allowsBFloat16: Bool
) -> Tensor {
  let geometry = ConvolutionGeometry(
    input: input.shape, kernel: kernel.shape, strides: strides, padding: padding, dilations: dilations,
    groups: groups, algorithm: algorithm)
  if let shape = sum?.shape {
    require(
      geometry.outputShape == shape,
      "A branch of shape \(geometry.outputShape) cannot be added to a shortcut of shape \(shape).")
  }
  geometry.requireFitting(bias)
  if geometry.batch == 0 { return Tensor(zeros: geometry.outputShape) }
  return geometry.forward(
    input, kernel: kernel.asConvolutionKernel(groups: groups), bias: bias, addingTo: consume sum,
    fusedReLU: fusedReLU,
    allowsBFloat16: allowsBFloat16)
}

extension Tensor {
  /// The same numbers as float32, in row-major order if they were of another type.
  package var asFloat32: Tensor {
    if scalarType == .float32 { return self }
    guard scalarType == .bfloat16, let layout else { return converted(to: .float32) }
    let result = Tensor(uninitialized: shape)
    reorder(storage, from: layout, to: .image(shape), into: result.storage)
    return result
  }
}

extension ConvolutionGeometry {
  /// For inference: adds to `sum`, if there is one, in its own memory if nobody else holds it.
  func forward(
    _ input: Tensor, kernel: Tensor, bias: Tensor?, addingTo sum: consuming Tensor?, fusedReLU: Bool,
    allowsBFloat16: Bool
  ) -> Tensor {
    let scalarType = inferenceType(of: input, allowsBFloat16: allowsBFloat16)
    if algorithm == .fastest, scalarType == .float32 {
      let resolved = resolved(GRAFT_FORWARD_INFERENCE, kernel: kernel) {
        _ = $0.forward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU, training: false)
      }
      return resolved.forward(
        input, kernel: kernel, bias: bias, addingTo: consume sum, fusedReLU: fusedReLU,
        allowsBFloat16: allowsBFloat16)
    }
    if scalarType == .float32,
      usesPortableWinograd(GRAFT_FORWARD_INFERENCE, hasBias: bias != nil, fusedReLU: fusedReLU)
    {
      guard let sum = consume sum else {
        return portableForward(input, kernel: kernel, bias: bias, fusedReLU: fusedReLU)
      }
      let total = portableForward(input, kernel: kernel, bias: bias, fusedReLU: false) + sum.asFloat32
      return fusedReLU ? relu(total) : total
    }
    guard let sum = consume sum else {
      let primitive = primitive(
        GRAFT_FORWARD_INFERENCE, scalarType: scalarType, hasBias: bias != nil, fusedReLU: fusedReLU)
      return run(
        primitive, input, kernel, bias, into: primitive.makeStorage(for: GRAFT_DESTINATION),
        scalarType: scalarType)
    }
    let primitive = primitive(
      GRAFT_FORWARD_INFERENCE, scalarType: scalarType, hasBias: bias != nil, fusedReLU: fusedReLU,
      accumulates: true)
    let layout = primitive.layout(of: GRAFT_DESTINATION)
    let current = sum.imageLayout
    let storage = (consume sum).takeStorage()
    guard current.isEqual(to: layout) else {
      let ordered = Storage(byteCount: layout.byteCount)
      reorder(storage, from: current, to: layout, into: ordered)
      return run(primitive, input, kernel, bias, into: ordered, scalarType: scalarType)
    }
    return run(primitive, input, kernel, bias, into: storage, scalarType: scalarType)
  }

  /// What inference computes in. Where bfloat16 is allowed, Winograd's convolutions in float32 are still the faster ones,
  /// unless the images are bfloat16 already; those of pictures gain nothing.
  private func inferenceType(of input: Tensor, allowsBFloat16: Bool) -> ScalarType {
    guard allowsBFloat16, ComputeEnvironment.hasBFloat16 else { return .float32 }
    if input.scalarType == .bfloat16 { return .bfloat16 }
    return algorithm != .direct || inputChannels < 16 ? .float32 : .bfloat16
  }
}
