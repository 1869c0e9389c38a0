extension FaceSegmentationConfiguration {
  /// Settings that belong together, by name.
  public enum Preset: String, Sendable, CaseIterable {
    /// The paper's numbers, for its 12,000 pictures; what it leaves open is chosen as the documentation recommends.
    case paper
    /// For one or two thousand pictures, with which the paper's settings take too few steps: smaller batches, a smaller
    /// rate for the tuning, a larger one for the decoders.
    case small
    /// The paper's numbers, with what it leaves open as Keras 2.1 would have done it: the tail of each list for
    /// validation, the penalty that its `l2()` has, pictures resized to the nearest pixel, a ResNet's features pooled
    /// before its decoder, and frozen batch normalisations that use the statistics of the batch.
    case keras21 = "keras-2.1"
    /// For drawn faces and ``VGG/small()``: a thousand faces for the tuning, and few epochs, so that all of it takes about
    /// a minute on two cores.
    case drawn
  }

  /// The settings of a preset.
  public init(_ preset: Preset) {
    self.init()
    switch preset {
    case .paper: break
    case .small:
      gender.limit = 2000
      gender.batchSize = 50
      gender.learningRate = 1e-5
      gender.patience = 5
      segmentation.batchSize = 50
      segmentation.learningRate = 1e-3
      segmentation.epochs = 120
    case .drawn:
      gender.limit = 1000
      gender.batchSize = 20
      gender.epochs = 8
      segmentation.batchSize = 32
      segmentation.learningRate = 1e-2
      segmentation.epochs = 60
    case .keras21:
      split = .tail
      segmentation.penalty = 0.01
      segmentation.decoderInput = .asPrinted
      pictureResizing = .nearest
      frozenBatchNorm = .keras21
    }
  }
}
