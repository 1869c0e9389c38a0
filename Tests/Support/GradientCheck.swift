import GraftTensor
import Testing

/// Expects the gradients of an operation to be its derivatives, within a hundredth: what central differences in float32
/// can tell.
///
/// Choose inputs farther than `step` from every kink of the operation.
///
/// - Parameters:
///   - operation: what is differentiated by all of its arguments.
///   - inputs: where; of the order of 1.
///   - step: how far the inputs are moved each way.
public func checkGradients(
  of operation: ([Tensor]) -> Tensor, at inputs: [Tensor], step: Float = 0x1p-7, _ name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for (input, error) in try gradientErrors(of: operation, at: inputs, step: step).enumerated() {
    #expect(
      error <= 1e-2, "\(name): the gradient of input \(input) is off by \(error) of its length",
      sourceLocation: sourceLocation)
  }
}

/// How far each input's gradient is from the derivatives along random directions, divided by its length.
///
/// The derivative is that of the result's sum with random weights, added up in double precision.
public func gradientErrors(
  of operation: ([Tensor]) -> Tensor, at inputs: [Tensor], step: Float = 0x1p-7, directions: Int = 4
) throws -> [Double] {
  var random = RandomStream(seed: 0x6772_6164)
  let tape = Tape()
  let tracked = inputs.map(tape.track)
  let result = operation(tracked)
  let weights = Tensor(uniform: result.shape, in: 0.5..<1.5, random: &random)
  let gradients = try tape.gradients(of: result, startingFrom: weights)

  return inputs.indices.map { index in
    // A missing gradient says that the result does not depend on this input.
    let gradient = gradients[tracked[index]]?.scalars ?? Array(repeating: 0, count: inputs[index].scalarCount)
    var worst = gradient.count == inputs[index].scalarCount ? 0 : Double.infinity
    for _ in 0..<directions {
      // Signs instead of normal numbers: no element escapes the check by a small factor.
      let signs = gradient.map { _ in Float(random.integer(below: 2) * 2 - 1) }
      func loss(_ distance: Float) -> Double {
        var moved = inputs
        let scalars = zip(inputs[index].scalars, signs).map { $0 + distance * $1 }
        moved[index] = Tensor(shape: inputs[index].shape, scalars: scalars)
        return dot(operation(moved).scalars, weights.scalars)
      }
      let difference = (loss(step) - loss(-step)) / Double(2 * step)
      let length = max(dot(gradient, gradient).squareRoot(), abs(difference))
      if length > 0 { worst = max(worst, abs(difference - dot(gradient, signs)) / length) }
    }
    return worst
  }
}

private func dot(_ left: [Float], _ right: [Float]) -> Double {
  zip(left, right).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}
