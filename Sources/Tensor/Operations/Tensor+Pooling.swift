import CGraftCompute

/// Where the windows of a pooling lie.
struct PoolingWindows: Hashable, Sendable {
  let inputShape, outputShape: Tensor.Shape
  let size, strides: ConvolutionShape.Pair
  let rows, columns: WindowAxis

  init(
    _ input: Tensor.Shape, _ window: (Int, Int), strides: (Int, Int), padding: Padding, ceiling: Bool
  ) {
    requireWindows(of: "Pooling", size: window, strides: strides, padding: padding)
    rows = WindowAxis(
      length: input[1], window: window.0, stride: strides.0, padding: padding.vertical, ceiling: ceiling)
    columns = WindowAxis(
      length: input[2], window: window.1, stride: strides.1, padding: padding.horizontal, ceiling: ceiling)
    require(
      rows.outputLength > 0 && columns.outputLength > 0,
      "A window of \(window.0)×\(window.1) does not fit into images of shape \(input) with this padding.")
    require(
      !rows.hasWindowOfPadding && !columns.hasWindowOfPadding,
      "A window of \(window.0)×\(window.1) may lie in nothing but padding, of which there is neither a mean nor a "
        + "largest value: pad less.")
    inputShape = input
    outputShape = [input[0], rows.outputLength, columns.outputLength, input[3]]
    size = ConvolutionShape.Pair(height: window.0, width: window.1)
    self.strides = ConvolutionShape.Pair(height: strides.0, width: strides.1)
  }

  /// The work of one pass, for a profile.
  func work(isBackward: Bool) -> PrimitiveWork {
    let (direction, output) = (isBackward ? ", backward" : "", outputShape)
    return PrimitiveWork(operation: "pooling \(size.height)×\(size.width)\(direction), \(output)")
  }
}

func requirePoolable(_ input: Tensor, allowsBFloat16: Bool = false) {
  require(input.shape.rank == 4, "Pooling takes images of shape N×H×W×C, not \(input.shape).")
  require(
    input.shape.dropFirst().allSatisfy { $0 > 0 },
    "There is nothing to pool in images of shape \(input.shape).")
  require(
    input.scalarType == .float32 || (allowsBFloat16 && input.scalarType == .bfloat16 && !input.isTracked),
    "Pooling is computed in float32, not \(input.scalarType).")
}

private struct PoolingKey: PrimitiveKey {
  var kind: UInt32
  var direction: UInt32
  var windows: PoolingWindows
  /// The layout of the image that is pooled, forward and backward alike, as both passes must agree on it; nil where it is row-major.
  var layout: LayoutIdentity?

  var work: PrimitiveWork { windows.work(isBackward: direction == GRAFT_BACKWARD_DATA.rawValue) }
}

private let poolings = PrimitiveCache<PoolingKey>()

/// The mean of each window.
///
/// The defaults are those of Keras, which never counts padding; PyTorch's default is to count it. What a window reaches
/// beyond the padding, as with `ceiling`, never counts.
///
/// - Parameters:
///   - input: N,H,W,C.
///   - window: height and width of the window.
///   - strides: vertical and horizontal; the window's own size by default.
///   - padding: what lies around the images, so little that no window lies in it whole.
///   - ceiling: whether a last window may hang over the border, as in Caffe and in PyTorch's `ceil_mode`.
///   - countingPadding: whether padding counts as zeros, as in PyTorch's `count_include_pad`, or not at all.
/// - Returns: N,H′,W′,C.
public func averagePooling2D(
  _ input: Tensor, window: (Int, Int), strides: (Int, Int)? = nil, padding: Padding = .valid,
  ceiling: Bool = false, countingPadding: Bool = false
) -> Tensor {
  requirePoolable(input)
  let windows = PoolingWindows(
    input.shape, window, strides: strides ?? window, padding: padding, ceiling: ceiling)
  if input.shape[0] == 0 { return emptyResult(windows.outputShape, of: [input]) }
  let means = AveragePooling(windows: windows, countsPadding: countingPadding)(input)
  let (rows, columns) = (windows.rows, windows.columns)
  guard countingPadding, rows.reach > rows.after || columns.reach > columns.after else { return means }
  // The library divides by whole windows.
  let areas = rows.coveredLengths.flatMap { height in
    columns.coveredLengths.map { Float(window.0 * window.1) / Float(height * $0) }
  }
  return means * Tensor(shape: [1, rows.outputLength, columns.outputLength, 1], scalars: areas)
}

/// The mean of each channel over the whole image, added up in double precision.
///
/// - Parameter input: N,H,W,C.
/// - Returns: N,C.
public func globalAveragePooling2D(_ input: Tensor) -> Tensor {
  requirePoolable(input)
  return input.mean(alongAxes: [1, 2])
}

/// The largest value of each channel over the whole image; of equal values the first in row order gets the gradient.
///
/// - Parameter input: N,H,W,C.
/// - Returns: N,C.
public func globalMaxPooling2D(_ input: Tensor) -> Tensor {
  requirePoolable(input)
  return input.max(alongAxes: [1, 2])
}

private struct AveragePooling: Sendable {
  let windows: PoolingWindows
  let countsPadding: Bool

  func callAsFunction(_ input: Tensor) -> Tensor {
    let x = input.detached
    let order = x.layout
    return differentiable(forward(x), of: [input]) { [backward($0, order: order)] }
  }

  private func primitive(_ direction: graft_direction, layout: Layout?) -> Primitive {
    let kind =
      countsPadding ? GRAFT_POOLING_AVERAGE_INCLUDING_PADDING : GRAFT_POOLING_AVERAGE_EXCLUDING_PADDING
    let key = PoolingKey(
      kind: kind.rawValue, direction: direction.rawValue, windows: windows,
      layout: layout.map(LayoutIdentity.init))
    let (input, output) = (windows.inputShape, windows.outputShape)
    // The part of the last window beyond the border counts as padding to the library; rows that no window reaches
    // count as negative padding.
    var description = graft_pooling(
      direction: direction, kind: kind, batch: Int64(input[0]), channels: Int64(input[3]),
      input_height: Int64(input[1]), input_width: Int64(input[2]),
      output_height: Int64(output[1]), output_width: Int64(output[2]),
      window_height: Int64(windows.size.height), window_width: Int64(windows.size.width),
      stride_height: Int64(windows.strides.height), stride_width: Int64(windows.strides.width),
      padding_top: Int64(windows.rows.before), padding_left: Int64(windows.columns.before),
      padding_bottom: Int64(windows.rows.reach), padding_right: Int64(windows.columns.reach))
    guard
      let primitive = poolings.primitive(
        for: key,
        create: { primitive in
          (layout ?? .image(input)).withHandle { graft_pooling_create(&description, $0, primitive) }
        })
    else { misused("The compute library has no pooling for images of shape \(input).") }
    return primitive
  }

  private func forward(_ input: Tensor) -> Tensor {
    let primitive = primitive(GRAFT_FORWARD_INFERENCE, layout: input.layout)
    let result = primitive.makeStorage(for: GRAFT_DESTINATION)
    primitive.execute([(GRAFT_SOURCE, input.storage), (GRAFT_DESTINATION, result)])
    return Tensor(
      shape: windows.outputShape, scalarType: .float32, storage: result,
      layout: primitive.layout(of: GRAFT_DESTINATION))
  }

  private func backward(_ gradient: Tensor, order: Layout?) -> Tensor {
    let primitive = primitive(GRAFT_BACKWARD_DATA, layout: order)
    let arrived = gradient.storage(
      in: primitive.layout(of: GRAFT_DESTINATION_GRADIENT), from: gradient.imageLayout)
    let result = primitive.makeStorage(for: GRAFT_SOURCE_GRADIENT)
    primitive.execute([(GRAFT_DESTINATION_GRADIENT, arrived), (GRAFT_SOURCE_GRADIENT, result)])
    return Tensor(
      shape: windows.inputShape, scalarType: .float32, storage: result,
      layout: primitive.layout(of: GRAFT_SOURCE_GRADIENT))
  }
}
