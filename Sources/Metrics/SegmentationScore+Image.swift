import CGraftKernels

extension SegmentationScore {
  /// How the predicted mask of one image overlaps with the true one.
  public struct Image: Sendable, Hashable, Codable {
    /// How many pixels there are.
    public let pixelCount: Int
    /// How many are foreground in both masks.
    public let intersection: Int
    /// How many are foreground in the prediction.
    public let predictedCount: Int
    /// How many are foreground in truth.
    public let truthCount: Int
    /// The sum of the probabilities over the true foreground: Σ p·t.
    public let softIntersection: Double
    /// The sum of the probabilities over all pixels: Σ p.
    public let softPredictedCount: Double

    init(_ overlap: graft_overlap, pixelCount: Int) {
      self.pixelCount = pixelCount
      intersection = Int(overlap.intersection)
      predictedCount = Int(overlap.predicted)
      truthCount = Int(overlap.truth)
      softIntersection = overlap.soft_intersection
      softPredictedCount = overlap.soft_predicted
    }

    /// How many pixels are foreground in at least one mask.
    public var union: Int { predictedCount + truthCount - intersection }
    /// Σ (p + t − p·t), where t is the true mask.
    public var softUnion: Double { softPredictedCount + Double(truthCount) - softIntersection }
    /// How many pixels are background in both masks.
    public var backgroundIntersection: Int { pixelCount - union }
    /// How many pixels are background in at least one mask.
    public var backgroundUnion: Int { pixelCount - intersection }
  }
}
