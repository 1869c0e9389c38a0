import GraftImages
import GraftTensor

extension Dataset {
  /// The targets of some samples: N class numbers (int32), or masks (uint8, N,H,W,1).
  ///
  /// - Throws: ``DatasetError`` with the name of the sample if a class number is not one of ``classNames``, or if a target is not
  ///   of the type and shape of the others; whatever decoding targets throws.
  public func targets(at indices: some Collection<Int>) throws -> Tensor {
    try stacked(indices.map { (index: $0, target: try self[$0].target.value) })
  }

  /// Some samples as tensors, decoded and preprocessed.
  ///
  /// - Throws: ``DatasetError``, as ``targets(at:)`` does; whatever decoding pictures and targets throws.
  public func batch(at indices: [Int], preprocessing: Preprocessing) throws -> Batch {
    let samples = try indices.map { (index: $0, content: try self[$0].decoded()) }
    return Batch(
      indices: indices, inputs: preprocessing.tensor(of: samples.map(\.content.picture)),
      targets: try stacked(samples.map { ($0.index, $0.content.target) }))
  }

  /// The number of a sample's class.
  ///
  /// - Throws: ``DatasetError`` with the name of the sample if it has none, or one that is none of ``classNames``.
  public func label(at index: Int) throws -> Int {
    guard let number = self[index].target.label else {
      throw DatasetError(
        name, "\(self[index].identifier) has a mask and no class",
        remedy: "Use a data set of classes, or weights of your own.")
    }
    guard classNames.indices.contains(number) else {
      throw DatasetError(
        name,
        "\(self[index].identifier) has class number \(number), and there are \(classNames.count) classes",
        remedy: "Number the classes from 0.")
    }
    return number
  }

  /// The targets of samples in one tensor. Numbers in masks are left to the training, which knows whether one of them
  /// stands for pixels that count nothing.
  func stacked(_ targets: [(index: Int, target: Tensor)]) throws -> Tensor {
    func form(_ sample: (index: Int, target: Tensor)) -> String {
      "\(self[sample.index].identifier) is \(sample.target.scalarType) of shape \(sample.target.shape)"
    }
    for sample in targets {
      if self[sample.index].target.label != nil { _ = try label(at: sample.index) }
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
}

// MARK: Weights by class

extension Dataset {
  /// A weight for each sample: that of its class.
  ///
  /// - Parameter weights: one for each of ``classNames``.
  /// - Throws: ``DatasetError`` if a sample has no class of ``classNames``.
  public func sampleWeights(forClasses weights: [Double]) throws -> [Double] {
    require(
      weights.count == classNames.count,
      "The \(classNames.count) classes of \(name) take as many weights, not \(weights.count).")
    return try indices.map { weights[try label(at: $0)] }
  }

  /// A weight for each sample by which every class that has samples is drawn equally often: 1 / samples of its class.
  ///
  /// - Throws: ``DatasetError`` if a sample has no class of ``classNames``.
  public func balancingWeights() throws -> [Double] {
    let numbers = try indices.map(label(at:))
    let counts = numbers.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return numbers.map { 1 / Double(counts[$0] ?? 1) }
  }
}
