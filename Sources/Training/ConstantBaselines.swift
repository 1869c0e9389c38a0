import GraftDatasets
import GraftMetrics
import GraftTensor

// What predictions that look at no picture score: the least that a network has to beat. Masks are read 32 at a time, so that memory
// does not grow with the data.

extension SegmentationScore {
  /// How well the mean of the training masks does on a validation part.
  ///
  /// - Throws: what reading the masks throws.
  package init(ofConstantMaskOf training: Dataset, for validation: Dataset) throws {
    var mask = ConstantMask()
    for indices in training.batches(of: 32).indices(epoch: 0) {
      mask.add(try training.targets(at: indices))
    }
    self.init()
    for indices in validation.batches(of: 32).indices(epoch: 0) {
      let truth = try validation.targets(at: indices)
      add(probabilities: mask.probabilities(for: truth), masks: truth)
    }
  }
}

extension PixelClassScore {
  /// How well the class that is most frequent at each pixel of the training part does on a validation part.
  ///
  /// - Throws: what reading the classes throws.
  package init(ofConstantMapOf training: Dataset, for validation: Dataset) throws {
    let classCount = training.classNames.count
    var map = ConstantClassMap(classCount: classCount)
    for indices in training.batches(of: 32).indices(epoch: 0) {
      map.add(try training.targets(at: indices))
    }
    self.init(classCount: classCount)
    for indices in validation.batches(of: 32).indices(epoch: 0) {
      let truth = try validation.targets(at: indices)
      add(pixelLogits: map.shares(for: truth), labels: truth)
    }
  }
}
