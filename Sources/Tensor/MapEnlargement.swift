import CGraftKernels

/// The transposed convolution that ends the decoders of FCN32: one map of scores to one of pixels, with a kernel of twice
/// the stride, of which half a stride is cropped on each side. Each pixel then depends on four scores, and a kernel of our
/// own computes it in the order of the pixels; the compute library's general one is several times slower.
package struct MapEnlargement: Sendable {
  /// How many maps.
  package let count: Int
  /// Of the scores, and how much larger the pixels' map is.
  package let height, width, stride: Int

  /// - Returns: nil where the convolution is another one.
  package init?(input: Tensor.Shape, kernel: Tensor.Shape, strides: (Int, Int), padding: Padding) {
    let stride = strides.0
    let isCroppedByHalf: Bool =
      switch padding {
      case .same: true
      case .valid: false
      case .explicit(let top, let bottom, let left, let right):
        [top, bottom, left, right].allSatisfy { 2 * $0 == stride }
      }
    // The kernel walks in vectors of half a stride at least, and keeps a padded map on the stack.
    guard stride.isMultiple(of: 32), stride > 0, strides.1 == stride, isCroppedByHalf,
      kernel == [2 * stride, 2 * stride, 1, 1], input.rank == 4, input[3] == 1,
      (1...65_536) ~= input[1] * input[2], input[0] > 0
    else { return nil }
    (count, height, width, self.stride) = (input[0], input[1], input[2], stride)
  }

  /// N, height, width and 1 of the pixels' maps.
  package var outputShape: Tensor.Shape { [count, height * stride, width * stride, 1] }

  func callAsFunction(_ scores: Tensor, kernel: Tensor) -> Tensor {
    var map = graft_upsampling(height: Int64(height), width: Int64(width), stride: Int64(stride))
    return Tensor(shape: outputShape) { logits in
      scores.withUnsafeScalars { scores in
        kernel.withUnsafeScalars { kernel in
          graft_upsample(&map, Int64(count), scores.baseAddress, kernel.baseAddress, logits.baseAddress)
        }
      }
    }
  }
}
