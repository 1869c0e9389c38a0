import GraftTensor
import GraftWeights
import TestSupport
import Testing

private struct Reduction: Decodable {
  let reduction: String
}

/// The golden loss and gradient of a case whose losses are averaged.
func expectGolden(
  _ golden: Golden.Case, targets: Tensor, _ loss: (Tensor, Tensor) -> Tensor
) throws {
  let tape = Tape()
  let logits = tape.track(try golden.tensor("input"))
  let mean = loss(logits, targets)
  try expectClose(mean, golden.array("output"), within: 1e-5, golden.name)
  let gradients = try tape.gradients(of: mean, startingFrom: golden.tensor("grad_output"))
  try expectClose(try #require(gradients[logits]), golden.array("grad_input"), within: 1e-5, golden.name)
  // The value must not depend on whether it is differentiated.
  #expect(loss(logits.detached, targets).scalar == mean.scalar)
}

/// The golden losses and gradients of a case that averages nothing: a mean of one row each.
func expectGoldenRows(_ golden: Golden.Case, _ loss: (Tensor, Tensor) -> Tensor) throws {
  #expect(try golden.attributes(as: Reduction.self).reduction == "none")
  let (inputs, targets) = (try golden.tensor("input"), try golden.tensor("target"))
  let arriving = try golden.tensor("grad_output").scalars
  var (losses, slopes): ([Double], [Double]) = ([], [])
  for row in 0..<inputs.shape[0] {
    let tape = Tape()
    let logits = tape.track(inputs.rows([row]))
    let value = loss(logits, targets.rows([row]))
    losses.append(Double(value.scalar))
    let gradients = try tape.gradients(of: value, startingFrom: Tensor(arriving[row]))
    slopes += try #require(gradients[logits]).scalars.map(Double.init)
  }
  expectClose(losses, try golden.array("output").doubles, within: 1e-5, golden.name)
  expectClose(slopes, try golden.array("grad_input").doubles, within: 1e-5, golden.name)
}
