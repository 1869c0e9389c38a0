import Foundation
@testable import GraftTensor
import TestSupport
import Testing

/// Floats of all exponents and both signs, subnormal ones included, and those about the places where something changes.
private let numbers: [Float] = {
  let swept = stride(from: UInt64(0), to: 1 << 32, by: 20_011).map { Float(bitPattern: UInt32($0)) }
  let edges: [Float] = [
    0, -0.0, 1, -1, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude,
    .greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .nan, 1.00001, 0.99999,
    0x1p-140, -87, -87.5, -103.9, -104, -104.1, 88.7, 88.73, 89,
  ]
  return swept + edges + edges.flatMap { [$0.nextUp, $0.nextDown] }
}()

/// The worst error in units in the last place; infinite where one is a number and the other is not.
private func worstError(_ own: [Float], _ exact: (Double) -> Double) -> (error: Double, at: Float) {
  zip(numbers, own).map { number, own -> (error: Double, at: Float) in
    let wanted = exact(Double(number))
    if own.isNaN || wanted.isNaN { return (own.isNaN && wanted.isNaN ? 0 : .infinity, number) }
    if Double(own) == wanted || own == Float(wanted) { return (0, number) }
    let unit = Double(Swift.max(Float(abs(wanted)).ulp, .leastNonzeroMagnitude))
    return (abs(Double(own) - wanted) / unit, number)
  }.max { $0.error < $1.error } ?? (0, 0)
}

/// The kernels for this processor; scripts/check-elementary-functions compares those for every instruction set.
@Test func exponentialsAreRightForEveryFloat() {
  let (error, place) = worstError(
    exp(Tensor(shape: [numbers.count], scalars: numbers)).scalars, Foundation.exp)
  #expect(error <= 1.5, "at \(place)")
}

@Test func logarithmsAreRightForEveryFloat() {
  let (error, place) = worstError(
    log(Tensor(shape: [numbers.count], scalars: numbers)).scalars, Foundation.log)
  #expect(error <= 1.5, "at \(place)")
}

@Test func sigmoidsAreRightForEveryFloat() {
  let (error, place) = worstError(sigmoid(Tensor(shape: [numbers.count], scalars: numbers)).scalars) { x in
    x < 0 ? Foundation.exp(x) / (1 + Foundation.exp(x)) : 1 / (1 + Foundation.exp(-x))
  }
  #expect(error <= 3, "at \(place)")
}

@Test func edgesOfTheExponentialAreExact() {
  let values = exp(Tensor(shape: [5], scalars: [0, -0.0, .infinity, -.infinity, .nan])).scalars
  #expect(values[..<4] == [1, 1, .infinity, 0])
  #expect(values[4].isNaN)
}

@Test func edgesOfTheLogarithmAreExact() {
  let values = log(Tensor(shape: [7], scalars: [1, 0, -0.0, .infinity, -1, -.infinity, .nan])).scalars
  #expect(values[..<4] == [0, -.infinity, -.infinity, .infinity])
  #expect(values[4...].allSatisfy { $0.isNaN })
}

@Test func logSoftmaxOfOneClassIsZero() {
  #expect(logSoftmax(Tensor(shape: [1, 1], scalars: [5])).scalars == [0])
  #expect(logSoftmax(Tensor(shape: [1, 2], scalars: [200, -200])).scalars == [0, -400])
  #expect(logSoftmax(Tensor(shape: [1, 2], scalars: [0, -.infinity])).scalars == [0, -.infinity])
}

@Test func gradientsOfElementaryFunctionsKeepWhatIsNotANumber() throws {
  for function in [exp, log, sigmoid] {
    let tape = Tape()
    let x = tape.track(Tensor(shape: [3], scalars: [.nan, 0.5, 2]))
    let gradient = try #require(try tape.gradients(of: function(x).sum())[x]).scalars
    #expect(gradient[0].isNaN)
    #expect(gradient[1].isFinite && gradient[2].isFinite)
  }
}

/// What fills up the blocks of 20 channels is 0, and none of these functions gives 0 there.
@Test func elementaryFunctionsLeaveNothingInTheFillingOfBlocks() throws {
  var random = RandomStream(seed: 5)
  let image = Tensor(uniform: [1, 6, 6, 16], in: 0.5..<1, random: &random)
  let kernel = Tensor(uniform: [3, 3, 16, 20], in: 0.01..<0.02, random: &random)
  let next = Tensor(normal: [3, 3, 20, 20], random: &random)
  for (name, function) in [("exp", exp), ("log", log), ("sigmoid", sigmoid)] {
    let blocked = convolution2D(image, kernel: kernel)
    let plain = Tensor(shape: blocked.shape, scalars: blocked.scalars)
    expectClose(
      convolution2D(function(blocked), kernel: next, padding: .same),
      convolution2D(function(plain), kernel: next, padding: .same), within: 1e-5, name)
  }
}
