import GraftMetrics
import GraftTraining

extension StudyResults {
  /// One decoder that tells the parts of faces apart: its scores at its best epoch, and those of the constant mask, which
  /// has at each pixel the class that is most frequent there in the training part.
  public struct Parts: Codable, Sendable, Equatable {
    /// One of the classes.
    public struct Class: Codable, Sendable, Equatable {
      /// `background`, `hair`, `skin`, `nose` and so on.
      public var name: String
      /// The intersection over union over all pixels together; nil where there is none of it, neither in truth nor
      /// predicted.
      public var iou: Double?
      /// Its mean over the pictures that have the class, in truth or predicted.
      public var iouPerImage: Double?
      /// The constant mask's `iou`.
      public var constantMaskIoU: Double?
    }

    /// What was measured on one part of the data.
    public struct Scores: Codable, Sendable, Equatable {
      /// The mean over all classes, background included, of the intersection over union of all pixels together.
      public var iou: Double
      /// The mean over pictures of the mean over the classes that are in them.
      public var iouPerImage: Double
      /// The share of pixels that are right.
      public var pixelAccuracy: Double
      /// In the order of the logits.
      public var classes: [Class]
      /// The constant mask's `iou`.
      public var constantMaskIoU: Double
      /// The constant mask's `iouPerImage`.
      public var constantMaskIoUPerImage: Double
      /// The constant mask's `pixelAccuracy`.
      public var constantMaskPixelAccuracy: Double
      /// How many pictures there are.
      public var pictures: Int
      /// How many different masks they got, told apart by how many pixels of each class they have.
      public var distinctPredictions: Int

      /// Whether pictures made no difference: all got one mask.
      public var isBlind: Bool { distinctPredictions <= min(1, pictures - 1) }
    }

    /// `lfw` or `helen`.
    public var dataset: String
    /// Which encoder.
    public var arm: Arm
    /// With the weights of the best epoch.
    public var scores: ByPartition<Scores>
    /// How many pictures it was trained on.
    public var trainingPictures: Int
    /// The first with the best validation `iou`, from 1.
    public var bestEpoch: Int
    /// How many there were.
    public var epochs: Int
  }
}

extension StudyResults.Parts.Scores {
  init(of scores: PartScores, classNames: [String], constantMask: PixelClassScore) {
    let (score, perImage) = (scores.score, scores.score.perImageIoUs)
    self.init(
      iou: score.meanIoU, iouPerImage: score.perImageMeanIoU, pixelAccuracy: score.pixelAccuracy,
      classes: classNames.enumerated().map { number, name in
        .init(
          name: name, iou: score.ious[number], iouPerImage: perImage[number],
          constantMaskIoU: constantMask.ious[number])
      },
      constantMaskIoU: constantMask.meanIoU, constantMaskIoUPerImage: constantMask.perImageMeanIoU,
      constantMaskPixelAccuracy: constantMask.pixelAccuracy, pictures: scores.identifiers.count,
      distinctPredictions: score.distinctPredictionCount)
  }

  /// Under the names of a model card.
  var metrics: [String: Double] {
    var metrics = [
      "iou": iou, "iouPerImage": iouPerImage, "pixelAccuracy": pixelAccuracy,
      "constantMaskIoU": constantMaskIoU, "constantMaskIoUPerImage": constantMaskIoUPerImage,
      "constantMaskPixelAccuracy": constantMaskPixelAccuracy,
    ]
    for own in classes {
      metrics["iou \(own.name)"] = own.iou
      metrics["iouPerImage \(own.name)"] = own.iouPerImage
      metrics["constantMaskIoU \(own.name)"] = own.constantMaskIoU
    }
    return metrics
  }
}
