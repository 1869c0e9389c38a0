import Foundation
import GraftTensor
import TestSupport
import Testing

private let image = Tensor(repeating: 1, shape: [1, 4, 4, 3])
private let kernel = Tensor(repeating: 1, shape: [3, 3, 3, 8])

/// Expects that a mistake ended the program with a sentence, and did not merely crash it.
private func expectSentence(
  _ sentence: String, in result: ExitTest.Result?, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
  #expect(text.contains(sentence), "\(text)", sourceLocation: sourceLocation)
}

@Test(.exits) func kernelsOfOtherTypesAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = convolution2D(image, kernel: kernel.converted(to: .bfloat16))
  }
  try expectSentence("A convolution's kernel is float32, not bfloat16: convert it first.", in: result)
}

@Test(.exits) func transposedKernelsOfOtherTypesAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    let spreading = Tensor(repeating: 1, shape: [2, 2, 8, 3]).converted(to: .bfloat16)
    _ = transposedConvolution2D(image, kernel: spreading)
  }
  try expectSentence("A convolution's kernel is float32, not bfloat16: convert it first.", in: result)
}

@Test(.exits) func biasesOfOtherTypesAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    let bias = Tensor(shape: [8], integers: Array(repeating: 1, count: 8))
    _ = convolution2D(image, kernel: kernel, bias: bias)
  }
  try expectSentence("A convolution's bias is float32, not int32: convert it first.", in: result)
}

@Test(.exits) func imagesWithoutPixelsAreNotConvolved() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = convolution2D(Tensor(zeros: [1, 0, 4, 3]), kernel: kernel)
  }
  try expectSentence("There is nothing to convolve in images of shape 1×0×4×3", in: result)
}

@Test(.exits) func imagesWithoutChannelsAreNotPooled() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = maxPooling2D(Tensor(zeros: [1, 4, 4, 0]), window: (2, 2))
  }
  try expectSentence("There is nothing to pool in images of shape 1×4×4×0.", in: result)
}

@Test(.exits) func imagesOfOtherTypesAreNotPooled() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = averagePooling2D(image.converted(to: .bfloat16), window: (2, 2))
  }
  try expectSentence("Pooling is computed in float32, not bfloat16.", in: result)
}

@Test(.exits) func negativeSlopesAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = leakyReLU(image, slope: -0.5)
  }
  try expectSentence("A leaky ReLU has no negative slope, as -0.5 is.", in: result)
}

@Test(.exits) func numbersThatAByteCannotHoldAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = Tensor(shape: [2], scalars: [255, 256]).converted(to: .uint8)
  }
  try expectSentence("256.0 is not one of the numbers 0…255.", in: result)
}

@Test(.exits) func numbersThatAnIntegerCannotHoldAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = Tensor(shape: [1], scalars: [.nan]).converted(to: .int32)
  }
  try expectSentence("nan is not one of the numbers -2147483648…2147483647.", in: result)
}

@Test func integersDropTheFraction() {
  let numbers = Tensor(shape: [5], scalars: [-1.9, -0.5, 0, 0.99, 254.9])
  #expect(numbers.converted(to: .int32).scalars == [-1, 0, 0, 0, 254])
  #expect(Tensor(shape: [3], scalars: [-0.5, 0.99, 255.9]).converted(to: .uint8).scalars == [0, 0, 255])
}

@Test(.exits) func gradientsAreNotLostByTakingRows() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = Tape().track(image).rows([0])
  }
  try expectSentence("Taking rows has no gradient", in: result)
}

@Test(.exits) func meansOfNothingButPaddingAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = averagePooling2D(image, window: (2, 2), padding: .symmetric(2))
  }
  try expectSentence("A window of 2×2 may lie in nothing but padding", in: result)
}

@Test(.exits) func gradientsOfStoredStatisticsAreNotLost() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    let ones = Tensor(repeating: 1, shape: [3])
    _ = batchNormalization(image, mean: Tape().track(ones), variance: ones, epsilon: 1e-3)
  }
  try expectSentence("Stored statistics have no gradient", in: result)
}

@Test(.exits) func parametersOfOtherChannelsAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = batchNormalization(image, gamma: Tensor(repeating: 1, shape: [4]), epsilon: 1e-3)
  }
  try expectSentence("gamma has shape 4, and the input 1×4×4×3 has 3 channels.", in: result)
}

@Test(.exits) func slicesOutsideAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = image.sliced(2..<5, alongAxis: 1)
  }
  try expectSentence("are not in a tensor of shape 1×4×4×3.", in: result)
}

@Test(.exits) func tensorsThatDoNotFitAreNotConcatenated() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = Tensor.concatenated([image, kernel], alongAxis: -1)
  }
  try expectSentence("whose shapes agree but for axis 3 can be concatenated", in: result)
}

@Test(.exits) func droppingEverythingIsRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = dropout(image, rate: 1, mask: image)
  }
  try expectSentence("A dropout rate lies in 0 ..< 1, and 1.0 does not.", in: result)
}
