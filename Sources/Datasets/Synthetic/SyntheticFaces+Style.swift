import GraftTensor

extension SyntheticFaces {
  /// Whose pictures and labels the faces resemble: in size, in where the face lies, in what counts as what, and in how
  /// they are written to the disk.
  public enum Style: String, Sendable, Codable, CaseIterable {
    /// 178×218, eyes and mouth near the same place in all, as in the aligned release of CelebA.
    case celebA
    /// 250×250, the face in the middle and about half as high; hard labels in which beards are hair, and neck and ears
    /// skin, as in LFW Part Labels.
    case lfw
    /// From 220×260 to 300×340, faces of varied size and tilt; labels in which neck and ears are background, and beards
    /// skin, as in HELEN.
    case helen

    func size(random: inout RandomStream) -> (width: Int, height: Int) {
      switch self {
      case .celebA: (178, 218)
      case .lfw: (250, 250)
      case .helen: (220 + random.integer(below: 81), 260 + random.integer(below: 81))
      }
    }

    func frame(width: Int, height: Int, random: inout RandomStream) -> Canvas.Frame {
      let middle = SIMD2(Float(width), Float(height)) / 2
      switch self {
      case .celebA:
        return .init(
          centre: middle + SIMD2(random.around(0, 3), random.around(8, 3)), scale: random.around(61, 4),
          axis: random.tilt(upTo: 0.1))
      case .lfw:
        return .init(
          centre: middle + SIMD2(random.around(0, 5), random.around(2, 5)), scale: random.around(66, 6),
          axis: random.tilt(upTo: 0.22))
      case .helen:
        return .init(
          centre: middle + SIMD2(random.around(0, 11), random.around(0, 11)),
          scale: Float(min(width, height)) * random.around(0.36, 0.04), axis: random.tilt(upTo: 0.35))
      }
    }

    /// The label maps of HELEN's kind, from 0 to 10, of a part.
    func isHair(_ part: Part) -> Bool {
      part == .hair || (part == .beard && self != .helen)
    }

    /// Whether a part is face, apart from hair.
    func isSkin(_ part: Part) -> Bool {
      switch part {
      case .background, .hair: false
      case .neck: self != .helen
      case .beard: self == .helen
      default: true
      }
    }
  }

  /// What a pixel belongs to; up to `hair` the numbers are those of HELEN's label maps.
  enum Part: UInt8 {
    case background, skin, leftBrow, rightBrow, leftEye, rightEye, nose, upperLip, innerMouth, lowerLip, hair
    /// Neck and ears.
    case neck
    case beard
  }
}
