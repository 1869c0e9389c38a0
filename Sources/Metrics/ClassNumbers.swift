import GraftTensor

extension Tensor {
  /// The class numbers of a batch as integers. Ends the program if one is out of range.
  func classNumbers(count: Int, below classes: Int) -> [Int] {
    require(
      scalarType == .int32 && shape == [count],
      "Class numbers of \(count) samples are int32 of shape \(count), not \(scalarType) of shape \(shape).")
    let numbers = withUnsafeBytes { $0.bindMemory(to: Int32.self).map(Int.init) }
    checkClassNumbers(numbers, below: classes)
    return numbers
  }
}

/// Ends the program if a class number is out of range.
func checkClassNumbers(_ numbers: [Int], below classes: Int) {
  for (sample, number) in numbers.enumerated() {
    require(
      (0..<classes).contains(number),
      "Sample \(sample) of the batch has class number \(number), and the \(classes) classes are 0 to \(classes - 1)."
    )
  }
}
