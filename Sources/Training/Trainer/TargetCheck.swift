import GraftDatasets
import GraftTensor

/// Looks whether the targets of a data set fit what a network gives and its loss takes.
struct TargetCheck: Sendable {
  /// For one sample: classes, or height, width and classes.
  private let logits: Tensor.Shape
  private let ignoredClass: Int?

  init(_ network: TrainedNetwork, ignoring ignoredClass: Int? = nil) {
    logits = network.logitShape
    self.ignoredClass = ignoredClass
  }

  /// - Throws: `DatasetError` with the sample's name.
  func check(_ target: Tensor, at index: Int, of dataset: Dataset) throws {
    switch logits.rank {
    case 1 where target.scalarType == .int32 && target.shape.rank == 0:
      try check([Int(target.scalar)], below: logits[0], at: index, of: dataset)
    case 3 where target.shape.rank == 3:
      guard target.shape[0] == logits[0], target.shape[1] == logits[1] else {
        throw DatasetError(
          dataset.name,
          "the mask of \(dataset[index].identifier) is \(target.shape[1])×\(target.shape[0]) pixels, and the network "
            + "gives \(logits[1])×\(logits[0])",
          remedy:
            "Have the data set make masks of the network's size, or give the network an input of another size."
        )
      }
      guard logits[2] > 1, target.shape[2] == 1, target.scalarType != .float32 else { return }
      let numbers = Set(target.converted(to: .float32).scalars).map { Int($0) }.sorted()
      try check(numbers.filter { $0 != ignoredClass }, below: logits[2], at: index, of: dataset)
    // All else is between the loss and the data set.
    default: return
    }
  }

  private func check(
    _ numbers: [Int], below count: Int, at index: Int, of dataset: Dataset
  ) throws {
    guard let wrong = numbers.first(where: { !(0..<count).contains($0) }) else { return }
    throw DatasetError(
      dataset.name,
      "\(dataset[index].identifier) has class number \(wrong), and the network's \(count) classes are 0 to \(count - 1)",
      remedy: "Number the classes from 0, and give the network as many outputs as there are classes.")
  }
}
