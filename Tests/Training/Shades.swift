import GraftDatasets
import GraftImages
import GraftTensor

/// Pictures of 32×32 pixels, each of one shade, with a target that a test makes up.
struct Shades: PictureDataset {
  var name = "shades"
  let count: Int
  var classNames = ["dark", "bright"]
  /// Added to every pixel.
  var offset = 0
  /// Of a sample, by its number.
  var makeTarget: @Sendable (Int) -> Tensor = { Tensor(shape: [], integers: [Int32($0 % 2)]) }

  func identifier(at index: Int) -> String { "shade-\(index)" }
  func picture(at index: Int) -> Picture {
    let shade = UInt8(clamping: (index % 2 == 0 ? 60 : 180) + 3 * index % 50 + offset)
    return Picture(
      width: 32, height: 32, channels: 3, pixels: [UInt8](repeating: shade, count: 32 * 32 * 3))
  }
  func target(at index: Int) -> Tensor { makeTarget(index) }

  /// With masks of one size whose upper half is foreground where the picture is bright.
  static func masks(count: Int, side: Int = 32) -> Shades {
    var shades = Shades(count: count)
    shades.makeTarget = { Self.mask(isBright: $0 % 2 == 1, side: side) }
    return shades
  }

  static func mask(isBright: Bool, side: Int) -> Tensor {
    Tensor(shape: [side, side, 1], scalarType: .uint8) { bytes in
      for index in 0..<side * side { bytes[index] = isBright && index < side * side / 2 ? 1 : 0 }
    }
  }
}
