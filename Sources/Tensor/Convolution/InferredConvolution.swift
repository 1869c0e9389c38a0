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
  let shape = ConvolutionShape(
    input: input.shape, kernel: kernel.shape, strides: strides, padding: padding, dilations: dilations,
    groups: groups)
  if let shortcut = sum?.shape {
    require(
      shape.outputShape == shortcut,
      "A branch of shape \(shape.outputShape) cannot be added to a shortcut of shape \(shortcut).")
  }
  shape.requireFitting(bias)
  if shape.batch == 0 { return Tensor(zeros: shape.outputShape) }
  return ConvolutionPlan(shape, algorithm).inferred(
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
