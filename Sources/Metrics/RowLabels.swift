import GraftTensor

extension Tensor {
  /// One class number for each row along the last axis of logits, checked; −1 stands for the ignored one.
  func rowLabels(for logits: Tensor, ignoring ignored: Int?) -> [Int32] {
    require(
      logits.shape.rank >= 2 && logits.scalarCount > 0,
      "Labels need logits of shape N×classes or N×H×W×classes, not \(logits.shape).")
    let classes = logits.shape[logits.shape.rank - 1]
    let expected = Tensor.Shape(Array(logits.shape.dropLast()))
    require(
      shape == expected || shape == Tensor.Shape(Array(expected) + [1]),
      "Logits of shape \(logits.shape) need labels of shape \(expected), not \(shape).")
    require(
      scalarType == .int32 || scalarType == .uint8, "Labels are int32 or uint8, not \(scalarType).")
    let numbers = withUnsafeBytes { bytes in
      scalarType == .uint8 ? bytes.map(Int32.init) : Array(bytes.bindMemory(to: Int32.self))
    }
    return numbers.enumerated().map { row, number in
      if let ignored, Int(number) == ignored { return -1 }
      require(
        (0..<classes).contains(Int(number)),
        "Label \(row) of the batch is \(number), and the \(classes) classes are 0 to \(classes - 1)\(ignored.map { "; ignored is \($0)" } ?? "")."
      )
      return number
    }
  }
}
