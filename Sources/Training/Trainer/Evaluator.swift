import GraftDatasets
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor

/// Measures a network on data sets, without a training.
///
/// ```swift
/// let evaluator = Evaluator(network)
/// let scores = try evaluator.evaluate(test, metrics: [.accuracy, .topKAccuracy(5)])
/// print(scores[.accuracy] ?? .nan, try evaluator.confusion(on: test))
/// ```
public struct Evaluator {
  private let network: TrainedNetwork
  private let context: Context
  private let microBatchSize: Int
  private let ignoredClass: Int?

  /// Prepares measurements of a network with an encoder, whose preprocessing pictures get.
  ///
  /// - Parameters:
  ///   - network: measured with the weights that it has then.
  ///   - convolutionAlgorithm: how convolutions are computed.
  ///   - microBatchSize: how many samples are computed at a time.
  ///   - ignoredClass: the number of pixels that metrics ignore, which is no mistake in a mask.
  public init(
    _ network: any GraftedNetwork, convolutionAlgorithm: ConvolutionAlgorithm = .winograd,
    microBatchSize: Int = 32,
    ignoring ignoredClass: Int? = nil
  ) {
    self.init(TrainedNetwork(network), convolutionAlgorithm, microBatchSize, ignoredClass)
  }

  /// Prepares measurements of any module that turns pictures into logits.
  ///
  /// - Parameters:
  ///   - module: measured with the weights that it has then.
  ///   - preprocessing: how pictures become its input, N,H,W,3.
  ///   - convolutionAlgorithm: how convolutions are computed.
  ///   - microBatchSize: how many samples are computed at a time.
  ///   - ignoredClass: the number of pixels that metrics ignore, which is no mistake in a mask.
  public init(
    _ module: any Module, preprocessing: Preprocessing,
    convolutionAlgorithm: ConvolutionAlgorithm = .winograd, microBatchSize: Int = 32,
    ignoring ignoredClass: Int? = nil
  ) {
    self.init(
      TrainedNetwork(module, preprocessing: preprocessing), convolutionAlgorithm, microBatchSize, ignoredClass
    )
  }

  private init(
    _ network: TrainedNetwork, _ convolutionAlgorithm: ConvolutionAlgorithm, _ microBatchSize: Int,
    _ ignoredClass: Int?
  ) {
    require(microBatchSize > 0, "A micro-batch has at least one sample, not \(microBatchSize).")
    var context = Context.inference
    context.convolutionAlgorithm = convolutionAlgorithm
    self.network = network
    self.context = context
    self.microBatchSize = microBatchSize
    self.ignoredClass = ignoredClass
  }

  /// The values of metrics.
  public struct Scores: Sendable, Equatable {
    fileprivate let values: [String: Double]

    /// The value of a metric; nil if it was not measured, or is not defined.
    public subscript(metric: some Metric) -> Double? { values[metric.name] }
  }

  /// Measures the network on a data set.
  ///
  /// - Parameters:
  ///   - dataset: the pictures with their targets.
  ///   - metrics: of different names.
  /// - Throws: `DatasetError` if a target does not fit the network; whatever decoding throws.
  public func evaluate(_ dataset: Dataset, metrics: [any Metric]) throws -> Scores {
    var measured = MeasuredMetrics(metrics)
    try forEachMicroBatch(of: dataset) { measured.add(logits: $0, targets: $1) }
    return Scores(values: measured.values)
  }

  /// Counts what the network makes of a data set: what is no number, such as a `SegmentationScore` with its pictures.
  ///
  /// - Throws: `DatasetError` if a target does not fit the network; whatever decoding throws.
  public func count<Counts: MetricCounts>(_ emptyCounts: Counts, over dataset: Dataset) throws -> Counts {
    var counts = emptyCounts
    try forEachMicroBatch(of: dataset) { counts.add(logits: $0, targets: $1) }
    return counts
  }

  /// How often each class of a data set is taken for each other.
  ///
  /// - Throws: `DatasetError` if a target does not fit the network; whatever decoding throws.
  public func confusion(on dataset: Dataset) throws -> ConfusionMatrix {
    try count(ClassCounts(), over: dataset).matrix ?? ConfusionMatrix(classCount: dataset.classNames.count)
  }

  private func forEachMicroBatch(
    of dataset: Dataset, _ body: (_ logits: Tensor, _ targets: Tensor) -> Void
  ) throws {
    let (check, preprocessing) = (TargetCheck(network, ignoring: ignoredClass), network.preprocessing)
    let batches = dataset.batches(of: microBatchSize)
    let loaded = Prefetcher(batches.indices(epoch: 0)) { indices in
      let batch = try dataset.batch(at: indices, preprocessing: preprocessing)
      let shape = Tensor.Shape(Array(batch.targets.shape.dropFirst()))
      for (place, index) in indices.enumerated() {
        try check.check(batch.targets.rows([place]).reshaped(to: shape), at: index, of: dataset)
      }
      return batch
    }
    while let batch = try loaded.next() {
      ComputeThread.run { body(network.logits(of: batch.inputs, after: nil, context), batch.targets) }
    }
  }
}
