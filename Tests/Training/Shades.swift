import GraftDatasets
import GraftImages
import GraftTensor

/// Pictures of 32×32 pixels, each of one shade, with a target that a test makes up.
///
/// - Parameters:
///   - count: how many.
///   - name: of the data set.
///   - targets: what the numbers in targets mean.
///   - offset: added to every pixel.
///   - makeTarget: of a sample, by its number.
func shades(
  count: Int, name: String = "shades", targets: Dataset.Targets = .labels(["dark", "bright"]),
  offset: Int = 0, makeTarget: (Int) -> Target = { .label($0 % 2) }
) -> Dataset {
  Dataset(
    name: name, targets: targets,
    samples: (0..<count).map { index in
      Sample(
        identifier: "shade-\(index)",
        picture: Content {
          let shade = UInt8(clamping: (index % 2 == 0 ? 60 : 180) + 3 * index % 50 + offset)
          return Picture(
            width: 32, height: 32, channels: 3, pixels: [UInt8](repeating: shade, count: 32 * 32 * 3))
        }, target: makeTarget(index))
    })
}

/// The same with masks of one size whose upper half is foreground where the picture is bright.
func maskedShades(count: Int, side: Int = 32) -> Dataset {
  shades(count: count, targets: .masks(["dark", "bright"])) {
    .mask(halfMask(isBright: $0 % 2 == 1, side: side))
  }
}

func halfMask(isBright: Bool, side: Int) -> Tensor {
  Tensor(shape: [side, side, 1], scalarType: .uint8) { bytes in
    for index in 0..<side * side { bytes[index] = isBright && index < side * side / 2 ? 1 : 0 }
  }
}

extension Target {
  /// A mask that is there already.
  static func mask(_ tensor: Tensor) -> Target { .mask(Content { tensor }) }
}
