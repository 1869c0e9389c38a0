import Foundation
import GraftTensor
import TestSupport
import Testing

private let image = Tensor(repeating: 1, shape: [1, 4, 4, 3])
private let kernel = Tensor(repeating: 1, shape: [3, 3, 3, 8])
private let spreading = Tensor(repeating: 1, shape: [3, 3, 8, 3])

@Test(.exits) func convolutionsDoNotStandStill() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = convolution2D(image, kernel: kernel, strides: (1, 0), padding: .same)
  }
  try expectSentence("A convolution takes strides of 1 or more both ways, not 1×0.", in: result)
}

@Test(.exits) func kernelsAreNotDilatedByZero() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = convolution2D(image, kernel: kernel, dilations: (0, 1))
  }
  try expectSentence("A convolution takes dilations of 1 or more both ways, not 0×1.", in: result)
}

@Test(.exits) func paddingIsNotNegative() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = convolution2D(image, kernel: kernel, padding: .explicit(top: 0, bottom: 2, left: -1, right: 0))
  }
  try expectSentence(
    "A convolution takes padding of 0 or more, not top 0, bottom 2, left -1, right 0.", in: result)
}

@Test(.exits) func transposedConvolutionsDoNotStandStill() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = transposedConvolution2D(image, kernel: spreading, strides: (0, 0), padding: .same)
  }
  try expectSentence("A transposed convolution takes strides of 1 or more both ways, not 0×0.", in: result)
}

@Test(.exits) func transposedConvolutionsDoNotCropLessThanNothing() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = transposedConvolution2D(image, kernel: spreading, padding: .symmetric(-1))
  }
  try expectSentence("A transposed convolution takes padding of 0 or more, not top -1", in: result)
}

@Test(.exits) func windowsOfNothingAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = maxPooling2D(image, window: (0, 0))
  }
  try expectSentence("Pooling takes windows of 1 or more both ways, not 0×0.", in: result)
}

@Test(.exits) func poolingsDoNotStandStill() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = averagePooling2D(image, window: (2, 2), strides: (0, 2), padding: .same)
  }
  try expectSentence("Pooling takes strides of 1 or more both ways, not 0×2.", in: result)
}

@Test(.exits) func maximaOfNothingButPaddingAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    _ = maxPooling2D(image, window: (2, 2), padding: .symmetric(2))
  }
  try expectSentence("A window of 2×2 may lie in nothing but padding", in: result)
}

@Test(.exits) func gradientsOfAnotherShapeAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    let tape = Tape()
    let x = relu(tape.track(Tensor(zeros: [300])))
    let wrong = differentiable(x.detached * 2, of: [x]) { _ in [Tensor(zeros: [3])] }
    _ = try tape.gradients(of: wrong.sum())
  }
  try expectSentence("An operation gave a float32 gradient of shape 3 for an input of shape 300", in: result)
}

@Test(.exits) func gradientsOfAnotherTypeAreRefused() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    let tape = Tape()
    let x = relu(tape.track(Tensor(zeros: [300])))
    _ = try tape.gradients(of: x, startingFrom: Tensor(zeros: [300]).converted(to: .uint8))
  }
  try expectSentence("A gradient is float32, not uint8: convert it first.", in: result)
}

@Test func shapesFromFilesAreChecked() throws {
  let shape = try JSONDecoder().decode(Tensor.Shape.self, from: Data(#"{"dimensions":[2,0,3]}"#.utf8))
  #expect(shape == [2, 0, 3])
  for text in [#"{"dimensions":[2,-1]}"#, #"{"dimensions":[4294967296,4294967296]}"#] {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(Tensor.Shape.self, from: Data(text.utf8))
    }
  }
}
