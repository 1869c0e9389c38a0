import GraftTensor
import TestSupport
import Testing

@Test func operationsOnFrozenValuesRecordNothing() {
  let tape = Tape()
  let x = Tensor(repeating: 1, shape: [1, 4, 4, 16])
  let kernel = Tensor(repeating: 1, shape: [3, 3, 16, 16])
  let result = maxPooling2D(relu(convolution2D(x, kernel: kernel)) * 2, window: (2, 2)).mean()
  #expect(tape.count == 0)
  #expect(!result.isTracked)
}

@Test func aFrozenPrefixCostsNoEntries() throws {
  let tape = Tape()
  let weight = tape.track(Tensor(repeating: 2, shape: [3]))
  let frozen = relu(Tensor(repeating: 1, shape: [3]) + 1)
  #expect(tape.count == 1)
  let loss = (frozen * weight).sum()
  #expect(loss.isTracked)
  #expect(try tape.gradients(of: loss)[weight]?.scalars == [2, 2, 2])
}

@Test func aValueUsedTwiceGetsBothGradients() throws {
  let tape = Tape()
  let x = tape.track(Tensor(shape: [2], scalars: [3, 4]))
  #expect(try tape.gradients(of: (x * x + x).sum())[x]?.scalars == [7, 9])
}

@Test func aValueThatTheLossDoesNotUseHasNoGradient() throws {
  let tape = Tape()
  let (x, unused) = (tape.track(Tensor(1)), tape.track(Tensor(2)))
  let later = x * 3
  let gradients = try tape.gradients(of: later)
  #expect(gradients[x]?.scalar == 3)
  #expect(gradients[unused] == nil)
}

@Test func whatIsComputedAfterTheLossDoesNotCount() throws {
  let tape = Tape()
  let x = tape.track(Tensor(2))
  let loss = x * x
  let afterwards = loss * 100
  #expect(try tape.gradients(of: loss)[x]?.scalar == 4)
  #expect(afterwards.scalar == 400)
}

@Test func aDetachedValueStopsGradients() throws {
  let tape = Tape()
  let x = tape.track(Tensor(3))
  #expect(try tape.gradients(of: x * x.detached)[x]?.scalar == 3)
}

@Test func aTapeIsSpentOnce() throws {
  let tape = Tape()
  let x = tape.track(Tensor(3))
  let loss = x * 2
  _ = try tape.gradients(of: loss)
  #expect(tape.count == 0)
  #expect(throws: TapeError.self) { try tape.gradients(of: loss) }
}

@Test func onlyANumberThatDependsOnTheTapeIsALoss() {
  let tape = Tape()
  let x = tape.track(Tensor(shape: [2], scalars: [1, 2]))
  #expect(throws: TapeError.self) { try tape.gradients(of: x) }
  #expect(throws: TapeError.self) { try tape.gradients(of: Tensor(1)) }
  #expect(throws: TapeError.self) { try tape.gradients(of: Tape().track(Tensor(1))) }
}

@Test func aNetworkCutInTwoHasTheGradientsOfTheWhole() throws {
  let start = Tensor(shape: [3], scalars: [0.5, -1, 2])
  let whole = Tape()
  let x = whole.track(start)
  let expected = try whole.gradients(of: tanh(exp(x) * 2).sum())[x]?.scalars

  let (first, second) = (Tape(), Tape())
  let input = first.track(start)
  let middle = exp(input)
  let cut = second.track(middle.detached)
  let arriving = try #require(try second.gradients(of: tanh(cut * 2).sum())[cut])
  #expect(try first.gradients(of: middle, startingFrom: arriving)[input]?.scalars == expected)
}

@Test func aDeepChainIsFreedWithoutRecursion() throws {
  let tape = Tape()
  let x = tape.track(Tensor(1))
  var value = x
  for _ in 0..<100_000 { value = value + 0 }
  #expect(try tape.gradients(of: value)[x]?.scalar == 1)
}

@Test(.exits) func aTrackedValueCannotBeChangedInPlace() async {
  await #expect(processExitsWith: .failure) {
    var x = Tape().track(Tensor(1))
    x.withUnsafeMutableScalars { $0[0] = 2 }
  }
}

@Test(.exits) func valuesOfTwoTapesCannotBeMixed() async {
  await #expect(processExitsWith: .failure) {
    _ = Tape().track(Tensor(1)) + Tape().track(Tensor(2))
  }
}
