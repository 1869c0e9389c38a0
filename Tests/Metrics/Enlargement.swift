/// A map of scores that a kernel of twice the stride enlarges by it, with half a stride cropped on each side.
struct Enlargement {
  let height, width, stride: Int

  /// The up to four places that a pixel of a batch depends on: of a score in the batch, and of an element of the kernel.
  func corners(ofPixel pixel: Int) -> [(score: Int, kernel: Int)] {
    let (image, place) = pixel.quotientAndRemainder(dividingBy: height * width * stride * stride)
    let (y, x) = place.quotientAndRemainder(dividingBy: width * stride)
    // Half a stride is cropped, so a pixel lies that much further in what the kernels cover.
    let (row, column) = (y + stride / 2, x + stride / 2)
    return [row / stride - 1, row / stride].filter((0..<height).contains).flatMap { i in
      [column / stride - 1, column / stride].filter((0..<width).contains).map { j in
        ((image * height + i) * width + j, (row - i * stride) * 2 * stride + column - j * stride)
      }
    }
  }
}

/// The largest difference, as a share of the largest value.
func largestDifference(_ ours: [Double], _ wanted: [Double]) -> Double {
  zip(ours, wanted).map { abs($0 - $1) }.reduce(0, max) / (wanted.map(abs).max() ?? 0)
}
