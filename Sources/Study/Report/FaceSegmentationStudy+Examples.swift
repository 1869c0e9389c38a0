import Foundation
import GraftLayers
import GraftMetrics
import GraftDatasets
import GraftImages
import GraftModels
import GraftTensor
import GraftTraining

extension FaceSegmentationStudy {
  /// Keeps the best, the median and the worst picture of a condition both of whose arms are done, with both predictions.
  ///
  /// - Parameters:
  ///   - encoders: control and gender; unchanged afterwards.
  ///   - subject: what they are.
  ///   - condition: whose decoders are read from their files.
  /// - Returns: whether that was done now, and not by an earlier call.
  func keepExamples(
    of encoders: [any ImageEncoder], of subject: Subject, for condition: Condition
  ) throws -> Bool {
    let name = condition.title
    guard try ExamplePictures(in: output, encoder: subject.name, condition: name) == nil else { return false }
    let ranked =
      try condition.classes == .parts
      ? entries(subject, name, by: PixelClassScore.self)
      : entries(subject, name, by: SegmentationScore.self)
    guard let entries = ranked else { return false }
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
      shown.map(\.0), pictures: pictures, in: output, encoder: subject.name, condition: name)
    return true
  }

  /// The best, the median and the worst; nil until both arms are measured.
  private func entries<Score: PictureScore>(
    _ subject: Subject, _ name: StudyResults.ConditionName, by _: Score.Type
  ) throws -> [ExamplePictures.Entry]? {
    guard let arms = try scoresOfArms(subject, name, results.partitions[0], by: Score.self) else {
      return nil
    }
    let values = zip(arms.control.score.pictureValues, arms.gender.score.pictureValues).map {
      (control: $0, gender: $1)
    }
    // Equal ones in their order, so that a later call would choose the same.
    let order = values.indices.sorted {
      let (first, second) = (values[$0].control + values[$0].gender, values[$1].control + values[$1].gender)
      return (second, $0) < (first, $1)
    }
    let places = [("best", 0), ("median", order.count / 2), ("worst", order.count - 1)]
    return places.map { rank, place in
      let index = order[place]
      return ExamplePictures.Entry(
        rank: rank, identifier: arms.control.identifiers[index], control: values[index].control,
        gender: values[index].gender)
    }
  }

  /// The photograph as the encoder sees it, and its mask in the same size.
  private static func truth(_ condition: Condition, at index: Int) throws -> [ExamplePictures.Kind: Picture] {
    let (photograph, mask) = try condition.dataset[index].decoded()
    let (height, width) = (mask.shape[0], mask.shape[1])
    let numbers = mask.converted(to: .float32).scalars.map { Int($0) }
    return [
      .photograph: photograph.resized(width: width, height: height, filter: .bilinear),
      .mask: Self.picture(of: numbers, condition, width: width, height: height),
    ]
  }

  /// White for the face; of parts the number of the class.
  private static func picture(
    of numbers: [Int], _ condition: Condition, width: Int, height: Int
  ) -> Picture {
    let isMask = condition.classes != .parts
    return Picture(
      width: width, height: height, channels: 1,
      pixels: numbers.map { isMask ? ($0 > 0 ? 255 : 0) : UInt8(clamping: $0) })
  }

  private func predictions(
    of pictures: [Picture], by encoder: any ImageEncoder, of subject: Subject, _ condition: Condition,
    _ kind: ExamplePictures.Kind
  ) throws -> [Picture] {
    let start = encoder.state
    let masks = Result { try predictedMasks(of: pictures, by: encoder, of: subject, condition, kind) }
    try encoder.load(start)
    return try masks.get()
  }

  private func predictedMasks(
    of pictures: [Picture], by encoder: any ImageEncoder, of subject: Subject, _ condition: Condition,
    _ kind: ExamplePictures.Kind
  ) throws -> [Picture] {
    let network = SegmentationNetwork(
      encoder: encoder,
      decoder: configuration.decoder(for: encoder, of: subject, classes: condition.logitCount))
    try network.read(from: modelFile("\(subject.name)-\(condition.title.text)-\(kind.rawValue)"))
    let probabilities = network.probabilities(of: pictures)
    let numbers =
      condition.classes == .parts
      ? probabilities.indexOfMaximumAlongLastAxis() : probabilities.scalars.map { $0 >= 0.5 ? 1 : 0 }
    let (height, width) = (probabilities.shape[1], probabilities.shape[2])
    return pictures.indices.map { index in
      let own = numbers[index * height * width..<(index + 1) * height * width]
      return Self.picture(of: Array(own), condition, width: width, height: height)
    }
  }
}
