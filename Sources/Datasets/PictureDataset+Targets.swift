import GraftTensor

extension PictureDataset {
  /// The targets of some samples: N class numbers (int32), or masks (uint8, N,H,W,1).
  ///
  /// - Throws: ``DatasetError`` with the name of the sample if a class number is not one of ``classNames``, or if a target is not
  ///   of the type and shape of the others; whatever reading targets throws.
  public func targets(at indices: some Collection<Int>) throws -> Tensor {
    try stacked(indices.map { (index: $0, target: try target(at: $0)) })
  }

  /// The targets of samples in one tensor.
  func stacked(_ targets: [(index: Int, target: Tensor)]) throws -> Tensor {
    func form(_ sample: (index: Int, target: Tensor)) -> String {
      "\(identifier(at: sample.index)) is \(sample.target.scalarType) of shape \(sample.target.shape)"
    }
    for sample in targets {
      try check(sample.target, of: sample.index)
      let first = targets[0]
      guard sample.target.shape == first.target.shape, sample.target.scalarType == first.target.scalarType
      else {
        throw DatasetError(
          name, "the target of \(form(sample)), and that of \(form(first))",
          remedy: "Bring all masks to one size.")
      }
    }
    return .stacked(targets.map(\.target))
  }

  /// Refuses a number of a class that there is not. Numbers in masks are left to the training, which knows whether one of them
  /// stands for pixels that count nothing.
  private func check(_ target: Tensor, of index: Int) throws {
    guard target.scalarType == .int32, target.shape.rank == 0, !classNames.isEmpty else { return }
    _ = try classNumber(target, of: index)
  }

  /// The class number that a target of one number holds.
  ///
  /// - Throws: ``DatasetError`` with the name of the sample if it is not one of ``classNames``.
  func classNumber(_ target: Tensor, of index: Int) throws -> Int {
    let number = Int(target.scalar)
    guard classNames.indices.contains(number) else {
      throw DatasetError(
        name,
        "\(identifier(at: index)) has class number \(number), and there are \(classNames.count) classes",
        remedy: "Number the classes from 0.")
    }
    return number
  }
}
