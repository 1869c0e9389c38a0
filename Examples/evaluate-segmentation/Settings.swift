import ArgumentParser
import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

/// What a network's card says about how it was measured.
struct Settings {
  /// `lfw` or `helen`; of a study on drawn faces, another.
  let dataset: String
  private let classes: FaceClasses
  private let classNames: [String]
  private let maskResizing: (lfw: Mask.Resizing, helen: Mask.Resizing)
  private let threshold: HELEN.ThresholdRule
  private let featureType: ScalarType
  private let algorithm: ConvolutionAlgorithm
  /// A stage of the encoder, or `none`.
  private let frozenThrough: EncoderStage.Name

  init(_ card: ModelCard, of file: URL, stages: [EncoderStage]) throws {
    let settings = card.settings ?? [:]
    classNames = card.classNames ?? []
    guard let dataset = settings["dataset"], let classes = settings["classes"].flatMap(FaceClasses.init)
    else {
      throw ValidationError(
        "\(file.shownRelativePath): it records no data set, so its masks cannot be made as for its training: "
          + "name pictures and masks with --images and --masks, or a network of a study's models folder.")
    }
    self.dataset = dataset
    self.classes = classes
    func value<Value>(_ key: String, _ parsed: (String) -> Value?) throws -> Value {
      guard let text = settings[key] else {
        throw WeightFileError(
          .unsupported, file, part: "settings",
          "they have no \(key), so the scores cannot be computed as they were",
          remedy: "Name a network that a study of this version wrote.")
      }
      guard let value = parsed(text) else {
        throw WeightFileError(
          .unsupported, file, part: "settings", "their \(key) is \"\(text)\", which is not known",
          remedy: "Name a network that a study of this version wrote.")
      }
      return value
    }
    maskResizing = (
      try value("lfwMasks", Mask.Resizing.init), try value("helenMasks", Mask.Resizing.init)
    )
    threshold = try value("helenThreshold", HELEN.ThresholdRule.init)
    frozenThrough = try value("frozenThrough") { name in
      name == "none" || stages.contains { $0.name == name } ? name : nil
    }
    featureType = try value("featureType", ScalarType.init)
    algorithm = try value("convolutions", ConvolutionAlgorithm.init)
  }

  /// The faces with what the network was to learn of them.
  func faces(
    _ dataset: DataOptions.Published, in folder: URL, preprocessing: Preprocessing
  ) throws -> GraftDatasets.Dataset {
    let size = Mask.Size(width: preprocessing.width, height: preprocessing.height)
    let faces =
      switch dataset {
      case .lfw:
        try LFWParts(directory: folder).dataset(
          classes: classes, maskSize: size, maskResizing: maskResizing.lfw)
      case .helen:
        try HELEN(directory: folder).dataset(
          classes: classes, threshold: threshold, maskSize: size, maskResizing: maskResizing.helen)
      }
    // One map of logits stands for the second of two classes.
    let names = faces.targets.logitCount == 1 ? [faces.classNames[1]] : faces.classNames
    guard names == classNames else {
      throw ValidationError(
        "--dataset \(dataset): its classes are \(names.joined(separator: ", ")), and the network tells "
          + "\(classNames.joined(separator: ", ")) apart: name the data set that it was trained on.")
    }
    return faces
  }

  /// The network's masks beside the true ones, computed as after an epoch of its training, to the last bit on the same
  /// kind of machine; and those that are the same for every picture.
  func measurements(of network: SegmentationNetwork, on parts: Split.Parts) throws -> [MeasuredPart] {
    try parts.measured {
      try measurement(of: network, on: $0, trainedOn: parts.training, name: $1, prefix: $2)
    }
  }

  /// The same for data that the network did not learn from, without a constant mask, which a training part makes.
  func measurement(
    of network: SegmentationNetwork, onAllOf faces: GraftDatasets.Dataset
  ) throws -> MeasuredPart {
    try measurement(of: network, on: faces, trainedOn: nil, name: "all pictures", prefix: "")
  }

  private func measurement(
    of network: SegmentationNetwork, on faces: GraftDatasets.Dataset,
    trainedOn training: GraftDatasets.Dataset?, name: String, prefix: String
  ) throws -> MeasuredPart {
    let task = SegmentationTask(faces)
    let trainer = measuringTrainer(network, task)
    defer { try? FileManager.default.removeItem(at: trainer.folder) }
    return MeasuredPart(
      name: name, prefix: prefix,
      network: try task.counts(by: trainer.trainer, over: faces).figures(classNames: task.classNames),
      constantMask: try training.map {
        try task.constantMaskCounts(of: $0, for: faces).figures(classNames: task.classNames)
      })
  }

  /// A trainer that does not train: what it counts is computed as after an epoch of the network's training.
  private func measuringTrainer(
    _ network: SegmentationNetwork, _ task: SegmentationTask
  ) -> (trainer: Trainer, folder: URL) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("graft-\(UUID().uuidString)")
    let encoder = network.encoder
    if frozenThrough == "none" {
      encoder.unfreeze()
    } else {
      encoder.freeze(through: frozenThrough)
    }
    let trainer = Trainer(
      network, loss: task.loss(.crossEntropy), optimizer: SGD(.keras, learningRate: 0),
      convolutionAlgorithm: algorithm, store: FeatureStore(folder: folder, scalarType: featureType))
    return (trainer, folder)
  }
}

/// The SHA-256 of a file.
func digest(of file: URL) throws -> String { try SHA256.digest(of: file) }
