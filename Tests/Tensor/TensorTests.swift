import GraftTensor
import Testing

private func counting(_ shape: Tensor.Shape) -> Tensor {
  Tensor(shape: shape, scalars: (0..<shape.scalarCount).map(Float.init))
}

// MARK: Values

@Test func writingACopyLeavesTheOriginal() {
  let original = counting([4])
  var copy = original
  copy.withUnsafeMutableScalars { $0[0] = 9 }
  #expect(original.scalars == [0, 1, 2, 3])
  #expect(copy.scalars == [9, 1, 2, 3])
}

@Test func writingWhatNobodyElseHoldsHappensInPlace() {
  var tensor = Tensor(zeros: [100_000])
  let before = tensor.withUnsafeScalars { $0.baseAddress }
  tensor.add(Tensor(repeating: 1, shape: [100_000]), scaledBy: 2)
  let after = tensor.withUnsafeScalars { $0.baseAddress }
  #expect(before == after)
  #expect(tensor.scalars.allSatisfy { $0 == 2 })
}

@Test func writingLeavesBorrowedMemoryUnchanged() {
  final class Owner {
    let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 2)
    init() { memory.initialize(repeating: 5) }
    deinit { memory.deallocate() }
  }
  let owner = Owner()
  var tensor = Tensor(
    shape: [2], scalarType: .float32, borrowing: UnsafeRawBufferPointer(owner.memory), owner: owner)
  tensor.withUnsafeMutableScalars { $0[0] = 1 }
  #expect(tensor.scalars == [1, 5])
  #expect(Array(owner.memory) == [5, 5])
}

@Test func aKernelWrittenInPlaceIsPackedAnew() {
  let image = Tensor(repeating: 1, shape: [1, 4, 4, 16])
  var kernel = Tensor(repeating: 1, shape: [3, 3, 16, 16])
  #expect(convolution2D(image, kernel: kernel).scalars[0] == 144)
  kernel.withUnsafeMutableScalars { $0.update(repeating: 2) }
  #expect(convolution2D(image, kernel: kernel).scalars[0] == 288)
}

@Test func tensorsWithoutScalarsGoThroughOperations() {
  let empty = Tensor(zeros: [0, 3])
  #expect(relu(empty).shape == [0, 3])
  #expect((empty + 1).scalars.isEmpty)
  #expect(empty.sum().scalar == 0)
  #expect(empty.sum(alongAxes: [0]).scalars == [0, 0, 0])
  #expect(matrixProduct(empty, Tensor(zeros: [3, 2])).shape == [0, 2])
  #expect(matrixProduct(Tensor(zeros: [2, 0]), Tensor(zeros: [0, 2])).scalars == [0, 0, 0, 0])
  #expect(empty.transposed.shape == [3, 0])
  #expect(softmax(empty).shape == [0, 3])
  #expect(empty.rows([]).shape == [0, 3])
}

@Test func scalarsOfNoAxesGoThroughOperations() {
  let number = Tensor(2)
  #expect(number.shape == [])
  #expect(exp(number - 2).scalar == 1)
  #expect(number.sum().scalar == 2)
  #expect(number.mean().scalar == 2)
  #expect(number.reshaped(to: [1, 1]).shape == [1, 1])
  #expect(number.broadcast(to: [2, 2]).scalars == [2, 2, 2, 2])
}

@Test func axesOfLengthOneTakePartInArithmetic() {
  let (left, right) = (counting([2, 1, 3, 1]), counting([1, 4, 3, 1]) * 10)
  let sum = (left + right).scalars
  for batch in 0..<2 {
    for row in 0..<4 {
      for column in 0..<3 {
        let expected = left.scalars[batch * 3 + column] + right.scalars[row * 3 + column]
        #expect(sum[(batch * 4 + row) * 3 + column] == expected)
      }
    }
  }
  #expect((Tensor(repeating: 2, shape: [1, 1]) * Tensor(repeating: 3, shape: [1])).scalars == [6])
}

// MARK: Shapes, rows and types

@Test func rowsAreCopiedInTheOrderAsked() {
  let rows = counting([3, 2]).rows([2, 0, 2])
  #expect(rows.shape == [3, 2])
  #expect(rows.scalars == [4, 5, 0, 1, 4, 5])
  let labels = Tensor(shape: [3], integers: [7, 8, 9]).rows([1])
  #expect(labels.scalarType == .int32)
  #expect(labels.scalars == [8])
}

@Test func stackingIsUndoneByRows() {
  let parts = [counting([2, 2]), counting([2, 2]) + 10]
  let stacked = Tensor.stacked(parts)
  #expect(stacked.shape == [2, 2, 2])
  #expect(stacked.rows([1]).reshaped(to: [2, 2]).scalars == parts[1].scalars)
}

@Test(arguments: [ScalarType.uint8, .int32, .bfloat16])
func smallIntegersSurviveEveryType(type: ScalarType) {
  let tensor = counting([250])
  let converted = tensor.converted(to: type)
  #expect(converted.scalarType == type)
  #expect(converted.scalars == tensor.scalars)
  for other in ScalarType.allCases { #expect(converted.converted(to: other).scalars == tensor.scalars) }
}

@Test func bfloat16RoundsToTheNearestAndTiesToEven() {
  // 1 + 2⁻⁸ lies between 1 and 1 + 2⁻⁷; so does 1 + 3·2⁻⁸ between 1 + 2⁻⁷ and 1 + 2⁻⁶.
  let tensor = Tensor(shape: [5], scalars: [1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1.1p-8, .infinity, -0.0])
  let rounded = tensor.converted(to: .bfloat16).scalars
  #expect(rounded == [1, 1 + 0x1p-6, 1 + 0x1p-7, .infinity, -0.0])
  #expect(rounded[4].sign == .minus)
  #expect(Tensor(.nan).converted(to: .bfloat16).scalar.isNaN)
}

@Test func ofEqualValuesTheFirstIsTheLargest() throws {
  let tensor = Tensor(shape: [2, 3], scalars: [1, 5, 5, 2, 2, 1])
  #expect(tensor.indexOfMaximumAlongLastAxis() == [1, 0])
  let tape = Tape()
  let x = tape.track(tensor)
  let gradients = try tape.gradients(of: x.max(alongAxes: [1]).sum())
  #expect(gradients[x]?.scalars == [0, 1, 0, 1, 0, 0])
}

@Test func sumsAreAddedUpInDoublePrecision() {
  let count = 3_000_001
  let tensor = Tensor(repeating: 0.1, shape: [count])
  #expect(tensor.sum().scalar == Float(Double(Float(0.1)) * Double(count)))
}
