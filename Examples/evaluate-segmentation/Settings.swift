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
  private let region: FaceMask.Region
  private let maskResizing: (lfw: FaceMask.Resizing, helen: FaceMask.Resizing)
  private let threshold: HELEN.ThresholdRule
  private let featureType: ScalarType
  private let algorithm: ConvolutionAlgorithm
  private let frozenThrough: Stage.Name?

  init(_ card: ModelCard, of file: URL) throws {
    let settings = card.settings ?? [:]
    guard let dataset = settings["dataset"], let hair = settings["hair"].flatMap(Bool.init) else {
      throw ValidationError(
        "\(file.relativePath): it does not say on what it was measured, so the scores cannot be computed anew: name a "
          + "network of a study's models folder.")
    }
    if let count = card.classNames?.count, count > 1 {
      throw ValidationError(
        "\(file.relativePath): this network has \(count) classes, and masks of one are measured here.")
    }
    self.dataset = dataset
    region = hair ? .withHair : .withoutHair
    maskResizing = (
      settings["lfwMasks"].flatMap(FaceMask.Resizing.init) ?? .nearest,
      settings["helenMasks"].flatMap(FaceMask.Resizing.init) ?? .bilinear
    )
    threshold = settings["helenThreshold"].flatMap(HELEN.ThresholdRule.init) ?? .standard
    frozenThrough = settings["frozenThrough"]
    featureType = settings["featureType"].flatMap(ScalarType.init) ?? .float32
    algorithm = settings["convolutions"].flatMap(ConvolutionAlgorithm.init) ?? .winograd
  }

  /// The faces with the masks that the network was to learn.
  func faces(
    _ dataset: EvaluateSegmentation.Dataset, in folder: URL, preprocessing: Preprocessing
  ) throws -> any PictureDataset {
    let size = FaceMask.Size(width: preprocessing.width, height: preprocessing.height)
    switch dataset {
    case .lfw:
      return try LFWParts(directory: folder, region: region, maskSize: size, maskResizing: maskResizing.lfw)
    case .helen:
      return try HELEN(
        directory: folder, region: region, threshold: threshold, maskSize: size,
        maskResizing: maskResizing.helen)
    }
  }

  /// The network's masks beside the true ones, computed as after an epoch of its training: to the last bit on the same
  /// kind of machine.
  func score(_ network: SegmentationNetwork, on validation: Subset) throws -> SegmentationScore {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("graft-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let encoder = network.encoder
    if let stage = encoder.stages.first(where: { $0.name == frozenThrough }) {
      encoder.freeze(through: stage.name)
    } else {
      encoder.unfreeze()
    }
    let trainer = Trainer(
      network, loss: .binaryCrossEntropy, optimizer: SGD(.keras, learningRate: 0),
      cache: FeatureCache(in: folder, scalarType: featureType, algorithm: algorithm))
    guard let score = try trainer.score(validation.batches(of: 32)) as? SegmentationScore else {
      throw ValidationError("This loss measures no masks.")
    }
    return score
  }
}

/// The SHA-256 of a file.
func digest(of file: URL) throws -> String { try SHA256.digest(of: file) }
