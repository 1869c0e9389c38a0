/// How the pixels of a resized picture are made of those of the original.
///
/// Pixel i of the result lies over (i + 0.5) · scale of the original, in all filters.
public enum ResizeFilter: String, Sendable, Codable, CaseIterable {
  /// The one pixel of the original at ⌊(i + 0.5) · scale⌋; keeps masks binary. Pillow's `NEAREST`, to the last bit, and
  /// `tf.image.resize`'s but for centres that fall exactly between two pixels.
  case nearest
  /// A triangle as wide as the pixels of the result, or of the original if those are wider: smooth when shrinking too.
  /// Pillow's `BILINEAR`.
  case bilinear
  /// Between the two nearest pixels of the original on each axis, however much is skipped: what OpenCV's `INTER_LINEAR`
  /// and TensorFlow 2 do. The same as ``bilinear`` when enlarging.
  case bilinearWithoutAntialiasing
  /// Cubic convolution with a = -0.5 (Keys, "Cubic convolution interpolation for digital image processing", 1981),
  /// widened when shrinking. Pillow's `BICUBIC`.
  case bicubic
}
