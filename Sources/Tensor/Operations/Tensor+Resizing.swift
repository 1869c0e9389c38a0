import CGraftKernels

/// How the pixels of a resized image come from those of the original. None of them smooths before it shrinks.
public enum Interpolation: String, Sendable, Codable, CaseIterable {
  /// The weighted mean of four neighbours, with pixels as squares whose centres lie at halves: as in TensorFlow, in
  /// Keras and in PyTorch without `align_corners`.
  case bilinear
  /// The weighted mean of four neighbours, with the first and the last pixels of both images at the same places:
  /// PyTorch's `align_corners`.
  case bilinearAligningCorners
  /// The pixel under the centre, ⌊(i + ½) · length / new length⌋: as in `tf.image.resize`, Pillow and PyTorch's
  /// `nearest-exact`.
  case nearest
  /// The pixel under the upper left corner, ⌊i · length / new length⌋: as in PyTorch's `nearest` and Keras'
  /// UpSampling2D.
  case nearestOfCorner
}

/// Resizes images.
///
/// - Parameters:
///   - input: N,H,W,C.
///   - size: the new height and width.
///   - interpolation: where the pixels come from.
/// - Returns: N,H′,W′,C.
public func resized2D(
  _ input: Tensor, to size: (height: Int, width: Int), interpolation: Interpolation = .bilinear
) -> Tensor {
  require(input.shape.rank == 4, "Images of shape N×H×W×C are resized, not \(input.shape).")
  require(
    input.shape.dropFirst().allSatisfy { $0 > 0 },
    "There is nothing to resize in images of shape \(input.shape).")
  require(
    input.scalarType == .float32, "Images are resized in float32, not \(input.scalarType): convert first.")
  require(
    size.height > 0 && size.width > 0,
    "Images of shape \(input.shape) cannot be resized to \(size.height)×\(size.width).")
  if input.shape[0] == 0 {
    return emptyResult([0, size.height, size.width, input.shape[3]], of: [input])
  }
  let resizing = Resizing(
    source: input.shape, result: [input.shape[0], size.height, size.width, input.shape[3]],
    rows: InterpolatedAxis(length: input.shape[1], newLength: size.height, interpolation),
    columns: InterpolatedAxis(length: input.shape[2], newLength: size.width, interpolation))
  return differentiable(resizing.forward(input.detached), of: [input]) { [resizing.backward($0)] }
}

private struct InterpolatedAxis: Sendable {
  private var lower, upper: [Int32]
  private var upperWeights: [Float]

  init(length: Int, newLength: Int, _ interpolation: Interpolation) {
    let last = length - 1
    let positions: [Double] = (0..<newLength).map { index in
      switch interpolation {
      case .bilinear: max((Double(index) + 0.5) * Double(length) / Double(newLength) - 0.5, 0)
      case .bilinearAligningCorners: newLength == 1 ? 0 : Double(index * last) / Double(newLength - 1)
      // In integers: a quotient that rounds down would take the pixel before.
      case .nearest: Double((2 * index + 1) * length / (2 * newLength))
      case .nearestOfCorner: Double(index * length / newLength)
      }
    }
    lower = positions.map { Int32(min(Int($0), last)) }
    upper = positions.map { Int32(min(Int($0) + 1, last)) }
    upperWeights = positions.map { Float($0 - $0.rounded(.down)) }
    // At the border both neighbours are one and the same pixel, which counts whole.
    for index in lower.indices where lower[index] == upper[index] { upperWeights[index] = 0 }
  }

  func withPointers(_ body: (graft_interpolated_axis) -> Void) {
    lower.withUnsafeBufferPointer { lower in
      upper.withUnsafeBufferPointer { upper in
        upperWeights.withUnsafeBufferPointer { weights in
          body(
            graft_interpolated_axis(
              lower: lower.baseAddress, upper: upper.baseAddress, upper_weight: weights.baseAddress))
        }
      }
    }
  }
}

private struct Resizing: Sendable {
  let source, result: Tensor.Shape
  let rows, columns: InterpolatedAxis

  private func withDescription(_ body: (UnsafePointer<graft_resizing>) -> Void) {
    rows.withPointers { rows in
      columns.withPointers { columns in
        var description = graft_resizing(
          batch: Int64(source[0]), height: Int64(source[1]), width: Int64(source[2]),
          channels: Int64(source[3]), result_height: Int64(result[1]), result_width: Int64(result[2]),
          rows: rows, columns: columns)
        body(&description)
      }
    }
  }

  func forward(_ image: Tensor) -> Tensor {
    Tensor(shape: result) { result in
      image.withUnsafeScalars { image in
        withDescription { graft_resize($0, image.baseAddress, result.baseAddress) }
      }
    }
  }

  func backward(_ gradient: Tensor) -> Tensor {
    Tensor(shape: source) { result in
      gradient.withUnsafeScalars { gradient in
        withDescription { graft_resize_backward($0, gradient.baseAddress, result.baseAddress) }
      }
    }
  }
}
