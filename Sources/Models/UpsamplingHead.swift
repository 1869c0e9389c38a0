import GraftLayers
import GraftTensor

/// A head that ends in one transposed convolution of scores: a loss can then be computed of the scores, in one pass that does
/// not store the maps.
public protocol UpsamplingHead: Module {
  /// What comes last.
  var upsample: ConvTranspose2D { get }
  /// Computes what ``upsample`` enlarges.
  func scores(of input: Tensor, _ context: Context) -> Tensor
}
