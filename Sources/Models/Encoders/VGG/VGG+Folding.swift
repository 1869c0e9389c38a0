import GraftLayers
import GraftTensor

extension VGG {
  /// A plain VGG that computes what this one does in inference: each batch normalisation becomes part of the convolution
  /// before it.
  ///
  /// Half as many layers, and nothing left that depends on a batch. A plain VGG comes out as it is; parameters are copies.
  public func foldingBatchNorms() -> VGG {
    let folded = VGG(
      depth, width: width, preprocessing: preprocessing,
      roundingPoolsUp: roundsPoolsUp)
    let (own, parameters) = (state, Dictionary(uniqueKeysWithValues: folded.parameters))
    for (path, parameter) in parameters {
      if let value = own[path] { parameter.value = value }
    }
    for (name, norm) in batchNorms {
      let convolution = name.replacing(".bn", with: ".conv")
      guard let kernel = parameters["\(convolution).kernel"], let bias = parameters["\(convolution).bias"]
      else { continue }
      (kernel.value, bias.value) = norm.folded(into: kernel.value, bias: bias.value)
    }
    return folded
  }
}
