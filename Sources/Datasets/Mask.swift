import GraftImages
import GraftTensor

/// What masks have in common, wherever they come from: uint8, H,W,1, and the number of a class at each pixel.
public enum Mask {
  /// How large masks come out.
  public struct Size: Sendable, Hashable, Codable {
    /// In pixels.
    public let width, height: Int

    /// Creates a size.
    public init(width: Int, height: Int) {
      require(width > 0 && height > 0, "A mask has a width and a height, not \(width)×\(height).")
      self.width = width
      self.height = height
    }

    /// 224×224, what the encoders see.
    public static let standard = Size(width: 224, height: 224)
  }

  /// How labels of one size become masks of another.
  public enum Resizing: String, Sendable, Codable, CaseIterable {
    /// First decide pixel by pixel, then take the nearest.
    case nearest
    /// First resize the probability of each class bilinearly, then decide.
    case bilinear

    var filter: ResizeFilter {
      switch self {
      case .nearest: .nearest
      case .bilinear: .bilinear
      }
    }
  }

  /// 1 where a probability, in parts of 255, is at least one half, else 0.
  static func tensor(ofProbability probability: Picture, size: Size, resizing: Resizing) -> Tensor {
    // Taking the nearest pixel and deciding can change places, so one order does for both rules.
    let resized = probability.resized(width: size.width, height: size.height, filter: resizing.filter)
    return tensor(resized.pixels.map { $0 >= 128 ? 1 : 0 }, size: size)
  }

  /// The class of each pixel by pictures that hold how probable each class is, in parts of 255: the first of
  /// the most probable ones.
  static func tensor(ofProbabilities maps: [Picture], size: Size, resizing: Resizing) -> Tensor {
    var best = [UInt8](repeating: 0, count: size.width * size.height)
    var numbers = best
    for (number, map) in maps.enumerated() {
      let map = map.resized(width: size.width, height: size.height, filter: resizing.filter)
      for (pixel, value) in map.pixels.enumerated() where value > best[pixel] {
        (best[pixel], numbers[pixel]) = (value, UInt8(number))
      }
    }
    return tensor(numbers, size: size)
  }

  /// The class of each pixel by a picture that holds its number.
  static func tensor(ofNumbers labels: Picture, classCount: Int, size: Size, resizing: Resizing) -> Tensor {
    if resizing == .nearest {
      return tensor(
        labels.resized(width: size.width, height: size.height, filter: .nearest).pixels, size: size)
    }
    let maps = (0..<classCount).map { number in
      Picture(
        width: labels.width, height: labels.height, channels: 1,
        pixels: labels.pixels.map { $0 == number ? 255 : 0 })
    }
    return tensor(ofProbabilities: maps, size: size, resizing: resizing)
  }

  private static func tensor(_ numbers: [UInt8], size: Size) -> Tensor {
    unsafe Tensor(shape: [size.height, size.width, 1], scalarType: .uint8) { bytes in
      unsafe bytes.copyBytes(from: numbers)
    }
  }
}
