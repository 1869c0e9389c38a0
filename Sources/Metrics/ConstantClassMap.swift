import GraftTensor

/// What a training part most often has at each pixel: a prediction of classes that looks at no picture, and the least that
/// a network has to beat.
///
/// ```swift
/// var baseline = ConstantClassMap(classCount: 3)
/// for batch in training { baseline.add(batch.targets) }
/// var score = PixelClassScore(classCount: 3)
/// for batch in validation { score.add(pixelLogits: baseline.shares(for: batch.targets), labels: batch.targets) }
/// ```
public struct ConstantClassMap: Sendable, Hashable, Codable {
  /// How many classes there are.
  public let classCount: Int
  /// How many maps were added.
  public private(set) var mapCount = 0
  /// How many pixels one map has; nil before the first.
  private var pixelCount: Int?
  /// In how many maps each pixel has each class, pixel by pixel.
  private var counts: [Int] = []

  /// Begins with no maps of `classCount` classes.
  public init(classCount: Int) {
    require(classCount > 0, "A map of classes needs at least one class.")
    self.classCount = classCount
  }

  /// Adds a batch.
  ///
  /// - Parameter labels: the class number of each pixel, along the first axis, all of one size: N×H×W×1, or N×H×W; uint8 or
  ///   int32.
  public mutating func add(_ labels: Tensor) {
    let size = labels.scalarCount / Swift.max(labels.shape[0], 1)
    require(
      pixelCount == nil || pixelCount == size,
      "Maps of \(size) pixels have no common counts with those before, of \(pixelCount ?? size).")
    if pixelCount == nil { (pixelCount, counts) = (size, Array(repeating: 0, count: size * classCount)) }
    require(
      labels.scalarType == .int32 || labels.scalarType == .uint8,
      "Labels are int32 or uint8, not \(labels.scalarType).")
    let numbers = labels.rowMajor.withUnsafeBytes { bytes in
      labels.scalarType == .uint8 ? bytes.map(Int.init) : bytes.bindMemory(to: Int32.self).map(Int.init)
    }
    checkClassNumbers(numbers, below: classCount)
    for (pixel, number) in numbers.enumerated() { counts[pixel % size * classCount + number] += 1 }
    mapCount += labels.shape[0]
  }

  /// The share of maps in which each pixel has each class, as the prediction for every image of a batch; the class with the
  /// greatest is the most frequent one.
  ///
  /// - Parameter labels: the true classes of that batch, of which only the shape counts.
  /// - Returns: float32, N×H×W×classes.
  public func shares(for labels: Tensor) -> Tensor {
    require(mapCount > 0, "What is most frequent in no maps is not defined: add the training part's first.")
    let shape = labels.shape
    require(
      shape.rank >= 3 && shape[1] * shape[2] == pixelCount,
      "This constant map has \(pixelCount ?? 0) pixels, and no prediction for labels of shape \(shape).")
    require(
      counts.count == shape[1] * shape[2] * classCount,
      "This constant map has \(counts.count) counts for \(shape[1] * shape[2]) pixels of \(classCount) classes."
    )
    let shares = counts.map { Float($0) / Float(mapCount) }
    return Tensor(shape: [shape[0], shape[1], shape[2], classCount]) { scalars in
      for start in stride(from: 0, to: scalars.count, by: Swift.max(shares.count, 1)) {
        _ = UnsafeMutableBufferPointer(rebasing: scalars[start...]).update(fromContentsOf: shares)
      }
    }
  }
}
