import GraftImages
import GraftLayers
import GraftTensor
import GraftWeights

/// A kind of head with its settings, built for whatever encoder it is put on.
///
/// ```swift
/// let kind = HeadKind(Architecture("mean")) { encoder, random in
///   Sequential([("pool", GlobalAveragePool2D()),
///     ("logits", Dense(inputs: encoder.lastStage.channels, outputs: 2, random: random))])
/// }
/// ```
public struct HeadKind: Sendable {
  /// By what files know it again, with its settings; nil for a kind that files do not name.
  public let architecture: Architecture?
  private let makeHead: @Sendable (any ImageEncoder, RandomStream) -> any Head
  private let findMisfit: @Sendable (any ImageEncoder) -> String?

  /// Creates a kind of head.
  ///
  /// - Parameters:
  ///   - architecture: by what files know it again; with nil, a file does not say what its head is. A ``HeadFamily`` of the
  ///     same name reads it back.
  ///   - misfit: says why such a head cannot work on an encoder, as the end of a sentence; nil, by default always, where it
  ///     can.
  ///   - head: builds the head, its weights drawn from the stream.
  public init(
    _ architecture: Architecture? = nil,
    misfit: @escaping @Sendable (any ImageEncoder) -> String? = { _ in nil },
    head: @escaping @Sendable (_ encoder: any ImageEncoder, RandomStream) -> any Head
  ) {
    self.architecture = architecture
    findMisfit = misfit
    makeHead = head
  }

  /// Builds the head for an encoder that it fits.
  func head(for encoder: any ImageEncoder, random: RandomStream) -> any Head {
    if let misfit = misfit(with: encoder) { misused("On this encoder, \(misfit).") }
    return makeHead(encoder, random)
  }

  /// Why such a head cannot work on an encoder, as the end of a sentence; nil where it can.
  func misfit(with encoder: any ImageEncoder) -> String? { findMisfit(encoder) }
}

extension HeadKind {
  /// ``FCN32Decoder``, which enlarges by the stride of the encoder's last stage.
  ///
  /// Pictures, as the encoder's preprocessing makes them, have sides that are multiples of that stride.
  ///
  /// - Parameters:
  ///   - classes: maps that come out; 1, for a mask, by default.
  ///   - penalty: on the kernel of the 1×1 convolution.
  public static func fcn32(classes: Int = 1, penalty: L2? = L2(1e-4)) -> HeadKind {
    HeadKind(
      Architecture(FCN32Decoder.family, settings: FCN32Decoder.Settings(classes: classes), title: "FCN32"),
      misfit: { $0.enlargementMisfit }
    ) { encoder, random in
      let last = encoder.lastStage
      return FCN32Decoder(
        inputs: last.channels, stride: last.stride, classes: classes, penalty: penalty, random: random)
    }
  }

  /// ``FCNDecoder``, with the two wide convolutions of the original.
  ///
  /// Pictures, as the encoder's preprocessing makes them, have sides that are multiples of the last stage's stride.
  ///
  /// - Parameters:
  ///   - variant: how fine the features are that are read.
  ///   - classes: maps that come out; 1, for a mask, by default.
  ///   - hiddenUnits: channels of `fc6` and `fc7`; 4,096 by default.
  public static func fcn(
    _ variant: FCNDecoder.Variant, classes: Int = 1, hiddenUnits: Int = 4096
  ) -> HeadKind {
    let settings = FCNDecoder.Settings(variant: variant, classes: classes, hiddenUnits: hiddenUnits)
    return HeadKind(
      Architecture(FCNDecoder.family, settings: settings, title: variant.title),
      misfit: { encoder in
        FCNDecoder.skippedStages(variant, encoder.stages) == nil
          ? "there are no stages of the strides that \(variant.title) reads" : encoder.enlargementMisfit
      },
      head: { encoder, random in
        FCNDecoder(
          variant, stages: encoder.stages, classes: classes, hiddenUnits: hiddenUnits, random: random)
      })
  }

  /// ``UNetDecoder``.
  ///
  /// Pictures, as the encoder's preprocessing makes them, have sides that are multiples of the last stage's stride.
  ///
  /// - Parameters:
  ///   - classes: maps that come out; 1, for a mask, by default.
  ///   - channels: at the finest stage; each coarser one has twice as many. 64 by default.
  public static func uNet(classes: Int = 1, channels: Int = 64) -> HeadKind {
    HeadKind(
      Architecture(
        UNetDecoder.family, settings: UNetDecoder.Settings(classes: classes, channels: channels),
        title: "U-Net decoder"),
      misfit: { encoder in
        let strides = UNetDecoder.stagesRead(of: encoder.stages).map(\.stride)
        let areMultiples = zip(strides, strides.dropFirst()).allSatisfy { $1 > $0 && $1.isMultiple(of: $0) }
        return areMultiples
          ? encoder.enlargementMisfit
          : "the strides of the stages, \(strides), are not each a multiple of the one before"
      },
      head: { encoder, random in
        UNetDecoder(stages: encoder.stages, classes: classes, channels: channels, random: random)
      })
  }

  /// ``PooledDecoder``.
  ///
  /// - Parameters:
  ///   - side: of the pictures, which are square; 224 by default.
  ///   - classes: maps that come out; 1, for a mask, by default.
  ///   - penalty: on the kernel of the 1×1 convolution.
  public static func pooled(side: Int = 224, classes: Int = 1, penalty: L2? = L2(1e-4)) -> HeadKind {
    let settings = PooledDecoder.Settings(side: side, classes: classes)
    return HeadKind(
      Architecture(PooledDecoder.family, settings: settings, title: "pooled decoder"),
      misfit: { encoder in
        let size = encoder.preprocessing
        guard size.width != side || size.height != side else { return nil }
        return
          "the pooled decoder would make maps of \(side)×\(side) for pictures of \(size.width)×\(size.height)"
      },
      head: { encoder, random in
        PooledDecoder(
          inputs: encoder.lastStage.channels, side: side, classes: classes, penalty: penalty, random: random)
      })
  }

  /// The classifier of the paper's section 3.2: flatten (on a ResNet, the mean over the image), a dense layer of 10 units
  /// with ReLU (5 for VGG16), one of 5 with sigmoid, and two logits: 0 female, 1 male.
  ///
  /// Trained with softmax cross entropy, which for two classes is the paper's binary cross entropy over softmax.
  ///
  /// - Parameters:
  ///   - poolsFeatures: whether the last stage is averaged over the image, as a ResNet's own classifier does; false by
  ///     default.
  ///   - hiddenUnits: of the first dense layer: 10 by default, 5 for VGG16 (the paper's Table 3.1).
  public static func gender(poolsFeatures: Bool = false, hiddenUnits: Int = 10) -> HeadKind {
    let settings = GenderSettings(poolsFeatures: poolsFeatures, hiddenUnits: hiddenUnits)
    return HeadKind(
      Architecture(GenderSettings.family, settings: settings, title: "gender classifier")
    ) { encoder, random in
      let last = encoder.lastStage
      let features = poolsFeatures ? last.channels : encoder.outputShape(of: last.name).scalarCount
      let fc1 = Dense(
        inputs: features, outputs: hiddenUnits, activation: .relu, random: random.child("fc1"))
      return Sequential([
        poolsFeatures ? ("pool", GlobalAveragePool2D()) : ("flatten", Flatten()), ("fc1", fc1),
        ("fc2", Dense(inputs: hiddenUnits, outputs: 5, activation: .sigmoid, random: random.child("fc2"))),
        ("logits", Dense(inputs: 5, outputs: 2, random: random.child("logits"))),
      ])
    }
  }
}

extension ImageEncoder {
  /// Why maps that are as many times as large as the last stage's features as its stride says would not have the size of the
  /// pictures; nil where they have.
  fileprivate var enlargementMisfit: String? {
    let (last, size) = (lastStage, preprocessing)
    let features = outputShape(of: last.name)
    let maps = (height: features[0] * last.stride, width: features[1] * last.stride)
    guard maps != (size.height, size.width) else { return nil }
    return
      "this decoder would make maps of \(maps.width)×\(maps.height) for pictures of \(size.width)×\(size.height), "
      + "because the encoder's last stage, \(last.name), has features of \(features[1])×\(features[0]) and a stride of "
      + "\(last.stride): prepare pictures whose sides are multiples of the stride"
  }
}

extension HeadKind {
  /// The mean of the last stage's features over the picture, dropout, and one logit for each class: what fine-tuning begins
  /// with.
  ///
  /// - Parameters:
  ///   - classes: how many logits come out; 1 for the second of two classes, whose probability is the logit's sigmoid.
  ///   - dropout: the share of features that a training step leaves out; 0 by default.
  public static func linear(classes: Int, dropout: Float = 0) -> HeadKind {
    require(classes > 0, "A classifier has one logit or more, not \(classes).")
    let settings = LinearSettings(classes: classes, dropout: dropout)
    return HeadKind(
      Architecture(
        LinearSettings.family, settings: settings, title: "linear classifier of \(max(classes, 2)) classes")
    ) { encoder, random in
      let logits = Dense(inputs: encoder.lastStage.channels, outputs: classes, random: random)
      return Sequential([
        ("pool", GlobalAveragePool2D()), ("dropout", Dropout(rate: dropout)), ("logits", logits),
      ])
    }
  }
}
