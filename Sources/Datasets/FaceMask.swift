import GraftImages
import GraftTensor

/// What masks of faces have in common, wherever they come from.
public enum FaceMask {
  /// What counts as face.
  public enum Region: String, Sendable, Codable, CaseIterable {
    /// The face with its hair.
    case withHair
    /// The face alone; hair is background.
    case withoutHair
  }

  /// How large the masks come out.
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
    /// First resize the probability of a face bilinearly, then decide: 1 where it is at least one half.
    case bilinear

    var filter: ResizeFilter {
      switch self {
      case .nearest: .nearest
      case .bilinear: .bilinear
      }
    }
  }

  /// The mask (uint8, H,W,1) of a picture that holds the probability of a face, in parts of 255.
  static func tensor(ofProbability probability: Picture, size: Size, resizing: Resizing) -> Tensor {
    // Taking the nearest pixel and deciding can change places, so one order does for both rules.
    let resized = probability.resized(width: size.width, height: size.height, filter: resizing.filter)
    return unsafe Tensor(shape: [size.height, size.width, 1], scalarType: .uint8) { bytes in
      unsafe bytes.copyBytes(from: resized.pixels.map { $0 >= 128 ? 1 : 0 })
    }
  }

  static func classNames(_ region: Region) -> [String] {
    switch region {
    case .withHair: ["background", "face with hair"]
    case .withoutHair: ["background", "face"]
    }
  }

  /// For the names of data sets.
  static func suffix(_ region: Region) -> String {
    switch region {
    case .withHair: "hair"
    case .withoutHair: "no-hair"
    }
  }
}
