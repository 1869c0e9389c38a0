import GraftTensor

/// Some samples of a data set, as tensors.
public struct Batch: Sendable {
  /// The numbers of the samples in their data set.
  public let indices: [Int]
  /// N,…: pictures after preprocessing, or features.
  public let inputs: Tensor
  /// N class numbers (int32), or masks (uint8, N,H,W,1).
  public let targets: Tensor

  /// Creates a batch.
  public init(indices: [Int], inputs: Tensor, targets: Tensor) {
    self.indices = indices
    self.inputs = inputs
    self.targets = targets
  }
}
