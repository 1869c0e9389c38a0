import GraftLayers
import GraftTensor
import GraftTraining
import GraftWeights
import TestSupport
import Testing

private struct Attributes: Decodable {
  let learning_rate: Float
  let rho, momentum, epsilon, beta_1, beta_2, weight_decay: Float?
  let nesterov: Bool?
}

/// The rule of a golden case, by its name.
private func optimizer(_ name: String, _ attributes: Attributes) throws -> any Optimizer {
  let rate = attributes.learning_rate
  if name.hasPrefix("rmsprop") {
    return RMSprop(
      learningRate: rate, rho: try #require(attributes.rho), momentum: attributes.momentum ?? 0,
      epsilon: try #require(attributes.epsilon),
      epsilonPlacement: name.contains("inside") ? .insideRoot : .outsideRoot)
  }
  if name.hasPrefix("sgd") {
    return SGD(
      name.contains("torch") ? .pyTorch : .keras, learningRate: rate, momentum: attributes.momentum ?? 0,
      isNesterov: name.contains("nesterov"), weightDecay: attributes.weight_decay ?? 0)
  }
  let variant: Adam.Variant = name.contains("torch") ? .pyTorch : .keras
  // The frameworks' constants are the defaults.
  let rule: any Optimizer =
    name.hasPrefix("adamw") ? AdamW(variant, learningRate: rate) : Adam(variant, learningRate: rate)
  #expect((rule as? Adam)?.epsilon ?? (rule as? AdamW)?.epsilon == attributes.epsilon)
  #expect((rule as? AdamW)?.weightDecay == attributes.weight_decay)
  return rule
}

private let names = [
  "adam_keras", "adam_torch", "adamw_keras", "adamw_torch", "rmsprop_epsilon_inside_lr0.0001",
  "rmsprop_epsilon_inside_lr0.01", "rmsprop_epsilon_outside_lr0.0001", "rmsprop_epsilon_outside_lr0.01",
  "rmsprop_epsilon_outside_torch_defaults", "rmsprop_momentum_epsilon_inside", "sgd", "sgd_momentum_keras",
  "sgd_momentum_torch", "sgd_momentum_torch_weight_decay", "sgd_nesterov_keras", "sgd_nesterov_torch",
]

@Test func everyGoldenOptimizerIsTested() throws {
  let cases = try Golden.cases(in: "optimizers").keys.filter { $0 != "initial" && $0 != "gradients" }
  #expect(cases.sorted() == names)
}

@Test(arguments: names)
func optimizersFollowTheFrameworks(_ name: String) throws {
  let file = try Golden.npz("optimizers")
  let golden = try #require(try Golden.cases(in: "optimizers")[name])
  let initial = try file.tensor(named: "initial")
  let gradients = try file.tensor(named: "gradients")
  let expected = try golden.tensor("parameter").scalars.map(Double.init)
  var rule = try optimizer(name, golden.attributes(as: Attributes.self))
  let pair = Pair(initial)
  let start = initial.scalars.map(Double.init)
  for step in 0..<20 {
    try pair.step(&rule, gradients.rows([step]).reshaped(to: [4, 5]))
    let wanted = Array(expected[(20 * step)..<(20 * step + 20)])
    let farthest = zip(wanted, start).map { abs($0 - $1) }.max() ?? 0
    for (index, own) in pair.head.value.scalars.enumerated() {
      // Each step so far has rounded the parameter once, and the golden one is rounded, too.
      let rounding = Double(step + 2) * 0.5 * Double(max(own.ulp, initial.scalars[index].ulp))
      let difference = abs(Double(own) - wanted[index])
      #expect(difference <= 1e-5 * farthest + rounding, "\(name), step \(step), element \(index)")
      guard index == 1 else { continue }
      // Its gradients are so small that it tells where epsilon is.
      let travel = abs(wanted[index] - start[index])
      #expect(difference <= 1e-3 * travel + rounding, "\(name), step \(step), the small gradient")
    }
  }
}

/// Two parameters of equal values.
private final class Pair: Module {
  let encoder, head: Parameter
  init(_ value: Tensor) {
    encoder = Parameter(value.shape, initializer: .zeros, random: RandomStream(seed: 0))
    head = Parameter(value.shape, initializer: .zeros, random: RandomStream(seed: 0))
    encoder.value = value
    head.value = value
  }
  var members: [Member] { [.parameter("encoder", encoder), .parameter("head", head)] }
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    input * context.value(of: encoder) + input * context.value(of: head)
  }

  /// A step in which both have the gradient `gradient`.
  func step(_ optimizer: inout any Optimizer, _ gradient: Tensor) throws {
    let training = TrainingStep(random: RandomStream(seed: 0))
    // The gradient of Σ p·g is g.
    let loss = self(gradient, training.context).sum()
    optimizer.update(self, with: try training.gradients(of: loss))
  }
}

private let rules: [any Optimizer] = [
  RMSprop(learningRate: 1e-2, momentum: 0.9), SGD(.keras, momentum: 0.9), SGD(.pyTorch, momentum: 0.9),
  Adam(.keras), Adam(.pyTorch), AdamW(.keras), AdamW(.pyTorch),
]

/// What a checkpoint does: another optimizer of equal constants gets the state and continues.
@Test(arguments: 0..<7)
func memoryIsAllThatAnOptimizerGoesOnWith(_ number: Int) throws {
  let gradients = try Golden.npz("optimizers").tensor(named: "gradients")
  let initial = try Golden.npz("optimizers").tensor(named: "initial")
  var (whole, first, second) = (rules[number], rules[number], rules[number])
  let (one, other) = (Pair(initial), Pair(initial))
  for step in 0..<10 {
    let gradient = gradients.rows([step]).reshaped(to: [4, 5])
    try one.step(&whole, gradient)
    if step == 5 { second.state = first.state }
    if step < 5 { try other.step(&first, gradient) } else { try other.step(&second, gradient) }
  }
  #expect(one.head.value.scalars.map(\.bitPattern) == other.head.value.scalars.map(\.bitPattern))
  #expect(one.head.value.scalars != initial.scalars)
}

/// Gradients of convolutions lie in the compute library's order, in which 20 channels are filled up with zeros.
@Test(arguments: 0..<7, [20, 32])
func theOrderOfGradientsInMemoryChangesNothing(_ number: Int, channels: Int) throws {
  func noise(_ shape: Tensor.Shape, _ seed: Int) -> Tensor {
    var random = RandomStream(seed: UInt64(seed))
    return Tensor(normal: shape, random: &random)
  }
  var (ordered, plain) = (rules[number], rules[number])
  let initial = noise([3, 3, 16, channels], 1)
  let (one, other) = (Pair(initial), Pair(initial))
  for step in 2..<6 {
    let gradient = convolution2D(
      noise([3, 3, 16, 16], step), kernel: noise([3, 3, 16, channels], 9 * step), padding: .same)
    try one.step(&ordered, gradient)
    try other.step(&plain, Tensor(shape: gradient.shape, scalars: gradient.scalars))
  }
  expectClose(one.head.value, other.head.value, within: 0, "parameter")
  #expect(ordered.state.keys == plain.state.keys)
  for (name, kept) in ordered.state {
    expectClose(kept, try #require(plain.state[name]), within: 0, "\(name)")
  }
}

/// 20 channels are filled up in memory, and 0/0 there would spoil what is computed from the parameter.
@Test func whatFillsUpAGradientIsNotDividedByItself() throws {
  var random = RandomStream(seed: 1)
  func noise(_ shape: Tensor.Shape) -> Tensor { Tensor(normal: shape, random: &random) }
  let gradient = convolution2D(noise([3, 3, 16, 16]), kernel: noise([3, 3, 16, 20]), padding: .same)
  let pair = Pair(noise([3, 3, 16, 20]))
  var rule: any Optimizer = RMSprop(learningRate: 1e-2, epsilon: 0)
  try pair.step(&rule, gradient)
  let features = convolution2D(pair.head.value, kernel: noise([1, 1, 20, 32]), algorithm: .direct)
  let numbers = features.scalars
  #expect(!numbers.contains { !$0.isFinite })
}

@Test func momentaOfKerasAndPyTorchDifferOnceTheRateChanges() throws {
  let gradient = Tensor(repeating: 1, shape: [1])
  var ends: [Float] = []
  for variant in [SGD.Variant.keras, .pyTorch] {
    let pair = Pair(Tensor(zeros: [1]))
    var rule: any Optimizer = SGD(variant, learningRate: 1, momentum: 0.5)
    try pair.step(&rule, gradient)
    rule.learningRate = 0.25
    try pair.step(&rule, gradient)
    ends.append(pair.head.value.scalar)
  }
  // By hand: Keras −1 − (0.5 + 0.25), PyTorch −1 − 0.25 · 1.5.
  #expect(ends == [-1.75, -1.375])
}

@Test func groupsScaleRateAndDecayOfTheirParameters() throws {
  let pair = Pair(Tensor(repeating: 1, shape: [2]))
  let groups = [ParameterGroup(prefix: "encoder", learningRateFactor: 0.5, weightDecayFactor: 0)]
  var rule: any Optimizer = SGD(.pyTorch, learningRate: 0.25, weightDecay: 0.5, groups: groups)
  try pair.step(&rule, Tensor(repeating: 1, shape: [2]))
  // By hand: 1 − 0.125 · 1, and 1 − 0.25 · (1 + 0.5).
  #expect(pair.encoder.value.scalars == [0.875, 0.875] && pair.head.value.scalars == [0.625, 0.625])
  #expect(
    rule.summary == "SGD of PyTorch, rate 0.25, weight decay 0.5, encoder rate × 0.5 and decay × 0.0")
}

@Test(arguments: 0..<7)
func aGroupLearnsAsAnOptimizerWithItsRate(_ number: Int) throws {
  let gradients = try Golden.npz("optimizers").tensor(named: "gradients")
  let pair = Pair(try Golden.npz("optimizers").tensor(named: "initial"))
  let alone = Pair(pair.head.value)
  // The shorter prefix would give another rate; factors that are powers of 2 round nothing.
  let groups = [
    ParameterGroup(prefix: "enc", learningRateFactor: 8), .init(prefix: "encoder", learningRateFactor: 0.25),
  ]
  let grouped: [any Optimizer] = [
    RMSprop(learningRate: 1e-2, momentum: 0.9, groups: groups), SGD(.keras, momentum: 0.9, groups: groups),
    SGD(.pyTorch, momentum: 0.9, groups: groups), Adam(.keras, groups: groups),
    Adam(.pyTorch, groups: groups),
    AdamW(.keras, groups: groups), AdamW(.pyTorch, groups: groups),
  ]
  var (rule, slow) = (grouped[number], rules[number])
  slow.learningRate /= 4
  for step in 0..<5 {
    let gradient = gradients.rows([step]).reshaped(to: [4, 5])
    try pair.step(&rule, gradient)
    try alone.step(&slow, gradient)
  }
  #expect(pair.encoder.value.scalars == alone.encoder.value.scalars)
  #expect(pair.head.value.scalars != pair.encoder.value.scalars)
  #expect(rule.summary.hasSuffix(", enc rate × 8.0, encoder rate × 0.25"))
}

@Test(.exits) func aGroupWithoutParametersIsAMistake() async throws {
  let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
    let pair = Pair(Tensor(zeros: [1]))
    var rule: any Optimizer = Adam(.keras, groups: [.init(prefix: "encodre", learningRateFactor: 0.1)])
    try pair.step(&rule, Tensor(zeros: [1]))
  }
  let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
  #expect(text.contains("No parameter of this network begins with encodre"))
  #expect(text.contains("the first is called encoder"))
}
