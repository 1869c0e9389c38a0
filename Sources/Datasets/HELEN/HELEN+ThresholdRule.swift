extension HELEN {
  /// Where the probabilities of HELEN's labels make a face: readings of "agreement of at least 0.5 with a facial part as
  /// compared to being background" in the paper on gender-tuned encoders.
  ///
  /// With hair, hair is a part of the face; without, it is none.
  public enum ThresholdRule: String, Sendable, Codable, CaseIterable {
    /// `sum` where all eleven maps of a sample are there, else `background`.
    case standard
    /// What is no face leaves at least one half: background, and without hair, hair.
    case background
    /// The parts of the face sum up to at least one half. The same as `background` where the eleven maps sum up to 1,
    /// which rounding may prevent.
    case sum
    /// One part alone has at least one half; leaves cracks between parts.
    case maximum
    /// The parts of the face together have at least as much as the background. Without hair, what is half hair is face.
    case againstBackground = "against-background"

    var needsAllMaps: Bool { self != .standard && self != .background }
  }
}
