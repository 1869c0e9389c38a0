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

    /// - Parameter spread: 1 for faces that lie as far apart as those that they resemble.
    func frame(width: Int, height: Int, spread: Float, random: inout RandomStream) -> Canvas.Frame {
      let side = Float(min(width, height))
      let (down, shift, size, growth, tilt): (Float, Float, Float, Float, Float) =
        switch self {
        case .celebA: (down: 8, shift: 3, size: 61, growth: 4, tilt: 0.1)
        case .lfw: (down: 2, shift: 5, size: 66, growth: 6, tilt: 0.22)
        case .helen: (down: 0, shift: 11, size: 0.36 * side, growth: 0.04 * side, tilt: 0.35)
        }
      let middle = Point(Float(width), Float(height)) / 2
      return Canvas.Frame(
        centre: middle + Point(random.around(0, shift * spread), random.around(down, shift * spread)),
        scale: max(size / 2, random.around(size, growth * spread)), axis: random.tilt(upTo: tilt * spread))
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
