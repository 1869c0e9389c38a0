import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// A network that turns pictures into feature maps in named stages, each coarser than the one before.
///
/// An encoder of your own is one file: its layers in stages, its preprocessing, a naming table for the weight files that it
/// accepts, and an ``EncoderFamily`` by which readers and programs know it. Members, features, output shapes and freezing follow from the stages; the feature cache, decoders and the
/// study work with any encoder.
public protocol ImageEncoder: Module {
  /// What the network is made of, in order: at least one. The same modules every time.
  var stages: [EncoderStage] { get }
  /// How pictures become the input that these weights were trained on.
  var preprocessing: Preprocessing { get }
  /// What the network is, down to all that its numbers depend on besides the weights. Files record it, so that weights are
  /// not loaded into a network which only has the same shapes. The name of the type, without settings, unless implemented.
  var architecture: Architecture { get }
}

extension ImageEncoder {
  /// The name of the type, without settings.
  public var architecture: Architecture { Architecture(String(describing: type(of: self))) }

  /// The stages' modules, by their names.
  public var members: [Member] { stages.map { .layer($0.name, $0.module) } }

  /// Architecture, the order of kernels, and preprocessing.
  public var metadata: [String: String] {
    let card = ModelCard(architecture: architecture, layout: .channelsLast)
    return card.metadata.merging(preprocessing.metadata) { own, _ in own }
  }

  /// Runs all stages.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    features(of: input, from: nil, through: lastStage.name, context)
  }

  /// A table of the layers for one picture: name, output shape, parameters, and a lock on the frozen ones.
  public func summary() -> String {
    summary(inputShape: [1, preprocessing.height, preprocessing.width, 3])
  }
}

// MARK: Stages

extension ImageEncoder {
  /// The last stage.
  public var lastStage: EncoderStage {
    guard let last = stages.last else { misused("An encoder has at least one stage.") }
    return last
  }

  /// The stage that follows `stage`; nil after the last one.
  public func stage(after stage: EncoderStage.Name) -> EncoderStage? {
    let next = index(of: stage) + 1
    return next < stages.count ? stages[next] : nil
  }

  /// The position of a stage.
  public func index(of stage: EncoderStage.Name) -> Int {
    guard let index = stages.firstIndex(where: { $0.name == stage }) else {
      misused("There is no stage \"\(stage)\"; there are \(stages.map(\.name)).")
    }
    return index
  }

  /// Height, width and channels of a stage's output for one picture of the size that the preprocessing makes.
  public func outputShape(of stage: EncoderStage.Name) -> Tensor.Shape {
    stages[index(of: stage)].outputShape(height: preprocessing.height, width: preprocessing.width)
  }
}

// MARK: Features

extension ImageEncoder {
  /// Runs a range of stages, on the compute thread.
  ///
  /// - Parameters:
  ///   - input: N,H,W,3 after preprocessing, or the output of the stage before `from`.
  ///   - from: the first stage to run; nil for the first of all.
  ///   - through: the last stage to run.
  ///   - context: training or inference.
  /// - Returns: N,H′,W′,C.
  public func features(
    of input: Tensor, from: EncoderStage.Name?, through: EncoderStage.Name, _ context: Context
  ) -> Tensor {
    let (first, last) = (from.map(index(of:)) ?? 0, index(of: through))
    require(
      first <= last, "The stage \(through) comes before \(stages[first].name): there is nothing to compute.")
    return stages[first...last].map(\.module)(input, context)
  }

  /// The features of decoded pictures, with the preprocessing that came with the weights, on the compute thread.
  ///
  /// - Parameters:
  ///   - pictures: of any size; of none there are no features, N is 0.
  ///   - stage: the last one to run.
  ///   - context: how convolutions are computed, and whether in bfloat16.
  /// - Returns: N,H,W,C.
  public func features(
    of pictures: [Picture], through stage: EncoderStage.Name, _ context: Context = .inference
  ) -> Tensor {
    let input = preprocessing.tensor(of: pictures)
    return ComputeThread.run { features(of: input, from: nil, through: stage, context).rowMajor }
  }
}

// MARK: Freezing

extension ImageEncoder {
  /// Excludes the stages up to and including `stage` from training; later ones stay as they are.
  public func freeze(through stage: EncoderStage.Name) {
    for stage in stages[...index(of: stage)] { stage.module.freeze() }
  }

  /// Excludes all stages but the last from training; of an encoder of one stage none. The last stays as it is.
  public func freezeUpToLastStage() {
    for stage in stages.dropLast() { stage.module.freeze() }
  }

  /// The last of the leading stages whose output need be computed only once for each picture; see
  /// ``EncoderStage/isConstant``. Nil if the first stage is trained.
  public var lastFrozenStage: EncoderStage? { stages.prefix(while: \.isConstant).last }
}
