import Foundation
import GraftMetrics
import GraftTensor
import TestSupport
import Testing

/// Scores of several classes, a kernel from each to each, and labels, of which every seventh is ignored.
private struct Decoding {
  let scores, kernel, labels: Tensor
  static let ignored = 255

  init(count: Int, height: Int, width: Int, classes: Int, stride: Int = 32) {
    var random = RandomStream(seed: 37)
    scores = Tensor(uniform: [count, height, width, classes], in: -3..<3, random: &random)
    kernel = Tensor(uniform: [2 * stride, 2 * stride, classes, classes], in: -1..<1, random: &random)
    let shape: Tensor.Shape = [count, height * stride, width * stride, 1]
    labels = Tensor(shape: shape, scalarType: .uint8) { bytes in
      for index in bytes.indices {
        bytes[index] = index % 7 == 3 ? UInt8(Self.ignored) : UInt8(random.integer(below: classes))
      }
    }
  }

  private var stride: Int { kernel.shape[0] / 2 }

  func loss(_ scores: Tensor, _ kernel: Tensor, ignoring ignored: Int? = Self.ignored) -> Tensor {
    pixelSoftmaxCrossEntropy(
      fromScores: scores, enlargedBy: kernel, strides: (stride, stride), padding: .same, labels,
      ignoredClass: ignored)
  }

  /// The loss and both gradients.
  func gradients() throws -> [[Double]] {
    let tape = Tape()
    let (scores, kernel) = (tape.track(scores), tape.track(kernel))
    let value = loss(scores, kernel)
    let gradients = try tape.gradients(of: value)
    return [value.detached, try #require(gradients[scores]), try #require(gradients[kernel])]
      .map { $0.scalars.map(Double.init) }
  }

  /// The same by the definition, in double precision.
  var reference: [[Double]] {
    let classes = scores.shape[3]
    let enlargement = Enlargement(height: scores.shape[1], width: scores.shape[2], stride: stride)
    let (scores, kernel, labels) = (
      scores.scalars.map(Double.init), kernel.scalars.map(Double.init), labels.scalars.map { Int($0) }
    )
    let counted = Double(labels.count { $0 != Self.ignored })
    var loss = 0.0
    var scoreGradients = [Double](repeating: 0, count: scores.count)
    var kernelGradients = [Double](repeating: 0, count: kernel.count)
    for (pixel, label) in labels.enumerated() where label != Self.ignored {
      // Where the scores of a corner begin, and the kernel from them to all classes.
      let corners = enlargement.corners(ofPixel: pixel).map {
        (scores: $0.score * classes, kernel: $0.kernel * classes * classes)
      }
      var logits = [Double](repeating: 0, count: classes)
      for corner in corners {
        for to in 0..<classes {
          for from in 0..<classes {
            logits[to] += scores[corner.scores + from] * kernel[corner.kernel + to * classes + from]
          }
        }
      }
      let largest = logits.max() ?? 0
      let sum = logits.reduce(0) { $0 + exp($1 - largest) }
      loss += log(sum) + largest - logits[label]
      for to in 0..<classes {
        let slope = (exp(logits[to] - largest) / sum - (to == label ? 1 : 0)) / counted
        for corner in corners {
          for from in 0..<classes {
            scoreGradients[corner.scores + from] += slope * kernel[corner.kernel + to * classes + from]
            kernelGradients[corner.kernel + to * classes + from] += slope * scores[corner.scores + from]
          }
        }
      }
    }
    return [[loss / counted], scoreGradients, kernelGradients]
  }
}

@Suite struct EnlargedClassScoresTests {
  @Test(arguments: [
    (1, 7, 7, 11, 32), (3, 3, 2, 3, 32), (5, 1, 2, 2, 32), (1, 1, 1, 32, 64), (2, 2, 1, 5, 96),
  ])
  func crossEntropyOfScoresIsThatOfTheirMaps(
    count: Int, height: Int, width: Int, classes: Int, stride: Int
  ) throws {
    let decoding = Decoding(count: count, height: height, width: width, classes: classes, stride: stride)
    for (name, pair) in zip(["loss", "scores", "kernel"], zip(try decoding.gradients(), decoding.reference)) {
      // Up to 131,072 products of either sign make one sum.
      #expect(largestDifference(pair.0, pair.1) <= 2e-6, "\(name)")
    }
  }

  @Test(arguments: [2, 3, 11])
  func mapsAreTheTransposedConvolution(classes: Int) {
    let decoding = Decoding(count: 3, height: 4, width: 5, classes: classes)
    let maps = transposedConvolution2D(
      decoding.scores, kernel: decoding.kernel, strides: (32, 32), padding: .same)
    #expect(maps.shape == [3, 128, 160, classes])
    // As the compute library makes them, reached by a kernel that has twice as many.
    let doubled = Tensor.concatenated([decoding.kernel, decoding.kernel], alongAxis: 2)
    let wanted = transposedConvolution2D(decoding.scores, kernel: doubled, strides: (32, 32), padding: .same)
      .sliced(0..<classes, alongAxis: 3)
    #expect(largestDifference(maps.scalars.map(Double.init), wanted.scalars.map(Double.init)) <= 1e-6)
  }

  @Test func labelsOfFourBytesAreComputedFromTheLogits() {
    let decoding = Decoding(count: 2, height: 2, width: 2, classes: 3)
    let loss = pixelSoftmaxCrossEntropy(
      fromScores: decoding.scores, enlargedBy: decoding.kernel, strides: (32, 32), padding: .same,
      decoding.labels.converted(to: .int32), ignoredClass: Decoding.ignored)
    #expect(abs(loss.scalar - decoding.loss(decoding.scores, decoding.kernel).scalar) <= 1e-6 * loss.scalar)
  }

  @Test func whatIsNotANumberIsSeenInLossAndGradients() throws {
    let decoding = Decoding(count: 1, height: 1, width: 1, classes: 3)
    let broken = Tensor(shape: [1, 1, 1, 3], scalars: [1, .nan, 1])
    #expect(decoding.loss(broken, decoding.kernel).scalar.isNaN)
    let tape = Tape()
    let tracked = tape.track(broken)
    let gradients = try tape.gradients(of: decoding.loss(tracked, decoding.kernel))
    #expect(try #require(gradients[tracked]).scalars.allSatisfy(\.isNaN))
  }

  @Test func confidentLogitsHaveFiniteLosses() throws {
    let decoding = Decoding(count: 1, height: 1, width: 1, classes: 2)
    let scores = Tensor(shape: [1, 1, 1, 2], scalars: [1e4, -1e4])
    #expect(decoding.loss(scores, decoding.kernel).scalar.isFinite)
  }

  @Test func aBatchOfIgnoredPixelsCostsNothing() throws {
    let decoding = Decoding(count: 1, height: 1, width: 1, classes: 2)
    let ignored = Tensor(shape: [1, 32, 32, 1], scalarType: .uint8) { bytes in
      for index in bytes.indices { bytes[index] = 1 }
    }
    let tape = Tape()
    let scores = tape.track(decoding.scores)
    let loss = pixelSoftmaxCrossEntropy(
      fromScores: scores, enlargedBy: decoding.kernel, strides: (32, 32), padding: .same, ignored,
      ignoredClass: 1
    )
    #expect(loss.scalar == 0)
    #expect(try #require(try tape.gradients(of: loss)[scores]).scalars == [0, 0])
  }

  @Test(.exits) func aPixelWithoutAClassEndsTheProgram() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let decoding = Decoding(count: 1, height: 1, width: 1, classes: 2)
      _ = decoding.loss(decoding.scores, decoding.kernel, ignoring: nil)
    }
    let text = String(decoding: try #require(result?.standardErrorContent), as: UTF8.self)
    #expect(text.contains("is 255, and the 2 classes are 0 to 1."), "\(text)")
  }
}
