import GraftTensor
import TestSupport
import Testing

/// The mean of each window along the definition of PyTorch's `avg_pool2d`, in double precision.
private func means(
  of image: Tensor, window: Int, stride: Int, padding: Int, output: Tensor.Shape, countingPadding: Bool
) -> [Double] {
  let (height, width, channels) = (image.shape[1], image.shape[2], image.shape[3])
  let scalars = image.scalars
  var result: [Double] = []
  for y in 0..<output[1] {
    for x in 0..<output[2] {
      let (top, left) = (y * stride - padding, x * stride - padding)
      let rows = max(top, 0)..<min(top + window, height)
      let columns = max(left, 0)..<min(left + window, width)
      let counted =
        countingPadding
        ? (min(top + window, height + padding) - top) * (min(left + window, width + padding) - left)
        : rows.count * columns.count
      for channel in 0..<channels {
        let sum = rows.reduce(0.0) { sum, row in
          columns.reduce(sum) { $0 + Double(scalars[(row * width + $1) * channels + channel]) }
        }
        result.append(sum / Double(counted))
      }
    }
  }
  return result
}

@Test(arguments: [false, true], [false, true])
func averagesAreThoseOfTheDefinition(ceiling: Bool, countingPadding: Bool) {
  var random = RandomStream(seed: 4)
  for (height, width, channels) in [(7, 8, 3), (6, 9, 16)] {
    let image = Tensor(normal: [1, height, width, channels], random: &random)
    for (window, stride, padding) in [(2, 2, 0), (3, 2, 1), (3, 2, 0), (3, 3, 1), (2, 3, 0), (4, 3, 2)] {
      let pooled = averagePooling2D(
        image, window: (window, window), strides: (stride, stride), padding: .symmetric(padding),
        ceiling: ceiling, countingPadding: countingPadding)
      let expected = means(
        of: image, window: window, stride: stride, padding: padding, output: pooled.shape,
        countingPadding: countingPadding)
      expectClose(
        pooled.scalars.map(Double.init), expected, within: 1e-6,
        "window \(window), stride \(stride), padding \(padding) of \(image.shape)")
    }
  }
}

@Test func averagesOfBlockedImagesAreThoseOfRowMajorOnes() {
  var random = RandomStream(seed: 4)
  let features = convolution2D(
    Tensor(normal: [2, 9, 9, 16], random: &random), kernel: Tensor(normal: [3, 3, 16, 20], random: &random))
  let plain = Tensor(shape: features.shape, scalars: features.scalars)
  for countingPadding in [false, true] {
    func pool(_ x: Tensor) -> Tensor {
      averagePooling2D(x, window: (3, 3), strides: (2, 2), padding: .same, countingPadding: countingPadding)
    }
    expectClose(pool(features), pool(plain), within: 1e-6, "counting padding: \(countingPadding)")
  }
}
