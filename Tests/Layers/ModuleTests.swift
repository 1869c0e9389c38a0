import GraftLayers
import GraftTensor
import Testing

/// Two convolutions with names of their own.
private final class Small: Module {
  let first = Conv2D(inputs: 3, outputs: 4, kernelSize: 3, padding: .same, activation: .relu, random: seed)
  let second = Sequential([
    ("flatten", Flatten()), ("logits", Dense(inputs: 64, outputs: 2, kernelPenalty: L2(0.5), random: seed)),
  ])
  var members: [Member] { [.layer("first", first), .layer("second", second)] }
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    second(first(input, context), context)
  }
  private static let seed = RandomStream(seed: 3)
}

@Test func membersMakeThePaths() {
  let small = Small()
  #expect(
    small.parameters.map(\.path)
      == ["first.kernel", "first.bias", "second.logits.kernel", "second.logits.bias"])
  #expect(small.parameterCount == 3 * 3 * 3 * 4 + 4 + 64 * 2 + 2)
}

@Test func freezingByPathLeavesTheRestTrained() {
  let small = Small()
  small.freeze("first")
  #expect(small.trainableParameterCount == 130)
  #expect(small.first.isFrozen && !small.isFrozen)
  small.unfreeze("first.bias")
  #expect(small.trainableParameterCount == 134)
}

/// Two layers, the name of one of which begins with that of the other.
private final class LikeNames: Module {
  let one = Dense(inputs: 2, outputs: 2, random: RandomStream(seed: 1))
  let other = Dense(inputs: 2, outputs: 2, random: RandomStream(seed: 2))
  var members: [Member] { [.layer("first", one), .layer("first2", other)] }
  func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor { other(one(input, context), context) }
}

@Test func aNameIsNotTheBeginningOfAnother() {
  let network = LikeNames()
  network.freeze("first")
  #expect(network.one.isFrozen && network.trainableParameterCount == 6)
  network.freeze()
  network.unfreeze("first")
  #expect(network.other.isFrozen && network.trainableParameterCount == 6)
}

@Test func frozenParametersAreNotPenalized() throws {
  let small = Small()
  #expect(small.regularization(.inference) != nil)
  small.freeze("second")
  #expect(small.regularization(.inference) == nil)
  small.unfreeze("second.logits.kernel")
  #expect(small.regularization(.inference) != nil)
}

@Test func frozenPartsRecordNothing() {
  let small = Small()
  small.freeze()
  let tape = Tape()
  _ = small(Tensor(repeating: 1, shape: [1, 4, 4, 3]), .training(tape, random: RandomStream(seed: 1)))
  #expect(tape.count == 0)
}

@Test func penaltyIsKerasL2() throws {
  let small = Small()
  let expected = 0.5 * small.parameters[2].parameter.value.scalars.reduce(0) { $0 + Double($1) * Double($1) }
  let penalty = try #require(small.regularization(.inference))
  #expect(abs(Double(penalty.scalar) - expected) <= 1e-6 * expected)
}

@Test func stateIsLoadedWholeOrNotAtAll() throws {
  let (small, other) = (Small(), Small())
  other.first.bias?.value = Tensor(repeating: 7, shape: [4])
  try small.load(other.state)
  #expect(small.first.bias?.value.scalars == [7, 7, 7, 7])
  var damaged = other.state
  damaged["second.logits.bias"] = nil
  damaged["first.bias"] = Tensor(zeros: [5])
  damaged["extra"] = Tensor(0)
  #expect {
    try small.load(damaged)
  } throws: { error in
    let text = "\(error)"
    return text.contains("second.logits.bias") && text.contains("extra") && text.contains("5 and should be 4")
  }
  #expect(small.first.bias?.value.scalars == [7, 7, 7, 7])
}

@Test func summaryNamesShapesCountsAndLocks() {
  let small = Small()
  small.freeze("first")
  let summary = small.summary(inputShape: [1, 4, 4, 3])
  #expect(summary.contains("1×4×4×4") && summary.contains("🔒 frozen"))
  #expect(summary.hasSuffix("242 parameters, 130 of them trained"))
}

@Test func heNormalHasTheTwoDeviationsOfKeras() {
  for (isCorrected, deviation) in [(true, 0.0625), (false, 0.054978)] {
    let layer = Dense(
      inputs: 512, outputs: 200, kernelInitializer: .heNormal(correctingForTruncation: isCorrected),
      random: RandomStream(seed: 5))
    let values = layer.kernel.value.scalars
    let square = values.reduce(0) { $0 + Double($1 * $1) } / Double(values.count)
    #expect(abs(square.squareRoot() / deviation - 1) < 0.01)
  }
}

@Test func bilinearKernelMagnifiesAConstant() {
  let layer = ConvTranspose2D(
    inputs: 1, outputs: 1, kernelSize: 64, stride: 32, padding: .same, usesBias: false,
    kernelInitializer: .bilinear,
    random: RandomStream(seed: 0))
  let output = layer(Tensor(repeating: 1, shape: [1, 7, 7, 1]), .inference)
  #expect(output.shape == [1, 224, 224, 1])
  let values = output.scalars
  #expect(abs(values[112 * 224 + 112] - 1) < 1e-6)
  #expect(abs(values[0] - 0.265869) < 1e-5)
}

@Test func operationsAreCountedByLayer() {
  let counts = Small().floatingPointOperations(inputShape: [2, 4, 4, 3])
  #expect(counts.map(\.path) == ["first", "second.logits"])
  // Two pictures: 3×3×3×4 products at 16 places, and 64×2 products.
  #expect(counts.map(\.count) == [2 * 2 * 16 * 108, 2 * 2 * 128])
  #expect(Small().operationCount(for: [2, 4, 4, 3]) == 2 * 2 * 16 * 108 + 2 * 2 * 128)
  #expect(Small().second.operationCount(for: [1, 64]) == 2 * 128)
  let enlarging = ConvTranspose2D(
    inputs: 2, outputs: 3, kernelSize: 4, stride: 2, padding: .same, random: RandomStream(seed: 1))
  let enlargement = Sequential([("enlarge", enlarging)]).floatingPointOperations(inputShape: [1, 5, 5, 2])
  #expect(enlargement.map(\.count) == [2 * 25 * 4 * 4 * 2 * 3])
}

@Test func whatIsDrawnInInferenceDependsOnNoOtherPass() {
  let first = Context.inference
  let numbers = (0..<2).map { _ in first.nextRandomStream() }
  // A copy counts on; another context begins anew.
  var copy = first
  copy.convolutionAlgorithm = .direct
  let third = copy.nextRandomStream()
  #expect(numbers[0] != numbers[1] && third != numbers[0] && third != numbers[1])
  let second = Context.inference
  #expect((0..<3).map { _ in second.nextRandomStream() } == numbers + [third])
}
