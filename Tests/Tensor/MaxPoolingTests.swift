@testable import GraftTensor
import TestSupport
import Testing

/// One pooling of one image order.
private struct Case: Sendable, CustomTestStringConvertible {
  var shape: Tensor.Shape
  var window = (2, 2)
  var strides = (2, 2)
  var padding = Padding.valid
  var ceiling = false
  /// In blocks of so many channels; row-major where 0.
  var block = 0

  var testDescription: String { "\(shape), \(window) by \(strides), \(padding), blocks of \(block)" }

  func image(spoilt: Bool) -> Tensor {
    var random = RandomStream(seed: 21)
    // Whole numbers, many of which are equal.
    let scalars = (0..<shape.scalarCount).map { _ -> Float in
      let number = Float(random.integer(below: 12)) - 6
      guard spoilt else { return number }
      return number == 5 ? .nan : number < 2 ? -.infinity : number
    }
    let plain = Tensor(shape: shape, scalars: scalars)
    if block == 0 { return plain }
    let layout = Layout.image(shape, inBlocksOf: block, .float32)
    return Tensor(
      shape: shape, scalarType: .float32, storage: plain.storage(in: layout, from: .image(shape)),
      layout: layout)
  }

  func callAsFunction(_ image: Tensor) -> Tensor {
    maxPooling2D(image, window: window, strides: strides, padding: padding, ceiling: ceiling)
  }

  /// By the definition: the maxima, and the place of each in the image.
  func expected(_ image: Tensor) -> (maxima: [Float], places: [Int]) {
    let rows = WindowAxis(
      length: shape[1], window: window.0, stride: strides.0, padding: padding.vertical, ceiling: ceiling)
    let columns = WindowAxis(
      length: shape[2], window: window.1, stride: strides.1, padding: padding.horizontal, ceiling: ceiling)
    let scalars = image.scalars
    var (maxima, places): ([Float], [Int]) = ([], [])
    for n in 0..<shape[0] {
      for y in 0..<rows.outputLength {
        for x in 0..<columns.outputLength {
          for c in 0..<shape[3] {
            var best: (value: Float, place: Int)?
            for row in y * strides.0 - rows.before..<y * strides.0 - rows.before + window.0 {
              for column in x * strides.1 - columns.before..<x * strides.1 - columns.before + window.1 {
                guard (0..<shape[1]).contains(row), (0..<shape[2]).contains(column) else { continue }
                let place = ((n * shape[1] + row) * shape[2] + column) * shape[3] + c
                let value = scalars[place]
                if let best, best.value.isNaN || value <= best.value { continue }
                best = (value, place)
              }
            }
            maxima.append(best?.value ?? .nan)
            places.append(best?.place ?? -1)
          }
        }
      }
    }
    return (maxima, places)
  }
}

private let cases: [Case] = [
  Case(shape: [2, 6, 8, 3]), Case(shape: [1, 7, 5, 16], window: (3, 3), padding: .symmetric(1)),
  Case(shape: [2, 7, 9, 20], window: (3, 2), strides: (1, 2), padding: .same),
  Case(shape: [1, 6, 7, 40], window: (3, 3), ceiling: true),
  Case(shape: [2, 6, 8, 32], block: 16),
  Case(shape: [1, 7, 7, 20], window: (3, 3), padding: .same, block: 16),
  Case(shape: [2, 5, 5, 24], window: (3, 3), strides: (1, 1), block: 8),
  Case(shape: [1, 9, 9, 70], window: (5, 4), strides: (3, 3)),
]

private func isSame(_ left: [Float], _ right: [Float]) -> Bool {
  left.count == right.count && zip(left, right).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
}

@Suite struct MaxPoolingTests {
  @Test(arguments: cases, [false, true])
  fileprivate func theGreatestNumberOfEachWindowWins(pooling: Case, spoilt: Bool) throws {
    let image = pooling.image(spoilt: spoilt)
    let (maxima, places) = pooling.expected(image)
    #expect(isSame(pooling(image).scalars, maxima), "in inference")
    let tape = Tape()
    let tracked = tape.track(image)
    let result = pooling(tracked)
    #expect(isSame(result.scalars, maxima), "in training")
    let arriving = Tensor(
      shape: result.shape, scalars: (0..<result.scalarCount).map { Float(1 + $0 % 7) })
    let gradient = try #require(try tape.gradients(of: result, startingFrom: arriving)[tracked])
    var expected = [Float](repeating: 0, count: image.scalarCount)
    for (place, arrived) in zip(places, arriving.scalars) { expected[place] += arrived }
    #expect(gradient.scalars == expected)
  }

  @Test func whatIsNotANumberComesOut() {
    func pooled(_ scalars: [Float]) -> Float {
      maxPooling2D(Tensor(shape: [1, 2, 2, 1], scalars: scalars), window: (2, 2)).scalar
    }
    #expect(pooled([1, .nan, 2, 3]).isNaN)
    #expect(pooled([.nan, 1, 2, 3]).isNaN)
    #expect(pooled(Array(repeating: .nan, count: 4)).isNaN)
    #expect(pooled(Array(repeating: -.infinity, count: 4)) == -.infinity)
    #expect(pooled([-.infinity, .infinity, 0, 1]) == .infinity)
  }

  @Test func whatIsNotANumberComesOutOfGlobalPoolingToo() {
    func pooled(_ scalars: [Float]) -> Float {
      globalMaxPooling2D(Tensor(shape: [1, 2, 2, 1], scalars: scalars)).scalar
    }
    #expect(pooled([1, .nan, 2, 3]).isNaN)
    #expect(pooled(Array(repeating: -.infinity, count: 4)) == -.infinity)
  }

  @Test(arguments: [0, 16])
  func bfloat16IsPooledAsItIs(block: Int) {
    let pooling = Case(shape: [2, 7, 9, 32], window: (3, 3), padding: .same, block: block)
    for spoilt in [false, true] {
      let whole = pooling.image(spoilt: spoilt)
      var half = whole.rowMajor.converted(to: .bfloat16)
      if block > 0 {
        let layout = Layout.image(half.shape, inBlocksOf: block, .bfloat16)
        half = Tensor(
          shape: half.shape, scalarType: .bfloat16, storage: half.storage(in: layout, from: half.imageLayout),
          layout: layout)
      }
      let result = pooling(half)
      #expect(result.scalarType == .bfloat16)
      #expect(isSame(result.scalars, pooling(whole).scalars))
    }
  }

  @Test func poolingsAreInTheProfile() {
    let profile = ComputeProfile()
    _ = profile.measure { maxPooling2D(Tensor(zeros: [1, 4, 4, 3]), window: (2, 2)) }
    #expect(profile.entries.map(\.operation) == ["pooling 2×2, 1×2×2×3"])
    #expect(profile.entries.first?.bytes == (48 + 12) * 4)
  }
}
