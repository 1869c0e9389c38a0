import GraftLayers
import GraftTensor

extension VGG {
  /// A plain VGG that computes what this one does in inference: each batch normalisation becomes part of the convolution
  /// before it, as γ / √(variance + ε) on the channels of its kernel and β + (bias − mean) · γ / √(variance + ε) as its
  /// bias.
  ///
  /// Half as many layers, and nothing left that depends on a batch. A plain VGG comes out as it is; parameters are copies.
  public func foldingBatchNorms() -> VGG {
    let folded = VGG(
      depth, width: stages.first?.channels ?? 64, preprocessing: preprocessing,
      roundingPoolsUp: roundsPoolsUp)
    let norms = Dictionary(uniqueKeysWithValues: batchNorms)
    let own = state
    for (path, parameter) in folded.parameters {
      guard let value = own[path], let dot = path.lastIndex(of: ".") else { continue }
      let convolution = String(path[..<dot])
      let name = convolution.replacing(".conv", with: ".bn")
      guard let norm = norms[name], let mean = own["\(name).mean"], let variance = own["\(name).variance"]
      else {
        parameter.value = value
        continue
      }
      let gamma = own["\(name).gamma"] ?? Tensor(repeating: 1, shape: mean.shape)
      let beta = own["\(name).beta"] ?? Tensor(zeros: mean.shape)
      let scale = gamma / sqrt(variance + norm.epsilon)
      parameter.value = path.hasSuffix(".kernel") ? value * scale : beta + (value - mean) * scale
    }
    return folded
  }
}
