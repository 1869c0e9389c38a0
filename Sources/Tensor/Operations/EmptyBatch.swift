/// The result of an operation on a batch without images: one without any, in which the parameters have gradients of zeros.
///
/// All operations on images follow this one rule. Images without pixels or channels are a mistake still.
func emptyResult(_ shape: Tensor.Shape, of inputs: [Tensor]) -> Tensor {
  let shapes = inputs.map(\.shape)
  return differentiable(Tensor(zeros: shape), of: inputs) { _ in shapes.map { Tensor(zeros: $0) } }
}
