import GraftImages
import GraftLayers
import GraftTensor

extension SegmentationNetwork {
  /// The logits of decoded pictures, with the preprocessing that came with the weights, on the compute thread.
  ///
  /// - Parameters:
  ///   - pictures: of any size; of none there are no logits, N is 0.
  ///   - context: how convolutions are computed, and whether in bfloat16.
  /// - Returns: N,H,W,classes, in the size of the network.
  public func logits(of pictures: [Picture], _ context: Context = .inference) -> Tensor {
    let input = encoder.preprocessing.tensor(of: pictures)
    return ComputeThread.run { self(input, context).rowMajor }
  }

  /// How likely each pixel belongs to each class, in the size of the network.
  ///
  /// - Parameters:
  ///   - pictures: of any size.
  ///   - context: how convolutions are computed, and whether in bfloat16.
  /// - Returns: N,H,W,classes, from 0 to 1: with one class its own probability, with more those of all, whose sum is 1.
  public func probabilities(of pictures: [Picture], _ context: Context = .inference) -> Tensor {
    let logits = logits(of: pictures, context)
    return ComputeThread.run { logits.shape[3] == 1 ? sigmoid(logits).rowMajor : softmax(logits) }
  }

  /// How likely each pixel belongs to each class, in the size of each picture: ``probabilities(of:)``, resized
  /// bilinearly.
  ///
  /// - Parameters:
  ///   - pictures: of any size, also of different ones.
  ///   - context: how convolutions are computed, and whether in bfloat16.
  /// - Returns: height,width,classes for each picture.
  public func probabilityMaps(of pictures: [Picture], _ context: Context = .inference) -> [Tensor] {
    if pictures.isEmpty { return [] }
    let probabilities = probabilities(of: pictures, context)
    return ComputeThread.run {
      pictures.enumerated().map { index, picture in
        let own = probabilities.sliced(index..<index + 1, alongAxis: 0)
        let map = resized2D(own, to: (picture.height, picture.width))
        return map.reshaped(to: [picture.height, picture.width, map.shape[3]])
      }
    }
  }
}
