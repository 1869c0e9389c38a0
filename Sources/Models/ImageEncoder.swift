import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// A network that turns pictures into feature maps in named stages, each coarser than the one before.
///
/// Whoever brings an encoder of his own writes one file: the module, the names of its stages, its preprocessing, and a
/// naming table for the weight files that it accepts. Freezing, the feature store, decoders and the study work with
/// any encoder.
public protocol ImageEncoder: DescribedModule {
  /// What the stages are called and what they give, in order.
  var stages: [Stage] { get }
  /// How pictures become the input that these weights were trained on.
  var preprocessing: Preprocessing { get }
  /// What the network is, for people, down to all that its numbers depend on besides the weights: `ResNet-50 (torchvision)`.
  /// Files record it, so that weights are not loaded into a network which only has the same shapes. The name of the type
  /// unless said otherwise.
  var architecture: String { get }
  /// Height, width and channels of a stage's output for one picture of the size that the preprocessing makes. By the
  /// stride, rounded down, unless said otherwise.
  func outputShape(of stage: Stage.Name) -> Tensor.Shape
  /// Runs a range of stages.
  ///
  /// - Parameters:
  ///   - input: N,H,W,3 after preprocessing, or the output of the stage before `from`.
  ///   - from: the first stage to run; nil for the first of all.
  ///   - through: the last stage to run.
  ///   - context: training or inference.
  /// - Returns: N,H′,W′,C.
  func features(
    of input: Tensor, from: Stage.Name?, through: Stage.Name, _ context: Context
  ) -> Tensor
}

/// One stage of an encoder.
public struct Stage: Hashable, Sendable, Codable {
  /// What a stage is called, such as `block5`; a component of the paths of its parameters.
  public typealias Name = String

  /// Unique within the encoder.
  public let name: Name
  /// Of its output.
  public let channels: Int
  /// How many pixels of the picture one step in its output is.
  public let stride: Int

  /// Describes a stage.
  public init(name: Name, channels: Int, stride: Int) {
    self.name = name
    self.channels = channels
    self.stride = stride
  }
}

extension ImageEncoder {
  /// The name of the type.
  public var architecture: String { String(describing: type(of: self)) }

  /// Architecture, the order of kernels, and preprocessing.
  public var metadata: [String: String] {
    let card = ModelCard(architecture: architecture, layout: .channelsLast)
    return card.metadata.merging(preprocessing.metadata) { own, _ in own }
  }

  /// By the stride, rounded down.
  public func outputShape(of stage: Stage.Name) -> Tensor.Shape {
    let stage = stages[index(of: stage)]
    return [preprocessing.height / stage.stride, preprocessing.width / stage.stride, stage.channels]
  }

  /// The last stage.
  public var lastStage: Stage {
    guard let last = stages.last else { misused("An encoder has at least one stage.") }
    return last
  }

  /// Runs all stages.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    features(of: input, from: nil, through: lastStage.name, context)
  }

  /// Excludes the stages up to and including `stage` from training, and only these.
  public func freeze(through stage: Stage.Name) {
    let last = index(of: stage)
    for (index, stage) in stages.enumerated() {
      if index <= last { freeze(stage.name) } else { unfreeze(stage.name) }
    }
  }

  /// The last of the leading stages in which nothing is trained and nothing depends on the batch, so that its output
  /// need be computed only once for each picture; nil if the first stage is trained.
  public var lastFrozenStage: Stage? {
    let trained = parameters.filter(\.parameter.isTrainable).map(\.path)
    let changing = trained + batchNorms.filter { !$0.layer.usesStoredStatistics }.map(\.path)
    let frozen = stages.prefix { stage in !changing.contains { $0.hasPrefix(stage.name + ".") } }
    return frozen.last
  }

  /// The stage that follows `stage`; nil after the last one.
  public func stage(after stage: Stage.Name) -> Stage? {
    let next = index(of: stage) + 1
    return next < stages.count ? stages[next] : nil
  }

  /// The position of a stage.
  public func index(of stage: Stage.Name) -> Int {
    guard let index = stages.firstIndex(where: { $0.name == stage }) else {
      misused("There is no stage \"\(stage)\"; there are \(stages.map(\.name)).")
    }
    return index
  }

  /// The features of decoded pictures, with the preprocessing that came with the weights, on the compute thread.
  ///
  /// - Parameters:
  ///   - pictures: of any size; of none there are no features, N is 0.
  ///   - stage: the last one to run.
  ///   - context: how convolutions are computed, and whether in bfloat16.
  /// - Returns: N,H,W,C.
  public func features(
    of pictures: [Picture], through stage: Stage.Name, _ context: Context = .inference
  ) -> Tensor {
    let input = preprocessing.tensor(of: pictures)
    return ComputeThread.run { features(of: input, from: nil, through: stage, context).rowMajor }
  }

  /// A table of the layers for one picture: name, output shape, parameters, and a lock on the frozen ones.
  public func summary() -> String {
    summary(inputShape: [1, preprocessing.height, preprocessing.width, 3])
  }
}
