import GraftLayers
import GraftTensor
import GraftWeights
import GraftTraining
import TestSupport
import Testing

private struct Attributes: Decodable {
  let learning_rate, rho, epsilon: Float
}

@Test(arguments: [
  "rmsprop_epsilon_outside_lr0.0001", "rmsprop_epsilon_inside_lr0.0001", "rmsprop_epsilon_outside_lr0.01",
  "rmsprop_epsilon_inside_lr0.01", "rmsprop_epsilon_outside_torch_defaults",
])
func rmspropFollowsTheFrameworks(_ name: String) throws {
  let file = try Golden.npz("optimizers")
  let golden = try #require(try Golden.cases(in: "optimizers")[name])
  let attributes = try golden.attributes(as: Attributes.self)
  let initial = try file.tensor(named: "initial")
  let gradients = try file.tensor(named: "gradients")
  let expected = try golden.tensor("parameter").scalars.map(Double.init)
  var optimizer = RMSprop(
    learningRate: attributes.learning_rate, rho: attributes.rho, epsilon: attributes.epsilon,
    epsilonPlacement: name.contains("inside") ? .insideRoot : .outsideRoot)
  let layer = Single(initial)
  let start = initial.scalars.map(Double.init)
  for step in 0..<20 {
    let gradient = gradients.rows([step]).reshaped(to: [4, 5])
    let training = TrainingStep(random: RandomStream(seed: 0))
    // The gradient of Σ p·g is g.
    let loss = (training.context.value(of: layer.weight) * gradient).sum()
    optimizer.update(layer, with: try training.gradients(of: loss))
    let wanted = Array(expected[(20 * step)..<(20 * step + 20)])
    let farthest = zip(wanted, start).map { abs($0 - $1) }.max() ?? 0
    for (index, own) in layer.weight.value.scalars.enumerated() {
      // Each step so far has rounded the parameter once, and the golden one is rounded, too.
      let rounding = Double(step + 2) * 0.5 * Double(own.ulp)
      let difference = abs(Double(own) - wanted[index])
      #expect(difference <= 1e-5 * farthest + rounding, "\(name), step \(step), element \(index)")
    }
  }
}

/// One parameter.
private final class Single: Module {
  let weight: Parameter
  init(_ value: Tensor) {
    weight = Parameter(value.shape, initializer: .zeros, random: RandomStream(seed: 0))
    weight.value = value
  }
  var members: [Member] { [.parameter("weight", weight)] }
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor { input * context.value(of: weight) }
}
