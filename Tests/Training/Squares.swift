import GraftDatasets
import GraftImages
import GraftTensor

/// Pictures of two brightnesses, drawn by number: each `period`th is bright, and its class 1.
struct Squares: PictureDataset {
  let name = "squares"
  let count: Int
  var period = 2
  let classNames = ["dark", "bright"]

  private func isBright(_ index: Int) -> Bool { index % period == period - 1 }
  func identifier(at index: Int) -> String { "\(index)" }
  func picture(at index: Int) throws -> Picture {
    var random = RandomStream(seed: 9).child("square", index)
    let base = isBright(index) ? 180 : 40
    let pixels = (0..<32 * 32 * 3).map { _ in UInt8(base + random.integer(below: 40)) }
    return Picture(width: 32, height: 32, channels: 3, pixels: pixels)
  }
  func target(at index: Int) throws -> Tensor { Tensor(shape: [], integers: [isBright(index) ? 1 : 0]) }
}
