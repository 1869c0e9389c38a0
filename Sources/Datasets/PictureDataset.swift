import GraftImages
import GraftTensor

/// Pictures with something to learn about each: a class, or a mask.
public protocol PictureDataset: Sendable {
  /// For people and for file names, such as `lfw-hair`.
  var name: String { get }
  /// How many samples there are.
  var count: Int { get }
  /// What a sample is called where it comes from, such as `000001.jpg`; unique within the data set.
  func identifier(at index: Int) -> String
  /// The decoded picture of a sample, of any size.
  func picture(at index: Int) throws -> Picture
  /// What is to be learned of a sample: a class number (int32, scalar), or a mask (uint8, H,W,1; 0 or 1).
  func target(at index: Int) throws -> Tensor
}

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
