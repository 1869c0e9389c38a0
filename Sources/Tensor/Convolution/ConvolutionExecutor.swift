import CGraftCompute

/// Computes a convolution and its gradients for one shape by one method.
protocol ConvolutionExecutor {
  /// Whether kernels of this package compute it, not those of the compute library.
  var isPortable: Bool { get }
  /// The name that ``convolutionImplementations(input:kernel:strides:padding:algorithm:)`` reports for a direction.
  func implementation(_ direction: graft_direction) -> String
  /// The input in the order that the forward pass of training wants, which the backward pass then need not make again.
  func ordered(_ input: Tensor, hasBias: Bool) -> Tensor
  func forward(_ input: Tensor, kernel: Tensor, bias: Tensor?, fusedReLU: Bool, training: Bool) -> Tensor
  /// For inference: adds to `sum`, if there is one, in its own memory if nobody else holds it.
  func inferred(
    _ input: Tensor, kernel: Tensor, bias: Tensor?, addingTo sum: consuming Tensor?, fusedReLU: Bool
  ) -> Tensor
  func inputGradient(of gradient: Tensor, kernel: Tensor) -> Tensor
  func kernelAndBiasGradients(
    of gradient: Tensor, input: Tensor, hasBias: Bool
  ) -> (kernel: Tensor, bias: Tensor?)
}
