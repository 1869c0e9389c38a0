import CGraftKernels
import GraftTensor

/// How well masks were predicted: four intersections over union, each under its own name, and the pixel accuracy.
///
/// One pass over logits and masks feeds all of them. Every image is kept with its counts, so no score depends on how the
/// images were divided into batches; sums are in double precision.
///
/// ```swift
/// var score = SegmentationScore()
/// for batch in batches { score.add(logits: network(batch.inputs, .inference), masks: batch.targets) }
/// print(score.perImageHardIoU, score.globalHardIoU)
/// ```
public struct SegmentationScore: Sendable, Hashable, Codable {
  /// From which probability on a pixel is predicted as foreground.
  public enum Threshold: Sendable, Hashable, Codable {
    /// The probability itself is foreground, as in Keras' `BinaryIoU`.
    case atLeast(Float)
    /// The probability itself is background still, as in Keras' binary accuracy.
    case above(Float)
  }

  /// What a score is whose union has no pixels: nothing is there and nothing was predicted.
  public enum EmptyUnionRule: String, Sendable, Hashable, Codable {
    case isOne, isZero
    /// The mean is taken over what remains.
    case isSkipped
  }

  /// From which probability on a pixel is foreground.
  public let threshold: Threshold
  /// What an empty union counts.
  public let emptyUnionRule: EmptyUnionRule
  /// Each image's counts, in the order in which they were added.
  public private(set) var images: [Image] = []

  /// Begins with no images.
  ///
  /// - Parameters:
  ///   - threshold: from which probability on a pixel is foreground; by default 0.5 itself is, which is a logit of 0.
  ///   - emptyUnionRule: what an empty union counts; by default 1. ``emptyImageCount`` tells how often that mattered.
  public init(threshold: Threshold = .atLeast(0.5), emptyUnionRule: EmptyUnionRule = .isOne) {
    self.threshold = threshold
    self.emptyUnionRule = emptyUnionRule
  }
}

// MARK: Adding images

extension SegmentationScore {
  /// Adds a batch of logits, whose probabilities are 1 / (1 + e⁻ˣ).
  ///
  /// - Parameters:
  ///   - logits: float32, the images along the first axis: N×H×W×1, or N×H×W.
  ///   - masks: the truth, of the same shape: uint8, where all but 0 is foreground, or float32 of zeros and ones.
  public mutating func add(logits: Tensor, masks: Tensor) {
    let least = threshold.leastLogit
    add(logits, masks) { graft_overlaps_of_logits($0, $1, $2, least, $3, $4) }
  }

  /// Adds a batch of probabilities.
  ///
  /// - Parameters:
  ///   - probabilities: float32 from 0 to 1, the images along the first axis: N×H×W×1, or N×H×W.
  ///   - masks: the truth, of the same shape: uint8, where all but 0 is foreground, or float32 of zeros and ones.
  public mutating func add(probabilities: Tensor, masks: Tensor) {
    let least = threshold.leastProbability
    add(probabilities, masks) { graft_overlaps_of_probabilities($0, $1, $2, least, $3, $4) }
  }

  private mutating func add(
    _ predictions: Tensor, _ masks: Tensor,
    overlaps: (
      _ images: Int64, _ pixels: Int64, UnsafePointer<Float>?, UnsafePointer<UInt8>?,
      UnsafeMutablePointer<graft_overlap>?
    ) -> Void
  ) {
    require(
      predictions.shape == masks.shape && predictions.shape.rank >= 2,
      "Predictions of shape \(predictions.shape) cannot be compared with masks of shape \(masks.shape).")
    let pixelCount = predictions.shape.dropFirst().reduce(1, *)
    require(pixelCount > 0, "Images of shape \(predictions.shape) have no pixels.")
    let count = predictions.shape[0]
    let counted = ComputeThread.run {
      [graft_overlap](unsafeUninitializedCapacity: count) { results, initializedCount in
        predictions.withUnsafeScalars { predictions in
          masks.maskBytes.withUnsafeBytes { masks in
            overlaps(
              Int64(count), Int64(pixelCount), predictions.baseAddress,
              masks.bindMemory(to: UInt8.self).baseAddress, results.baseAddress)
          }
        }
        initializedCount = count
      }
    }
    images += counted.map { Image($0, pixelCount: pixelCount) }
  }
}

extension SegmentationScore.Threshold {
  /// The least float that is foreground.
  fileprivate var leastProbability: Float {
    switch self {
    case .atLeast(let probability): probability
    case .above(let probability): probability.nextUp
    }
  }

  /// The least logit that is foreground. Compared as a logit: the probability of a logit just below 0 rounds to 0.5.
  fileprivate var leastLogit: Float {
    switch self {
    case .atLeast(let probability): probability.logit
    case .above(let probability): probability.logit.nextUp
    }
  }
}

extension Tensor {
  /// A mask as one byte a pixel.
  var maskBytes: Tensor {
    if scalarType == .uint8 { return self }
    require(scalarType == .float32, "Masks are uint8 or float32, not \(scalarType).")
    return Tensor(shape: shape, scalarType: .uint8) { bytes in
      withUnsafeScalars { scalars in
        for (index, scalar) in scalars.enumerated() {
          require(scalar == 0 || scalar == 1, "A mask of float32 holds zeros and ones, not \(scalar).")
          bytes[index] = scalar == 1 ? 1 : 0
        }
      }
    }
  }
}
