import Foundation
import GraftMetrics
import GraftTensor
import TestSupport
import Testing

/// Scores, a kernel and masks, and what an enlargement by 32 makes of them.
private struct Decoding {
  let scores, kernel, masks: Tensor

  init(count: Int, height: Int = 7, width: Int = 7, stride: Int = 32) {
    var random = RandomStream(seed: 29)
    scores = Tensor(uniform: [count, height, width, 1], in: -3..<3, random: &random)
    kernel = Tensor(uniform: [2 * stride, 2 * stride, 1, 1], in: -1..<1, random: &random)
    let shape: Tensor.Shape = [count, height * stride, width * stride, 1]
    masks = Tensor(shape: shape, scalarType: .uint8) { bytes in
      for index in bytes.indices { bytes[index] = random.integer(below: 2) == 0 ? 0 : 255 }
    }
  }

  /// The loss and both gradients.
  func gradients() throws -> [[Double]] {
    let tape = Tape()
    let (scores, kernel) = (tape.track(scores), tape.track(kernel))
    let stride = kernel.shape[0] / 2
    let loss = binaryCrossEntropy(
      fromScores: scores, enlargedBy: kernel, strides: (stride, stride), padding: .same, masks)
    let gradients = try tape.gradients(of: loss)
    return [loss.detached, try #require(gradients[scores]), try #require(gradients[kernel])]
      .map { $0.scalars.map(Double.init) }
  }

  /// The same by the definition, in double precision.
  var reference: [[Double]] {
    let enlargement = Enlargement(
      height: scores.shape[1], width: scores.shape[2], stride: kernel.shape[0] / 2)
    let (scores, kernel, masks) = (
      scores.scalars.map(Double.init), kernel.scalars.map(Double.init), masks.scalars
    )
    var loss = 0.0
    var scoreGradients = [Double](repeating: 0, count: scores.count)
    var kernelGradients = [Double](repeating: 0, count: kernel.count)
    for (pixel, mask) in masks.enumerated() {
      let terms = enlargement.corners(ofPixel: pixel)
      let logit = terms.reduce(0) { $0 + scores[$1.score] * kernel[$1.kernel] }
      let target = mask == 0 ? 0.0 : 1.0
      loss += max(logit, 0) - logit * target + log1p(exp(-abs(logit)))
      let slope = (1 / (1 + exp(-logit)) - target) / Double(masks.count)
      for term in terms {
        scoreGradients[term.score] += slope * kernel[term.kernel]
        kernelGradients[term.kernel] += slope * scores[term.score]
      }
    }
    return [[loss / Double(masks.count)], scoreGradients, kernelGradients]
  }
}

@Suite struct EnlargedScoresTests {
  @Test(arguments: [(1, 7, 7, 32), (5, 3, 2, 32), (9, 1, 2, 32), (2, 1, 1, 64), (3, 2, 1, 96)])
  func crossEntropyOfScoresIsThatOfTheirMaps(count: Int, height: Int, width: Int, stride: Int) throws {
    let decoding = Decoding(count: count, height: height, width: width, stride: stride)
    for (name, pair) in zip(["loss", "scores", "kernel"], zip(try decoding.gradients(), decoding.reference)) {
      #expect(largestDifference(pair.0, pair.1) <= 1e-6, "\(name)")
    }
  }

  /// What the compute library makes of it, reached by a kernel whose maps are two.
  @Test func mapIsTheTransposedConvolution() {
    let decoding = Decoding(count: 3)
    let map = transposedConvolution2D(
      decoding.scores, kernel: decoding.kernel, strides: (32, 32), padding: .same)
    let doubled = Tensor.concatenated([decoding.kernel, decoding.kernel], alongAxis: 2)
    let both = transposedConvolution2D(decoding.scores, kernel: doubled, strides: (32, 32), padding: .same)
    #expect(map.shape == [3, 224, 224, 1])
    #expect(
      largestDifference(
        map.scalars.map(Double.init), both.sliced(0..<1, alongAxis: 3).scalars.map(Double.init)) <= 1e-6)
  }

  @Test func whatIsNoEnlargementOfOneMapIsComputedFromItsLogits() throws {
    var random = RandomStream(seed: 31)
    let scores = Tensor(uniform: [2, 4, 4, 3], in: -1..<1, random: &random)
    let kernel = Tensor(uniform: [4, 4, 2, 3], in: -1..<1, random: &random)
    let targets = Tensor(repeating: 1, shape: [2, 8, 8, 2])
    let loss = binaryCrossEntropy(
      fromScores: scores, enlargedBy: kernel, strides: (2, 2), padding: .same, targets)
    let logits = transposedConvolution2D(scores, kernel: kernel, strides: (2, 2), padding: .same)
    #expect(loss.scalar == binaryCrossEntropy(fromLogits: logits, targets).scalar)
  }

  @Test func sumsDoNotDependOnHowManyImagesThereAre() throws {
    let decoding = Decoding(count: 6)
    func loss(_ rows: [Int]) -> Float {
      binaryCrossEntropy(
        fromScores: decoding.scores.rows(rows), enlargedBy: decoding.kernel, strides: (32, 32),
        padding: .same, decoding.masks.rows(rows)
      ).scalar
    }
    let alone = (0..<6).map { loss([$0]) }
    #expect(abs(loss(Array(0..<6)) - alone.reduce(0, +) / 6) <= 1e-6)
  }
}
