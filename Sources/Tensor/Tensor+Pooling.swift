import CGraftCompute

private struct PoolingKey: Hashable, Sendable {
  var direction: UInt32
  var batch, channels, inputHeight, inputWidth, outputHeight, outputWidth: Int
  var windowHeight, windowWidth, strideHeight, strideWidth: Int
  var top, bottom, left, right: Int
  /// Of the image that is pooled, forward and backward alike, as both passes must agree on it; nil where it is row-major.
  var layout: LayoutIdentity?
}

private let poolings = PrimitiveCache<PoolingKey>()

/// The largest value in each window. Padding never wins; of equal values the first in row order gets the gradient.
///
/// - Parameters:
///   - input: N,H,W,C.
///   - window: height and width of the window.
///   - strides: vertical and horizontal; the window's own size by default.
///   - padding: what lies around the images.
///   - ceiling: whether a last window may hang over the border, as in Caffe and in PyTorch's `ceil_mode`.
/// - Returns: N,H′,W′,C.
public func maxPooling2D(
  _ input: Tensor, window: (Int, Int), strides: (Int, Int)? = nil, padding: Padding = .valid,
  ceiling: Bool = false
) -> Tensor {
  require(input.shape.rank == 4, "Pooling takes images of shape N×H×W×C, not \(input.shape).")
  require(input.scalarCount > 0, "There is nothing to pool in images of shape \(input.shape).")
  require(input.scalarType == .float32, "Pooling is computed in float32, not \(input.scalarType).")
  let pooling = MaxPooling(
    input: input.shape, window: window, strides: strides ?? window, padding: padding, ceiling: ceiling)
  let x = input.detached
  guard input.isTracked else { return pooling.forward(x, keepingPositions: false).result }
  let (result, positions) = pooling.forward(x, keepingPositions: true)
  let order = x.layout
  return differentiable(result, of: [input]) { gradient in
    [positions.map { pooling.backward(gradient, positions: $0, order: order) }]
  }
}

private struct MaxPooling: Sendable {
  let inputShape, outputShape: Tensor.Shape
  let key: PoolingKey

  init(input: Tensor.Shape, window: (Int, Int), strides: (Int, Int), padding: Padding, ceiling: Bool) {
    let rows = WindowAxis(
      length: input[1], window: window.0, stride: strides.0, padding: padding.vertical, ceiling: ceiling)
    let columns = WindowAxis(
      length: input[2], window: window.1, stride: strides.1, padding: padding.horizontal, ceiling: ceiling)
    require(
      rows.outputLength > 0 && columns.outputLength > 0,
      "A window of \(window.0)×\(window.1) does not fit into images of shape \(input) with this padding.")
    inputShape = input
    outputShape = [input[0], rows.outputLength, columns.outputLength, input[3]]
    // What the last window reaches beyond the border counts as padding to the library; rows that no window reaches
    // count as negative padding.
    key = PoolingKey(
      direction: 0, batch: input[0], channels: input[3], inputHeight: input[1], inputWidth: input[2],
      outputHeight: rows.outputLength, outputWidth: columns.outputLength,
      windowHeight: window.0, windowWidth: window.1, strideHeight: strides.0, strideWidth: strides.1,
      top: rows.before, bottom: (rows.outputLength - 1) * strides.0 + window.0 - input[1] - rows.before,
      left: columns.before,
      right: (columns.outputLength - 1) * strides.1 + window.1 - input[2] - columns.before,
      layout: nil)
  }

  func primitive(_ direction: graft_direction, layout: Layout?) -> Primitive {
    var key = key
    key.direction = direction.rawValue
    key.layout = layout.map(LayoutIdentity.init)
    var description = graft_pooling(
      direction: direction, kind: GRAFT_POOLING_MAXIMUM, batch: Int64(key.batch),
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
          (layout ?? .image(inputShape)).withHandle { graft_pooling_create(&description, $0, primitive) }
        })
    else { misused("The compute library has no pooling for images of shape \(inputShape).") }
    return primitive
  }

  func forward(_ input: Tensor, keepingPositions: Bool) -> (result: Tensor, positions: Storage?) {
    let primitive = primitive(
      keepingPositions ? GRAFT_FORWARD_TRAINING : GRAFT_FORWARD_INFERENCE, layout: input.layout)
    let result = primitive.makeStorage(for: GRAFT_DESTINATION)
    var tensors = [(GRAFT_SOURCE, input.storage), (GRAFT_DESTINATION, result)]
    var positions: Storage?
    if keepingPositions, primitive.hasTensor(of: GRAFT_WORKSPACE) {
      let workspace = primitive.makeStorage(for: GRAFT_WORKSPACE)
      tensors.append((GRAFT_WORKSPACE, workspace))
      positions = workspace
    }
    primitive.execute(tensors)
    let pooled = Tensor(
      shape: outputShape, scalarType: .float32, storage: result,
      layout: primitive.layout(of: GRAFT_DESTINATION))
    return (pooled, positions)
  }

  func backward(_ gradient: Tensor, positions: Storage, order: Layout?) -> Tensor {
    let primitive = primitive(GRAFT_BACKWARD_DATA, layout: order)
    let arrived = gradient.storage(
      in: primitive.layout(of: GRAFT_DESTINATION_GRADIENT), from: gradient.imageLayout)
    let result = primitive.makeStorage(for: GRAFT_SOURCE_GRADIENT)
    primitive.execute([
      (GRAFT_DESTINATION_GRADIENT, arrived), (GRAFT_WORKSPACE, positions), (GRAFT_SOURCE_GRADIENT, result),
    ])
    return Tensor(
      shape: inputShape, scalarType: .float32, storage: result,
      layout: primitive.layout(of: GRAFT_SOURCE_GRADIENT))
  }
}
