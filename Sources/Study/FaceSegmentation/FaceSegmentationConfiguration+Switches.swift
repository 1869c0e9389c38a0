import GraftImages
import GraftMetrics

// What the paper, or its Keras, can be read as.

extension FaceSegmentationConfiguration {
  /// By which rule weights change.
  public enum OptimizerName: String, Codable, Sendable, CaseIterable {
    /// RMSprop with ρ 0.9: the paper's.
    case rmsprop
    /// Stochastic gradient descent with momentum 0.9, as Keras has it, which the paper says was tried (section 4.4).
    case sgd
  }

  /// How a data set is divided into training and validation.
  public enum SplitRule: String, Codable, Sendable, CaseIterable {
    /// A seeded draw.
    case random
    /// A seeded draw in which nobody is in both parts, where the data set says who is on its pictures: LFW does, CelebA
    /// with its file of identities, and HELEN, whose pictures are drawn one by one, does not.
    case randomByPerson = "random-by-person"
    /// The tail of each list is for validation, as the paper's numbers suggest (`validation_split` of Keras).
    case tail
    /// The publishers' training and validation parts.
    case official
  }

  /// Whether a test part of each data set is set aside, which no choice sees.
  public enum TestPartRule: String, Codable, Sendable, CaseIterable {
    /// The publishers' test part where they have one; elsewhere, and where nobody may be in two parts, as large a part as
    /// the validation part, chosen by the same rule.
    case setAside = "set-aside"
    /// None: the paper's two parts, whose validation part both chooses each network's epoch and measures it.
    case none
  }

  /// How pictures are brought to the size that an encoder sees, which the paper does not say.
  public enum PictureResizing: String, Codable, Sendable, CaseIterable {
    /// Smooth when shrinking: Pillow's `BILINEAR`.
    case bilinear
    /// The nearest pixel: what `load_img` of Keras 2.1 does.
    case nearest
    /// Between the nearest pixels however much is skipped, with half-pixel centres: OpenCV's `INTER_LINEAR`, PyTorch's
    /// `interpolate` without `antialias`.
    case bilinearWithoutAntialiasing = "bilinear-without-antialiasing"

    var filter: ResizeFilter {
      switch self {
      case .bilinear: .bilinear
      case .nearest: .nearest
      case .bilinearWithoutAntialiasing: .bilinearWithoutAntialiasing
      }
    }
  }

  /// Which statistics frozen batch normalisations use in training.
  public enum FrozenBatchNorm: String, Codable, Sendable, CaseIterable {
    /// Those that came with the weights: PyTorch's `eval()`, tf.keras, Keras 3.
    case inference
    /// Those of the batch, as Keras 2.1 did; and those that are trained forget what came with the weights
    /// (`BatchNorm.Behaviour.oldKeras`). A ResNet's features then differ from batch to batch, and cannot be cached.
    case keras21 = "keras-2.1"
  }
}

extension FaceSegmentationConfiguration.Segmentation {
  /// What is meant by intersection over union, which the paper does not say. Where there are more than two classes,
  /// those of probabilities and of the face alone are not defined, and the mean over classes stands for them.
  public enum IoUDefinition: String, Codable, Sendable, CaseIterable {
    /// Of masks at one half, averaged over pictures.
    case hard
    /// Of probabilities, averaged over pictures.
    case soft
    /// Of masks at one half, all pixels of all pictures together.
    case global
    /// The mean of all classes, background included, each over all pixels together.
    case classMean = "class-mean"

    var measure: SegmentationFigures.Measure {
      switch self {
      case .hard: .iou
      case .soft: .iouSoft
      case .global: .iouGlobal
      case .classMean: .iouClassMean
      }
    }
  }

  /// What a decoder reads.
  public enum DecoderInput: String, Codable, Sendable, CaseIterable {
    /// The last stage's map, 7×7.
    case map
    /// The mean of that map, 1×1 (`PooledDecoder`). Every picture then gets the same mask.
    case pooled
    /// The mean where the encoder's own classifier reads the mean, as on a ResNet, whose features Keras gave so before 2.2;
    /// else the map.
    case asPrinted = "as-printed"
  }

  /// What of an encoder is trained with a decoder (the paper's section 4.6 leaves it frozen).
  public enum TrainedStages: String, Codable, Sendable, CaseIterable {
    /// Nothing.
    case none
    /// The last stage, which the gender tuning trains, too.
    case last
    /// All of it.
    case all
  }
}
