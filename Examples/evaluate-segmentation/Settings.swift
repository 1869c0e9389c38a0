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
  /// Nil where the network tells parts apart.
  private let region: FaceMask.Region?
  private let classNames: [String]
  private let maskResizing: (lfw: FaceMask.Resizing, helen: FaceMask.Resizing)
  private let threshold: HELEN.ThresholdRule
  private let featureType: ScalarType
  private let algorithm: ConvolutionAlgorithm
  /// A stage of the encoder, or `none`.
  private let frozenThrough: Stage.Name

  init(_ card: ModelCard, of file: URL, stages: [Stage]) throws {
    let settings = card.settings ?? [:]
    let hair = settings["hair"].flatMap(Bool.init)
    classNames = card.classNames ?? []
    let hasParts = settings["masks"] == "parts" && classNames.count > 1
    guard let dataset = settings["dataset"], hair != nil || hasParts else {
      throw ValidationError(
        "\(file.shownRelativePath): it records no data set, so the scores cannot be computed anew: name a "
          + "network of a study's models folder.")
    }
    if !hasParts, classNames.count > 1 {
      throw ValidationError(
        "\(file.shownRelativePath): this network has \(classNames.count) classes, and its card does not say that they are "
          + "the parts of a data set: name a network of a study's models folder.")
    }
    self.dataset = dataset
    region = hair.map { $0 ? .withHair : .withoutHair }
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
      try value("lfwMasks", FaceMask.Resizing.init), try value("helenMasks", FaceMask.Resizing.init)
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
    _ dataset: EvaluateSegmentation.Dataset, in folder: URL, preprocessing: Preprocessing
  ) throws -> any PictureDataset {
    let size = FaceMask.Size(width: preprocessing.width, height: preprocessing.height)
    let faces: any PictureDataset
    let parts: FaceParts
    switch dataset {
    case .lfw:
      let own = try LFWParts(
        directory: folder, region: region ?? .withHair, maskSize: size, maskResizing: maskResizing.lfw)
      (faces, parts) = (own, own.parts)
    case .helen:
      let own = try HELEN(
        directory: folder, region: region ?? .withHair, threshold: threshold, maskSize: size,
        maskResizing: maskResizing.helen)
      (faces, parts) = (own, own.parts)
    }
    if region != nil { return faces }
    guard parts.classNames == classNames else {
      throw ValidationError(
        "--dataset \(dataset): its parts are \(parts.classNames.joined(separator: ", ")), and the network tells "
          + "\(classNames.joined(separator: ", ")) apart: name the data set that it was trained on.")
    }
    return parts
  }

  /// The network's masks beside the true ones, computed as after an epoch of its training, to the last bit on the same
  /// kind of machine; and those that are the same for every picture.
  func evaluations(of network: SegmentationNetwork, on parts: Split.Parts) throws -> [MeasuredPart] {
    let training = parts.training
    let validation = MeasuredPart(
      name: "validation", prefix: "",
      evaluation: try evaluation(of: network, on: parts.validation, trainedOn: training))
    return try [validation]
      + (parts.test.map { test in
        let measured = try evaluation(of: network, on: test, trainedOn: training)
        return [MeasuredPart(name: "test", prefix: "test ", evaluation: measured)]
      } ?? [])
  }

  private func evaluation(
    of network: SegmentationNetwork, on faces: Subset, trainedOn training: Subset
  ) throws -> any Evaluation {
    let loss = region == nil ? Loss.pixelSoftmaxCrossEntropy(classNames: classNames) : .binaryCrossEntropy
    switch try score(network, on: faces, by: loss) {
    case let score as SegmentationScore:
      let constant = try SegmentationScore(ofConstantMaskOf: training, for: faces)
      return MaskEvaluation(network: score, constantMask: constant)
    case let score as NamedPixelClassScore:
      let constant = try PixelClassScore(ofConstantMapOf: training, for: faces)
      return PartEvaluation(classNames: classNames, network: score.score, constantMask: constant)
    default: throw ValidationError("The loss \(loss.name) measures no masks.")
    }
  }

  private func score(
    _ network: SegmentationNetwork, on faces: Subset, by loss: Loss
  ) throws -> any Score {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("graft-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let encoder = network.encoder
    if frozenThrough == "none" {
      encoder.unfreeze()
    } else {
      encoder.freeze(through: frozenThrough)
    }
    let trainer = Trainer(
      network, loss: loss, optimizer: SGD(.keras, learningRate: 0),
      convolutionAlgorithm: algorithm, store: FeatureStore(folder: folder, scalarType: featureType))
    return try trainer.score(faces.batches(of: 32))
  }
}

/// The SHA-256 of a file.
func digest(of file: URL) throws -> String { try SHA256.digest(of: file) }
