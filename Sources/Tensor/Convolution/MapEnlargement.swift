import CGraftKernels

/// The transposed convolution that ends the decoders of FCN32: maps of scores to as many of pixels, with a kernel of twice
/// the stride, of which half a stride is cropped on each side. Each pixel then depends on four scores of each map, and
/// kernels of our own compute it; the compute library's general one is several times slower.
package struct MapEnlargement: Sendable {
  /// How many pictures, and how many maps each has.
  package let count, classes: Int
  /// The size of the scores, and how much larger the pixels' maps are.
  package let height, width, stride: Int

  /// More classes than these would take too much of a thread's stack.
  private static let mostClasses = 32

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
    // That for one map walks in vectors of half a stride at least, and keeps a padded map and a sum for each column on the stack.
    guard stride.isMultiple(of: 32), stride > 0, strides.1 == stride, isCroppedByHalf, input.rank == 4,
      (1...Self.mostClasses) ~= input[3], kernel == [2 * stride, 2 * stride, input[3], input[3]],
      (1...65_536) ~= input[1] * input[2], input[2] <= 4096, input[0] > 0
    else { return nil }
    (count, height, width, classes, self.stride) = (input[0], input[1], input[2], input[3], stride)
  }

  /// N, height, width and classes of the pixels' maps.
  package var outputShape: Tensor.Shape { [count, height * stride, width * stride, classes] }

  func callAsFunction(_ scores: Tensor, kernel: Tensor) -> Tensor {
    var map = graft_upsampling(height: Int64(height), width: Int64(width), stride: Int64(stride))
    return Tensor(shape: outputShape) { logits in
      scores.withUnsafeScalars { scores in
        kernel.withUnsafeScalars { kernel in
          if classes == 1 {
            return graft_upsample(
              &map, Int64(count), scores.baseAddress, kernel.baseAddress, logits.baseAddress)
          }
          let length = graft_class_upsampling_scratch(&map, Int64(classes), Int64(count), 0)
          var scratch = Tensor(shape: [Int(length)]) { _ in }
          scratch.withUnsafeMutableScalars { scratch in
            graft_upsample_classes(
              &map, Int64(classes), Int64(count), scores.baseAddress, kernel.baseAddress, logits.baseAddress,
              scratch.baseAddress)
          }
        }
      }
    }
  }
}
