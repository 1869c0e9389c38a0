import GraftDatasets
import GraftImages
import GraftTensor

/// Pictures of two brightnesses, drawn by number: each `period`th is bright, and its class 1.
func squares(count: Int, period: Int = 2) -> Dataset {
  func isBright(_ index: Int) -> Bool { index % period == period - 1 }
  return Dataset(
    name: "squares", targets: .labels(["dark", "bright"]),
    samples: (0..<count).map { index in
      let base = isBright(index) ? 180 : 40
      return Sample(
        identifier: "\(index)",
        picture: Content {
          var random = RandomStream(seed: 9).child("square", index)
          let pixels = (0..<32 * 32 * 3).map { _ in UInt8(base + random.integer(below: 40)) }
          return Picture(width: 32, height: 32, channels: 3, pixels: pixels)
        }, target: .label(isBright(index) ? 1 : 0))
    })
}
