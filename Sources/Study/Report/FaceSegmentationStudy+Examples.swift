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
    let name = StudyResults.ConditionName(dataset: condition.name, hair: condition.hair)
    guard try ExamplePictures(in: output, encoder: subject.name, condition: name) == nil else { return false }
    let folder = try StudyFolder(output)
    guard let control = try folder.scores(subject.name, name, .control),
      let gender = try folder.scores(subject.name, name, .gender)
    else { return false }
    let entries = Self.entries(control, gender)
    var numbers: [String: Int] = [:]
    for index in 0..<condition.dataset.count { numbers[condition.dataset.identifier(at: index)] = index }
    let shown = entries.compactMap { entry in numbers[entry.identifier].map { (entry, $0) } }
    var pictures: [[ExamplePictures.Kind: Picture]] = []
    for (_, index) in shown { pictures.append(try Self.truth(condition.dataset, at: index, for: encoders)) }
    for (kind, encoder) in zip([ExamplePictures.Kind.control, .gender], encoders) {
      let masks = try predictions(
        of: shown.map { try condition.dataset.picture(at: $0.1) }, by: encoder, of: subject, name, kind)
      for (index, mask) in masks.enumerated() { pictures[index][kind] = mask }
    }
    _ = try ExamplePictures(
      shown.map(\.0), pictures: pictures, in: output, encoder: subject.name, condition: name)
    return true
  }

  private static func entries(_ control: ImageScores, _ gender: ImageScores) -> [ExamplePictures.Entry] {
    let values = zip(control.score.perImageHardIoUs, gender.score.perImageHardIoUs).map {
      (control: $0 ?? 1, gender: $1 ?? 1)
    }
    // Equal ones in their order, so that a later call would choose the same.
    let order = values.indices.sorted {
      let (first, second) = (values[$0].control + values[$0].gender, values[$1].control + values[$1].gender)
      return (second, $0) < (first, $1)
    }
    let places = [("best", 0), ("median", order.count / 2), ("worst", order.count - 1)]
    return places.map { rank, place in
      let index = order[place]
      return .init(
        rank: rank, identifier: control.identifiers[index], control: values[index].control,
        gender: values[index].gender)
    }
  }

  /// The photograph as the encoder sees it, and its mask in the same size.
  private static func truth(
    _ dataset: any PictureDataset, at index: Int, for encoders: [any ImageEncoder]
  ) throws -> [ExamplePictures.Kind: Picture] {
    let mask = try dataset.target(at: index)
    let (height, width) = (mask.shape[0], mask.shape[1])
    let photograph = try dataset.picture(at: index).resized(width: width, height: height, filter: .bilinear)
    let pixels = mask.converted(to: .float32).scalars.map { $0 > 0 ? UInt8(255) : 0 }
    return [
      .photograph: photograph, .mask: Picture(width: width, height: height, channels: 1, pixels: pixels),
    ]
  }

  private func predictions(
    of pictures: [Picture], by encoder: any ImageEncoder, of subject: Subject,
    _ condition: StudyResults.ConditionName, _ kind: ExamplePictures.Kind
  ) throws -> [Picture] {
    let start = encoder.state
    defer { try? encoder.load(start) }
    let network = SegmentationNetwork(
      encoder: encoder, decoder: configuration.decoder(for: encoder, of: subject))
    try network.read(from: modelFile("\(subject.name)-\(condition.text)-\(kind.rawValue)"))
    let probabilities = network.probabilities(of: pictures)
    let (height, width) = (probabilities.shape[1], probabilities.shape[2])
    let scalars = probabilities.scalars
    return pictures.indices.map { index in
      let own = scalars[index * height * width..<(index + 1) * height * width]
      return Picture(
        width: width, height: height, channels: 1, pixels: own.map { $0 >= 0.5 ? UInt8(255) : 0 })
    }
  }
}
