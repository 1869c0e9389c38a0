import GraftTensor
import TestSupport
import Testing

private func noise(_ shape: Tensor.Shape, _ seed: UInt64) -> Tensor {
  var random = RandomStream(seed: seed)
  return Tensor(normal: shape, random: &random)
}

/// The same numbers, written in row-major order.
private func rewritten(_ tensor: Tensor) -> Tensor { Tensor(shape: tensor.shape, scalars: tensor.scalars) }

@Test(arguments: ConvolutionAlgorithm.allCases)
func kernelsMayBeResultsOfConvolutions(algorithm: ConvolutionAlgorithm) {
  // 32 channels lie in two blocks of 16 (four of 8), which is not row-major order.
  let computed = convolution2D(
    noise([3, 3, 16, 16], 1), kernel: noise([3, 3, 16, 32], 2), padding: .same, algorithm: algorithm)
  let image = noise([2, 8, 8, 16], 3)
  expectClose(
    convolution2D(image, kernel: computed, algorithm: algorithm),
    convolution2D(image, kernel: rewritten(computed), algorithm: algorithm), within: 0, "convolution")
  let features = noise([2, 4, 4, 32], 4)
  expectClose(
    transposedConvolution2D(features, kernel: computed, strides: (2, 2)),
    transposedConvolution2D(features, kernel: rewritten(computed), strides: (2, 2)), within: 0, "transposed")
}

@Test(arguments: ConvolutionAlgorithm.allCases)
func gradientsOfKernelsMayBeKernels(algorithm: ConvolutionAlgorithm) throws {
  let tape = Tape()
  let kernel = tape.track(noise([3, 3, 32, 48], 1))
  let features = convolution2D(noise([2, 8, 8, 32], 2), kernel: kernel, padding: .same, algorithm: algorithm)
  let gradient = try #require(try tape.gradients(of: (features * features).sum())[kernel])
  let plain = rewritten(gradient)
  func everyUse(of kernel: Tensor) throws -> [Tensor] {
    let tape = Tape()
    let (image, tracked) = (tape.track(noise([2, 8, 8, 32], 3)), tape.track(kernel))
    let trained = convolution2D(image, kernel: tracked, padding: .same, algorithm: algorithm)
    let gradients = try tape.gradients(of: (trained * trained).sum())
    return [
      trained.detached, try #require(gradients[image]), try #require(gradients[tracked]),
      convolution2D(image.detached, kernel: kernel, padding: .same, algorithm: algorithm),
      transposedConvolution2D(
        noise([2, 4, 4, 48], 4), kernel: kernel, strides: (2, 2), algorithm: algorithm),
    ]
  }
  for (number, (own, expected)) in zip(try everyUse(of: gradient), try everyUse(of: plain)).enumerated() {
    expectClose(own, expected, within: 0, "use \(number)")
  }
  var (sum, mixed) = (gradient, plain)
  sum.add(plain, scaledBy: 2)
  mixed.add(gradient, scaledBy: 2)
  expectClose(sum, mixed, within: 0, "sum in place")
  expectClose(gradient.reshaped(to: [9 * 32, 48]), plain.reshaped(to: [9 * 32, 48]), within: 0, "reshaped")
}

@Test(arguments: [3, 17, 20])
func whatFillsUpABlockNeverReachesAResult(channels: Int) {
  // Sigmoid and exponential make something of the zeros beyond the last channel, and the logarithm infinity.
  func run(_ step: (Tensor) -> Tensor) -> Tensor {
    let features = step(
      convolution2D(noise([2, 9, 9, 16], 1), kernel: noise([3, 3, 16, channels], 2), padding: .same))
    let bent = step(log(step(exp(step(sigmoid(features))))))
    return convolution2D(
      step(maxPooling2D(step(relu(bent)), window: (2, 2))), kernel: noise([3, 3, channels, 7], 3),
      padding: .same)
  }
  expectClose(run { $0 }, run(rewritten), within: 1e-5, "\(channels) channels")
}

@Test(arguments: [16, 20])
func arithmeticOfConvolutionsIsThatOfTheirRowMajorValues(channels: Int) throws {
  func run(_ step: (Tensor) -> Tensor) throws -> [Tensor] {
    let tape = Tape()
    let image = tape.track(noise([2, 9, 9, 16], 1))
    let left = step(convolution2D(image, kernel: noise([3, 3, 16, channels], 2), padding: .same))
    let right = step(convolution2D(image, kernel: noise([1, 1, 16, channels], 3)))
    let mixed = noise([2, 9, 9, channels], 4) + (left + right) * (left - right)
    let divided = mixed / (right * right + 1)
    let features = convolution2D(divided, kernel: noise([3, 3, channels, 7], 5))
    let gradients = try tape.gradients(of: (features * features).sum())
    return [mixed.detached, divided.detached, features.detached, try #require(gradients[image])]
  }
  for (index, (blocked, plain)) in zip(try run { $0 }, try run { $0.rowMajor }).enumerated() {
    expectClose(blocked, plain, within: 1e-6, "value \(index)")
  }
}
