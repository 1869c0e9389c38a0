import GraftImages
import GraftTensor

/// Random changes of a picture, and of its mask alike: flip, crop, rotation, scale and colour.
///
/// What a sample looks like in an epoch depends on the seed, on the epoch and on the sample alone, so that a training that was
/// stopped goes on with the very views that would have come.
public struct Augmentation: Sendable, Hashable, Codable {
  /// The probability of a mirror image, left for right.
  public let flipProbability: Double
  /// The side of the window that is kept, as a share of the picture's side; where it lies is drawn.
  public let crop: ClosedRange<Double>
  /// In degrees, at most so much either way.
  public let rotation: Double
  /// The magnification about the middle.
  public let scale: ClosedRange<Double>
  /// All channels are multiplied by 1 ± at most this.
  public let brightness: Double
  /// Distances from the picture's mean brightness are multiplied by 1 ± at most this.
  public let contrast: Double
  /// Distances from a pixel's own grey are multiplied by 1 ± at most this.
  public let saturation: Double

  /// Creates an augmentation; what is not named stays as it is.
  public init(
    flipProbability: Double = 0, crop: ClosedRange<Double> = 1...1, rotation: Double = 0,
    scale: ClosedRange<Double> = 1...1, brightness: Double = 0, contrast: Double = 0, saturation: Double = 0
  ) {
    require(
      (0...1).contains(flipProbability), "A probability lies between 0 and 1, not at \(flipProbability).")
    require(
      crop.lowerBound > 0 && crop.upperBound <= 1,
      "A window's side is a share of the picture's, above 0 and at most 1, not \(crop).")
    require(scale.lowerBound > 0, "A magnification is positive, not \(scale).")
    require(
      rotation >= 0 && [brightness, contrast, saturation].allSatisfy { (0...1).contains($0) },
      "A rotation is not negative, and colours change by a share from 0 to 1.")
    self.flipProbability = flipProbability
    self.crop = crop
    self.rotation = rotation
    self.scale = scale
    self.brightness = brightness
    self.contrast = contrast
    self.saturation = saturation
  }

  /// One draw, to be applied to a picture and to its mask.
  public func view(random: RandomStream) -> View {
    var random = random
    func within(_ range: ClosedRange<Double>) -> Double {
      range.lowerBound + (range.upperBound - range.lowerBound) * random.uniform()
    }
    let isFlipped = random.uniform() < flipProbability
    let side = within(crop)
    let shift = SIMD2(within(-1...1), within(-1...1)) * ((1 - side) / 2)
    let angle = within(-rotation...rotation) * .pi / 180
    let magnification = within(scale)
    return View(
      isFlipped: isFlipped, side: side, shift: shift, angle: angle, magnification: magnification,
      brightness: 1 + within(-brightness...brightness), contrast: 1 + within(-contrast...contrast),
      saturation: 1 + within(-saturation...saturation))
  }
}
