import GraftDatasets
import GraftModels

extension Trainer {
  /// Computes what the frozen stages make of a data set, unless it is stored: ``fit(_:validation:until:keep:)``,
  /// which would do it too, then begins with its first step. Does nothing where no stage is frozen.
  ///
  /// - Parameters:
  ///   - dataset: the pictures.
  ///   - kept: earlier stages whose outputs are stored as well, for an encoder that differs in later stages alone.
  public func storeFeatures(of dataset: Dataset, keeping kept: [EncoderStage.Name] = []) throws {
    guard let prefix = trained.cacheablePrefix else { return }
    _ = try features(of: dataset, by: prefix.encoder, through: prefix.lastStage, keeping: kept)
  }

  func source(of batches: Batches, keeping kept: [EncoderStage.Name] = []) throws -> SampleSource {
    let check = TargetCheck(trained, ignoring: loss.ignoredClass)
    // Pictures that look different in every epoch have no features that can be computed once.
    guard batches.augmentation == nil, let prefix = trained.cacheablePrefix else {
      try SampleSource.checkTargets(of: batches.dataset, check)
      return SampleSource(batches, preprocessing: trained.preprocessing)
    }
    // Before any features: minutes later would be late for a mistake in the data.
    let targets = try SampleSource.targets(of: batches.dataset, check)
    let features = try features(
      of: batches.dataset, by: prefix.encoder, through: prefix.lastStage, keeping: kept)
    return SampleSource(
      batches, features: features, targets: targets, through: prefix.lastStage,
      preprocessing: trained.preprocessing)
  }

  private func features(
    of dataset: Dataset, by encoder: any ImageEncoder, through stage: EncoderStage.Name,
    keeping kept: [EncoderStage.Name] = []
  ) throws -> StoredFeatures {
    var isNew = false
    let found = try store.features(
      of: dataset, by: encoder, through: stage, keeping: kept,
      convolutionAlgorithm: convolutionAlgorithm
    ) { done, count in
      isNew = true
      try tell(.features(dataset: dataset.name, done: done, of: count))
      if isInterrupted() { throw TrainingInterrupted(isSaved: done > 0) }
    }
    features.append(found)
    if isNew {
      try tell(
        .featuresKept(
          dataset: dataset.name, computedPictures: found.computedPictures, folder: store.folder,
          byteCount: found.byteCount, limit: store.limit))
    }
    return found
  }
}
