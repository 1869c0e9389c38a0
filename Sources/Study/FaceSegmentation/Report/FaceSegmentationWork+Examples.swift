import Foundation
import GraftLayers
import GraftMetrics
import GraftDatasets
import GraftImages
import GraftModels
import GraftTensor
import GraftTraining

extension FaceSegmentationWork {
  /// Keeps the best, the median and the worst picture of a condition both of whose arms are done, with both predictions.
  ///
  /// - Parameters:
  ///   - encoders: control and gender; unchanged afterwards.
  ///   - subject: what they are.
  ///   - condition: whose decoders are read from their files.
  /// - Returns: whether that was done now, and not by an earlier call.
  func keepExamples(
    of encoders: [any ImageEncoder], of subject: FaceSegmentationStudy.Subject,
    for condition: FaceSegmentationStudy.Condition
  ) throws -> Bool {
    let name = condition.title
    guard try ExamplePictures(in: run.folder.url, encoder: subject.name, condition: name) == nil else {
      return false
    }
    guard let entries = try entries(subject, name) else { return false }
    var numbers: [String: Int] = [:]
    for (index, sample) in condition.dataset.enumerated() { numbers[sample.identifier] = index }
    let shown = entries.compactMap { entry in numbers[entry.identifier].map { (entry, $0) } }
    var pictures: [[ExamplePictures.Kind: Picture]] = []
    for (_, index) in shown { pictures.append(try Self.truth(condition, at: index)) }
    for (kind, encoder) in zip([ExamplePictures.Kind.control, .gender], encoders) {
      let masks = try predictions(
        of: shown.map { try condition.dataset[$0.1].picture.value }, by: encoder, of: subject, condition, kind
      )
      for (index, mask) in masks.enumerated() { pictures[index][kind] = mask }
    }
    _ = try ExamplePictures(
      shown.map(\.0), pictures: pictures, in: run.folder.url, encoder: subject.name, condition: name)
    return true
  }

  /// The best, the median and the worst; nil until both arms are measured.
  private func entries(
    _ subject: FaceSegmentationStudy.Subject, _ name: FaceSegmentationResults.Condition
  ) throws -> [ExamplePictures.Entry]? {
    guard let arms = try scoresOfArms(subject, name, run.results.partitions[0]) else { return nil }
    let pairs = Array(zip(arms.control.pictures, arms.gender.pictures))
    // Equal ones in their order, so that a later call would choose the same.
    let order = pairs.indices.sorted {
      let (first, second) = (pairs[$0].0.iou + pairs[$0].1.iou, pairs[$1].0.iou + pairs[$1].1.iou)
      return (second, $0) < (first, $1)
    }
    let places = [("best", 0), ("median", order.count / 2), ("worst", order.count - 1)]
    return places.map { rank, place in
      let (control, gender) = pairs[order[place]]
      return ExamplePictures.Entry(
        rank: rank, identifier: control.identifier, control: control.iou, gender: gender.iou)
    }
  }

  /// The photograph as the encoder sees it, and its mask in the same size.
  private static func truth(_ condition: FaceSegmentationStudy.Condition, at index: Int) throws
    -> [ExamplePictures.Kind: Picture]
  {
    let (photograph, mask) = try condition.dataset[index].decoded()
    let (height, width) = (mask.shape[0], mask.shape[1])
    let numbers = mask.converted(to: .float32).scalars.map { Int($0) }
    return [
      .photograph: photograph.resized(width: width, height: height, filter: .bilinear),
      .mask: Self.picture(of: numbers, condition, width: width, height: height),
    ]
  }

  /// White for the face; of more classes the number of each.
  private static func picture(
    of numbers: [Int], _ condition: FaceSegmentationStudy.Condition, width: Int, height: Int
  ) -> Picture {
    let isMask = condition.task.classNames.count == 2
    return Picture(
      width: width, height: height, channels: 1,
      pixels: numbers.map { isMask ? ($0 > 0 ? 255 : 0) : UInt8(clamping: $0) })
  }

  private func predictions(
    of pictures: [Picture], by encoder: any ImageEncoder, of subject: FaceSegmentationStudy.Subject,
    _ condition: FaceSegmentationStudy.Condition,
    _ kind: ExamplePictures.Kind
  ) throws -> [Picture] {
    let start = encoder.state
    let masks = Result { try predictedMasks(of: pictures, by: encoder, of: subject, condition, kind) }
    try encoder.load(start)
    return try masks.get()
  }

  private func predictedMasks(
    of pictures: [Picture], by encoder: any ImageEncoder, of subject: FaceSegmentationStudy.Subject,
    _ condition: FaceSegmentationStudy.Condition,
    _ kind: ExamplePictures.Kind
  ) throws -> [Picture] {
    let network = SegmentationNetwork(
      encoder: encoder,
      decoder: configuration.decoder(for: encoder, of: subject, classes: condition.task.logitCount))
    try network.read(
      from: run.folder.model("\(subject.name)-\(condition.title.name)-\(kind.rawValue)"))
    let probabilities = network.probabilities(of: pictures)
    let numbers =
      condition.task.logitCount == 1
      ? probabilities.scalars.map { $0 >= 0.5 ? 1 : 0 } : probabilities.indexOfMaximumAlongLastAxis()
    let (height, width) = (probabilities.shape[1], probabilities.shape[2])
    return pictures.indices.map { index in
      let own = numbers[index * height * width..<(index + 1) * height * width]
      return Self.picture(of: Array(own), condition, width: width, height: height)
    }
  }
}
