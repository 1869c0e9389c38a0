import GraftTensor

/// How a weight file orders the numbers of a parameter, compared with Graft's own order (convolution kernels H,W,I,O;
/// dense kernels I,O).
public enum WeightLayout: Hashable, Sendable {
  /// As Graft and Keras order them.
  case none
  /// A convolution kernel as PyTorch and Caffe order it: output channels, input channels, height, width.
  case convolutionOIHW
  /// A depthwise kernel as Keras orders it: height, width, channels, outputs of each channel. In Graft's order it has one
  /// input channel, and the outputs of the first channel come first.
  case depthwiseHWCM
  /// A dense kernel as PyTorch and Caffe order it: outputs, inputs.
  case denseOI
  /// The same for the first dense layer after flattening a channels-first image: its inputs run over channels, height,
  /// width, and become height, width, channels.
  case denseOIFlattenedCHW(channels: Int, height: Int, width: Int)

  /// The shape in Graft's order of a tensor that the file stores under `stored`; nil if that cannot be such a tensor.
  public func shape(stored: Tensor.Shape) -> Tensor.Shape? {
    switch self {
    case .none: return stored
    case .convolutionOIHW: return stored.rank == 4 ? [stored[2], stored[3], stored[1], stored[0]] : nil
    case .depthwiseHWCM:
      return stored.rank == 4 ? [stored[0], stored[1], 1, stored[2] * stored[3]] : nil
    case .denseOI: return stored.rank == 2 ? [stored[1], stored[0]] : nil
    case .denseOIFlattenedCHW(let channels, let height, let width):
      return stored.rank == 2 && stored[1] == channels * height * width ? [stored[1], stored[0]] : nil
    }
  }

  /// The tensor in Graft's order.
  ///
  /// - Parameter stored: of a shape for which ``shape(stored:)`` is not nil.
  public func tensor(stored: Tensor) -> Tensor {
    switch self {
    case .none: return stored
    case .convolutionOIHW: return stored.transposed([2, 3, 1, 0])
    case .depthwiseHWCM:
      let shape = stored.shape
      return stored.reshaped(to: [shape[0], shape[1], 1, shape[2] * shape[3]])
    case .denseOI: return stored.transposed
    case .denseOIFlattenedCHW(let channels, let height, let width):
      let outputs = stored.shape[0]
      return stored.reshaped(to: [outputs, channels, height, width]).transposed([2, 3, 1, 0])
        .reshaped(to: [height * width * channels, outputs])
    }
  }
}
