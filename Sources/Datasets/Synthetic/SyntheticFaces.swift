import GraftFiles
import GraftImages
import GraftTensor

/// Faces that the library draws itself, with masks that are right to the pixel and an attribute that can be learned: to try
/// everything without any data.
///
/// Position, size, tilt and turn of the head, background, skin, hair, beard, glasses, light and noise vary. Each face follows
/// from the seed and its number alone, on every machine the same, and is drawn anew, in milliseconds, whenever it is asked for.
///
/// ```swift
/// let faces = SyntheticFaces(like: .lfw, count: 300, seed: 7)
/// let parts = try faces.masks(.withHair).split(.tail(0.1))
/// try faces.write(to: URL(filePath: "lfw"))  // as LFWParts reads it
/// ```
public struct SyntheticFaces: Sendable {
  /// Whose pictures the faces resemble.
  public let style: Style
  /// How many there are.
  public let count: Int
  /// From which all faces follow; those of different styles differ, too.
  public let seed: UInt64

  /// How far place, size and tilt of the faces lie apart, in units of what is usual for their style.
  public let poseSpread: Float

  /// Describes faces; nothing is drawn yet.
  ///
  /// - Parameters:
  ///   - style: whose pictures they resemble.
  ///   - count: how many.
  ///   - seed: from which all faces follow.
  ///   - poseSpread: 1 for faces as alike in place, size and tilt as those of their style; with more, a mask that is the
  ///     same for all of them fits fewer.
  public init(like style: Style = .celebA, count: Int, seed: UInt64 = 1, poseSpread: Float = 1) {
    require(count >= 0, "There cannot be \(count) faces.")
    require(poseSpread >= 0 && poseSpread.isFinite, "Poses are spread by 0 or more, not by \(poseSpread).")
    self.poseSpread = poseSpread
    self.style = style
    self.count = count
    self.seed = seed
  }

  /// Must change with everything that changes a pixel: features that were cached for the old faces are stale then.
  private static let drawingVersion = 2

  func identifier(at index: Int) -> String { "face\(index + 1)" }

  /// Of ten faces the ninth is for validation and the tenth for tests.
  func partition(at index: Int) -> Partition {
    switch index % 10 {
    case 8: .validation
    case 9: .test
    default: .training
    }
  }

  func pictureDigest(at index: Int) -> String {
    SHA256.digest(
      of: "synthetic face \(Self.drawingVersion) \(style.rawValue) \(seed) \(poseSpread) \(index)")
  }

  private func random(at index: Int) -> RandomStream {
    require((0..<count).contains(index), "There is no face \(index) among \(count).")
    return RandomStream(seed: seed).child(style.rawValue, index)
  }

  func traits(at index: Int) -> (traits: Traits, width: Int, height: Int) {
    var random = random(at: index).child("traits")
    let (width, height) = style.size(random: &random)
    return (
      Traits(like: style, width: width, height: height, poseSpread: poseSpread, random: &random), width,
      height
    )
  }

  /// Draws a face.
  func drawing(at index: Int) -> FaceDrawing {
    let (traits, width, height) = traits(at: index)
    var random = random(at: index).child("drawing")
    return FaceDrawing(traits, width: width, height: height, random: &random)
  }
}
