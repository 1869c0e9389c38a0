import GraftLayers
import GraftTensor

/// What is grafted on an encoder: it turns features into logits.
///
/// A module that reads the output of the encoder's last stage need not implement anything besides; one that reads several
/// stages says which, and a ``GraftedNetwork`` hands it their outputs.
public protocol Head: Module {
  /// The stages whose outputs are read, in the order of the encoder; the last one is the encoder's last. Nil, which it is
  /// unless implemented, for that one alone.
  var stagesRead: [EncoderStage.Name]? { get }
  /// Computes logits. Calls the module with the last of the features unless implemented.
  ///
  /// - Parameters:
  ///   - features: N,H,W,C of each of ``stagesRead``, or of the encoder's last stage alone.
  ///   - context: training or inference.
  /// - Returns: N,classes or N,H′,W′,classes.
  func logits(of features: [Tensor], _ context: Context) -> Tensor
  /// A transposed convolution that comes last: a loss can then be computed of what it enlarges, ``scores(of:_:)``, in one
  /// pass that does not store the maps. Nil, which it is unless implemented, if something else comes last.
  var upsample: ConvTranspose2D? { get }
  /// Computes what ``upsample`` enlarges from the output of the encoder's last stage. Calls the module unless implemented.
  func scores(of input: Tensor, _ context: Context) -> Tensor
}

extension Head {
  /// Nil.
  public var stagesRead: [EncoderStage.Name]? { nil }

  /// Calls the module with the last of the features.
  public func logits(of features: [Tensor], _ context: Context) -> Tensor {
    guard let last = features.last else { misused("A head reads the output of at least one stage.") }
    return self(last, context)
  }

  /// Nil.
  public var upsample: ConvTranspose2D? { nil }

  /// Calls the module.
  public func scores(of input: Tensor, _ context: Context) -> Tensor { self(input, context) }
}

extension Sequential: Head {}
