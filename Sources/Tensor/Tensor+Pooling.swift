import CGraftCompute

private struct PoolingKey: PrimitiveKey {
  var kind: UInt32
  var direction: UInt32 = 0
  var scalarType: ScalarType
  var batch, channels, inputHeight, inputWidth, outputHeight, outputWidth: Int
  var windowHeight, windowWidth, strideHeight, strideWidth: Int
  var top, bottom, left, right: Int
  /// Of the image that is pooled, forward and backward alike, as both passes must agree on it; nil where it is row-major.
  var layout: LayoutIdentity? = nil

  var work: PrimitiveWork {
    let direction = direction == GRAFT_BACKWARD_DATA.rawValue ? ", backward" : ""
    return PrimitiveWork(
      operation:
        "pooling \(windowHeight)×\(windowWidth)\(direction), \(batch)×\(outputHeight)×\(outputWidth)×\(channels)"
    )
  }
}

private let poolings = PrimitiveCache<PoolingKey>()

/// The largest value in each window. Padding never wins; of equal values the first in row order gets the gradient.
///
/// - Parameters:
///   - input: N,H,W,C; float32, or bfloat16 that needs no gradient.
///   - window: height and width of the window.
///   - strides: vertical and horizontal; the window's own size by default.
///   - padding: what lies around the images.
///   - ceiling: whether a last window may hang over the border, as in Caffe and in PyTorch's `ceil_mode`.
/// - Returns: N,H′,W′,C.
public func maxPooling2D(
  _ input: Tensor, window: (Int, Int), strides: (Int, Int)? = nil, padding: Padding = .valid,
  ceiling: Bool = false
) -> Tensor {
  Pooling(
    GRAFT_POOLING_MAXIMUM, input: input, window: window, strides: strides ?? window, padding: padding,
    ceiling: ceiling
  ).run(input)
}

/// The mean of each window.
///
/// The defaults are those of Keras, which never counts padding; PyTorch's default is to count it. What a window reaches
/// beyond the padding, as with `ceiling`, never counts.
///
/// - Parameters:
///   - input: N,H,W,C.
///   - window: height and width of the window.
///   - strides: vertical and horizontal; the window's own size by default.
///   - padding: what lies around the images, less than a window on each side.
///   - ceiling: whether a last window may hang over the border, as in Caffe and in PyTorch's `ceil_mode`.
///   - countingPadding: whether padding counts as zeros, as in PyTorch's `count_include_pad`, or not at all.
/// - Returns: N,H′,W′,C.
public func averagePooling2D(
  _ input: Tensor, window: (Int, Int), strides: (Int, Int)? = nil, padding: Padding = .valid,
  ceiling: Bool = false, countingPadding: Bool = false
) -> Tensor {
  let pooling = Pooling(
    countingPadding ? GRAFT_POOLING_AVERAGE_INCLUDING_PADDING : GRAFT_POOLING_AVERAGE_EXCLUDING_PADDING,
    input: input, window: window, strides: strides ?? window, padding: padding, ceiling: ceiling)
  let (rows, columns) = (pooling.rows, pooling.columns)
  require(
    Swift.max(rows.before, rows.after) < window.0 && Swift.max(columns.before, columns.after) < window.1,
    "A window of \(window.0)×\(window.1) may lie in nothing but padding, of which there is no mean: pad less."
  )
  let means = pooling.run(input)
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
  requireImages(input)
  return input.mean(alongAxes: [1, 2])
}

/// The largest value of each channel over the whole image; of equal values the first in row order gets the gradient.
///
/// - Parameter input: N,H,W,C.
/// - Returns: N,C.
public func globalMaxPooling2D(_ input: Tensor) -> Tensor {
  requireImages(input)
  return input.max(alongAxes: [1, 2])
}

private func requireImages(_ input: Tensor, allowsBFloat16: Bool = false) {
  require(input.shape.rank == 4, "Pooling takes images of shape N×H×W×C, not \(input.shape).")
  require(input.scalarCount > 0, "There is nothing to pool in images of shape \(input.shape).")
  require(
    input.scalarType == .float32 || (allowsBFloat16 && input.scalarType == .bfloat16 && !input.isTracked),
    "Pooling is computed in float32, not \(input.scalarType).")
}

private struct Pooling: Sendable {
  let kind: graft_pooling_kind
  let inputShape, outputShape: Tensor.Shape
  let rows, columns: WindowAxis
  let key: PoolingKey

  init(
    _ kind: graft_pooling_kind, input images: Tensor, window: (Int, Int), strides: (Int, Int),
    padding: Padding, ceiling: Bool
  ) {
    requireImages(images, allowsBFloat16: kind == GRAFT_POOLING_MAXIMUM)
    let input = images.shape
    rows = WindowAxis(
      length: input[1], window: window.0, stride: strides.0, padding: padding.vertical, ceiling: ceiling)
    columns = WindowAxis(
      length: input[2], window: window.1, stride: strides.1, padding: padding.horizontal, ceiling: ceiling)
    require(
      rows.outputLength > 0 && columns.outputLength > 0,
      "A window of \(window.0)×\(window.1) does not fit into images of shape \(input) with this padding.")
    self.kind = kind
    inputShape = input
    outputShape = [input[0], rows.outputLength, columns.outputLength, input[3]]
    // What the last window reaches beyond the border counts as padding to the library; rows that no window reaches
    // count as negative padding.
    key = PoolingKey(
      kind: kind.rawValue, scalarType: images.scalarType, batch: input[0], channels: input[3],
      inputHeight: input[1], inputWidth: input[2],
      outputHeight: rows.outputLength, outputWidth: columns.outputLength,
      windowHeight: window.0, windowWidth: window.1, strideHeight: strides.0, strideWidth: strides.1,
      top: rows.before, bottom: rows.reach, left: columns.before, right: columns.reach)
  }

  func run(_ input: Tensor) -> Tensor {
    let x = input.detached
    guard input.isTracked else { return forward(x, isTraining: false).result }
    let (result, positions) = forward(x, isTraining: true)
    let order = x.layout
    return differentiable(result, of: [input]) { [backward($0, positions: positions, order: order)] }
  }

  private func primitive(_ direction: graft_direction, layout: Layout?) -> Primitive {
    var key = key
    key.direction = direction.rawValue
    key.layout = layout.map(LayoutIdentity.init)
    var description = graft_pooling(
      direction: direction, kind: kind, type: key.scalarType.computeType, batch: Int64(key.batch),
      channels: Int64(key.channels),
      input_height: Int64(key.inputHeight), input_width: Int64(key.inputWidth),
      output_height: Int64(key.outputHeight), output_width: Int64(key.outputWidth),
      window_height: Int64(key.windowHeight), window_width: Int64(key.windowWidth),
      stride_height: Int64(key.strideHeight), stride_width: Int64(key.strideWidth),
      padding_top: Int64(key.top), padding_left: Int64(key.left),
      padding_bottom: Int64(key.bottom), padding_right: Int64(key.right))
    guard
      let primitive = poolings.primitive(
        for: key,
        create: { primitive in
          (layout ?? .image(inputShape, key.scalarType)).withHandle {
            graft_pooling_create(&description, $0, primitive)
          }
        })
    else { misused("The compute library has no pooling for images of shape \(inputShape).") }
    return primitive
  }

  /// The result, and where the largest values lay, if this looks for them in training.
  private func forward(_ input: Tensor, isTraining: Bool) -> (result: Tensor, positions: Storage?) {
    let primitive = primitive(
      isTraining ? GRAFT_FORWARD_TRAINING : GRAFT_FORWARD_INFERENCE, layout: input.layout)
    let result = primitive.makeStorage(for: GRAFT_DESTINATION)
    var tensors = [(GRAFT_SOURCE, input.storage), (GRAFT_DESTINATION, result)]
    var positions: Storage?
    if isTraining, primitive.hasTensor(of: GRAFT_WORKSPACE) {
      let workspace = primitive.makeStorage(for: GRAFT_WORKSPACE)
      tensors.append((GRAFT_WORKSPACE, workspace))
      positions = workspace
    }
    primitive.execute(tensors)
    let pooled = Tensor(
      shape: outputShape, scalarType: key.scalarType, storage: result,
      layout: primitive.layout(of: GRAFT_DESTINATION))
    return (pooled, positions)
  }

  private func backward(_ gradient: Tensor, positions: Storage?, order: Layout?) -> Tensor {
    let primitive = primitive(GRAFT_BACKWARD_DATA, layout: order)
    let arrived = gradient.storage(
      in: primitive.layout(of: GRAFT_DESTINATION_GRADIENT), from: gradient.imageLayout)
    let result = primitive.makeStorage(for: GRAFT_SOURCE_GRADIENT)
    var tensors = [(GRAFT_DESTINATION_GRADIENT, arrived), (GRAFT_SOURCE_GRADIENT, result)]
    if let positions { tensors.append((GRAFT_WORKSPACE, positions)) }
    primitive.execute(tensors)
    return Tensor(
      shape: inputShape, scalarType: .float32, storage: result,
      layout: primitive.layout(of: GRAFT_SOURCE_GRADIENT))
  }
}
