import GraftTensor

extension Tensor {
  /// The targets of a binary loss as float32 from 0 to 1, checked against what was predicted.
  func foregroundShares(for predictions: Tensor, of loss: String) -> Tensor {
    require(
      shape == predictions.shape,
      "\(loss) compares predictions and targets of one shape, not \(predictions.shape) and \(shape).")
    require(
      scalarCount > 0, "The mean of no losses is not defined: the predictions have shape \(shape).")
    if scalarType == .float32 { return detached }
    require(scalarType == .uint8, "Targets of \(loss) are float32 or uint8, not \(scalarType).")
    return Tensor(shape: shape) { shares in
      withUnsafeBytes { bytes in
        for (index, byte) in bytes.enumerated() { shares[index] = byte == 0 ? 0 : 1 }
      }
    }
  }

  /// The targets of a loss over classes as float32 shares of each class: class numbers become one-hot rows.
  func classShares(for predictions: Tensor, of loss: String) -> Tensor {
    require(
      predictions.shape.rank == 2 && predictions.scalarCount > 0,
      "\(loss) takes predictions of shape N×classes, not \(predictions.shape).")
    let (rows, classes) = (predictions.shape[0], predictions.shape[1])
    if scalarType == .int32 {
      let numbers = classNumbers(count: rows, below: classes)
      return Tensor(shape: predictions.shape) { shares in
        shares.initialize(repeating: 0)
        for (row, number) in numbers.enumerated() { shares[row * classes + number] = 1 }
      }
    }
    require(
      scalarType == .float32,
      "Targets of \(loss) are int32 class numbers or float32 shares, not \(scalarType).")
    require(
      shape == predictions.shape,
      "Targets of shape \(shape) do not fit predictions of shape \(predictions.shape).")
    return detached
  }
}
