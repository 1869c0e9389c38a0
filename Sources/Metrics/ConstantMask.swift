import GraftTensor

/// The mean of the masks of a training part: a prediction that looks at no picture, and the least that a network has to
/// beat.
///
/// Aligned faces have masks so much alike that this baseline is strong: on LFW it reaches a per-image hard
/// intersection over union of about 0.73 for faces with hair. A score says little without it.
///
/// ```swift
/// var baseline = ConstantMask()
/// for batch in training { baseline.add(batch.targets) }
/// var score = SegmentationScore()
/// for batch in validation { score.add(probabilities: baseline.probabilities(for: batch.targets), masks: batch.targets) }
/// ```
public struct ConstantMask: Sendable, Hashable, Codable {
  /// How many masks were added.
  public private(set) var maskCount = 0
  /// The shape of one mask.
  private var shape: Tensor.Shape?
  /// In how many masks each pixel is foreground.
  private var foregroundCounts: [Int] = []

  /// Begins with no masks.
  public init() {}

  /// Adds a batch.
  ///
  /// - Parameter masks: along the first axis, all of one size: N×H×W×1, or N×H×W; uint8, where all but 0 is foreground,
  ///   or float32 of zeros and ones.
  public mutating func add(_ masks: Tensor) {
    require(masks.shape.rank >= 2, "Masks of shape \(masks.shape) have no pixels beside their batch.")
    let ownShape = Tensor.Shape(Array(masks.shape.dropFirst()))
    require(
      shape == nil || shape == ownShape,
      "Masks of shape \(ownShape) have no common mean with those before, of \(shape ?? ownShape).")
    if shape == nil {
      shape = ownShape
      foregroundCounts = Array(repeating: 0, count: ownShape.scalarCount)
    }
    let pixelCount = ownShape.scalarCount
    masks.maskBytes.withUnsafeBytes { bytes in
      for start in stride(from: 0, to: bytes.count, by: Swift.max(pixelCount, 1)) {
        for pixel in 0..<pixelCount where bytes[start + pixel] != 0 { foregroundCounts[pixel] += 1 }
      }
    }
    maskCount += masks.shape[0]
  }

  /// The share of masks in which each pixel is foreground, as the prediction for every image of a batch.
  ///
  /// - Parameter masks: the true masks of that batch, of which only the shape counts.
  /// - Returns: float32 of the same shape.
  public func probabilities(for masks: Tensor) -> Tensor {
    require(maskCount > 0, "The mean of no masks is not defined: add the training part's first.")
    require(
      masks.shape.dropFirst().elementsEqual(shape ?? []),
      "This constant mask has shape \(shape ?? []), and no prediction for masks of shape \(masks.shape).")
    require(
      foregroundCounts.count == shape?.scalarCount,
      "This constant mask counts \(foregroundCounts.count) pixels for a shape of \(shape ?? []).")
    let shares = foregroundCounts.map { Float($0) / Float(maskCount) }
    return Tensor(shape: masks.shape) { scalars in
      for start in stride(from: 0, to: scalars.count, by: Swift.max(shares.count, 1)) {
        _ = UnsafeMutableBufferPointer(rebasing: scalars[start...]).update(fromContentsOf: shares)
      }
    }
  }
}
