import CGraftKernels

/// The largest value in each window; what is not a number counts as the largest. Padding never wins; of equal values the first
/// in row order gets the gradient.
///
/// - Parameters:
///   - input: N,H,W,C; float32, or bfloat16 that needs no gradient.
///   - window: height and width of the window.
///   - strides: vertical and horizontal; the window's own size by default.
///   - padding: what lies around the images, so little that no window lies in it whole.
///   - ceiling: whether a last window may hang over the border, as in Caffe and in PyTorch's `ceil_mode`.
/// - Returns: N,H′,W′,C.
public func maxPooling2D(
  _ input: Tensor, window: (Int, Int), strides: (Int, Int)? = nil, padding: Padding = .valid,
  ceiling: Bool = false
) -> Tensor {
  requirePoolable(input, allowsBFloat16: true)
  let pooling = MaxPooling(
    PoolingWindows(input.shape, window, strides: strides ?? window, padding: padding, ceiling: ceiling))
  if input.shape[0] == 0 { return emptyResult(pooling.windows.outputShape, of: [input]) }
  let image = input.detached.inOrderOfChannels
  let result = pooling.forward(image)
  return differentiable(result, of: [input]) { [pooling.backward($0, of: image, result: result)] }
}

extension Tensor {
  /// How many channels of this image lie side by side in memory: a block of them, or all where it is row-major.
  fileprivate var channelsSideBySide: Int { layout?.channelsInBlock(of: shape, scalarType) ?? shape[3] }

  /// The same image with its channels side by side, in blocks or row-major, whichever it is already.
  fileprivate var inOrderOfChannels: Tensor {
    guard let layout, layout.channelsInBlock(of: shape, scalarType) == nil else { return self }
    return rowMajor
  }
}

private struct MaxPooling: Sendable {
  let windows: PoolingWindows

  init(_ windows: PoolingWindows) { self.windows = windows }

  /// - Parameter image: with its channels side by side.
  private func description(of image: Tensor) -> graft_max_pooling {
    let (input, output) = (windows.inputShape, windows.outputShape)
    let channels = image.channelsSideBySide
    return graft_max_pooling(
      images: Int64(input[0] * ((input[3] + channels - 1) / channels)), height: Int64(input[1]),
      width: Int64(input[2]), channels: Int64(channels), result_height: Int64(output[1]),
      result_width: Int64(output[2]), window_height: Int64(windows.size.height),
      window_width: Int64(windows.size.width), stride_height: Int64(windows.strides.height),
      stride_width: Int64(windows.strides.width), padding_top: Int64(windows.rows.before),
      padding_left: Int64(windows.columns.before))
  }

  /// In the order of the image.
  func forward(_ image: Tensor) -> Tensor {
    var description = description(of: image)
    let scalarType = image.scalarType
    let count =
      description.images * description.channels * description.result_height * description.result_width
    let result = Storage(byteCount: Int(count) * scalarType.byteCount)
    let bytes = image.storage.byteCount + result.byteCount
    ComputeProfile.recording(windows.work(isBackward: false), implementation: kernelName, bytes: bytes) {
      withExtendedLifetime((image.storage, result)) {
        if scalarType == .float32 {
          graft_pool_maxima(
            &description, image.storage.pointer(to: Float.self), result.pointer(to: Float.self))
        } else {
          graft_pool_bfloat16_maxima(
            &description, image.storage.pointer(to: UInt16.self), result.pointer(to: UInt16.self))
        }
      }
    }
    let layout = image.layout.map { _ in
      Layout.image(windows.outputShape, inBlocksOf: Int(description.channels), scalarType)
    }
    return Tensor(shape: windows.outputShape, scalarType: scalarType, storage: result, layout: layout)
  }

  func backward(_ gradient: Tensor, of image: Tensor, result: Tensor) -> Tensor {
    var description = description(of: image)
    let arrived = gradient.ordered(as: result).storage
    let inputGradient = Storage(byteCount: image.storage.byteCount)
    let bytes = 2 * image.storage.byteCount + arrived.byteCount
    ComputeProfile.recording(windows.work(isBackward: true), implementation: kernelName, bytes: bytes) {
      withExtendedLifetime((image.storage, arrived, inputGradient)) {
        graft_pool_maxima_backward(
          &description, image.storage.pointer(to: Float.self), arrived.pointer(to: Float.self),
          inputGradient.pointer(to: Float.self))
      }
    }
    return Tensor(
      shape: image.shape, scalarType: .float32, storage: inputGradient, layout: image.layout)
  }

  private var kernelName: String { "portable maximum" }
}

extension Storage {
  fileprivate func pointer<Scalar>(to type: Scalar.Type) -> UnsafeMutablePointer<Scalar> {
    address.assumingMemoryBound(to: type)
  }
}
