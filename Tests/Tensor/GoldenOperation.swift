import GraftTensor
import Testing

/// What ops.npz says about a case.
struct OperationAttributes: Decodable {
  let operation: String
  let inputs, gradients: [String]
  private let strides, dilations, window: [Int]?
  private let padding: String?
  private let pad: Int?
  private let explicitPadding, cropping: [Int]?
  private let ceilMode: Bool?
  private let transposesFirst, transposesSecond: Bool?
  private let keepsAxes: Bool?
  let axes, permutation: [Int]?
  let groups: Int?
  let slope, factor, rate, epsilon: Float?
  let axis: Int?
  private let training: Bool?
  private let size: [Int]?
  private let alignCorners: Bool?
  private let rule: String?
  private let countsPadding: Bool?
  private let zeroPadding: [Int]?

  private enum CodingKeys: String, CodingKey {
    case operation, inputs, gradients, strides, dilations, window, padding, pad, axes, permutation, groups,
      slope
    case factor, rate, epsilon, axis, training, size, rule
    case alignCorners = "align_corners"
    case countsPadding = "count_include_pad"
    case zeroPadding = "padding_top_bottom_left_right"
    case explicitPadding = "explicit_padding_top_bottom_left_right"
    case cropping = "crop_top_bottom_left_right"
    case ceilMode = "ceil_mode"
    case transposesFirst = "transpose_a"
    case transposesSecond = "transpose_b"
    case keepsAxes = "keep_dimensions"
  }

  var stridePair: (Int, Int) { Self.pair(strides) }
  var dilationPair: (Int, Int) { Self.pair(dilations) }
  var windowPair: (Int, Int) { Self.pair(window) }
  var ceiling: Bool { ceilMode ?? false }
  var keepingAxes: Bool { keepsAxes ?? false }
  var transposing: (Bool, Bool) { (transposesFirst ?? false, transposesSecond ?? false) }

  var sizePair: (height: Int, width: Int) { Self.pair(size) }
  var isTraining: Bool { training ?? false }
  var countingPadding: Bool { countsPadding ?? false }

  /// Before and after, for each axis of N,H,W,C.
  var imagePadding: [(before: Int, after: Int)] {
    let sides = zeroPadding ?? [0, 0, 0, 0]
    return [(0, 0), (sides[0], sides[1]), (sides[2], sides[3]), (0, 0)]
  }

  var interpolation: Interpolation {
    if let rule { return rule.contains("0.5") ? .nearest : .nearestOfCorner }
    return alignCorners == true ? .bilinearAligningCorners : .bilinear
  }

  /// Padding, or cropping for a transposed convolution.
  var paddingKind: Padding {
    switch padding {
    case "valid": return .valid
    case "same": return .same
    default:
      let sides = explicitPadding ?? cropping ?? Array(repeating: pad ?? 0, count: 4)
      return .explicit(top: sides[0], bottom: sides[1], left: sides[2], right: sides[3])
    }
  }

  private static func pair(_ values: [Int]?) -> (Int, Int) { values.map { ($0[0], $0[1]) } ?? (1, 1) }
}

/// The operations of ops.npz that GraftTensor has.
enum GoldenOperation: String {
  case add, subtract, multiply, divide
  case conv2d
  case transposedConvolution = "conv2d_transpose"
  case maxPooling = "max_pool2d"
  case averagePooling = "avg_pool2d"
  case globalAveragePooling = "global_average_pool"
  case globalMaxPooling = "global_max_pool"
  case batchNormalization = "batch_normalization"
  case dropout
  case concatenation = "concat"
  case zeroPadding = "zero_pad"
  case bilinearResizing = "resize_bilinear"
  case nearestResizing = "resize_nearest"
  case dense
  case flattenDense = "flatten_dense"
  case matmul
  case sum, mean, max
  case relu
  case leakyReLU = "leaky_relu"
  case sigmoid, tanh, softmax
  case logSoftmax = "log_softmax"
  case expLog = "exp_log"
  case transpose
  case l2Penalty = "l2_penalty"

  var isConvolution: Bool { self == .conv2d || self == .transposedConvolution }

  /// Copies and comparisons are exact; sums of products are not.
  var tolerance: Double {
    switch self {
    case .maxPooling, .globalMaxPooling, .relu, .transpose, .max, .concatenation, .zeroPadding,
      .nearestResizing:
      0
    case .bilinearResizing: 1e-6
    default: 1e-5
    }
  }

  func run(_ inputs: [String: Tensor], _ attributes: OperationAttributes, _ algorithm: ConvolutionAlgorithm)
    throws -> Tensor
  {
    func operand(_ name: String) throws -> Tensor { try #require(inputs[name]) }
    switch self {
    case .conv2d:
      return convolution2D(
        try operand("input"), kernel: try operand("kernel"), bias: inputs["bias"],
        strides: attributes.stridePair, padding: attributes.paddingKind,
        dilations: attributes.dilationPair, groups: attributes.groups ?? 1,
        algorithm: algorithm)
    case .transposedConvolution:
      let spread = transposedConvolution2D(
        try operand("input"), kernel: try operand("kernel"), strides: attributes.stridePair,
        padding: attributes.paddingKind, algorithm: algorithm)
      return inputs["bias"].map { spread + $0 } ?? spread
    case .add, .subtract, .multiply, .divide, .matmul:
      return runOnTwo(try operand("input0"), try operand("input1"), attributes)
    case .dense, .flattenDense:
      let product = matrixProduct(try operand("input").flattened(), try operand("kernel"))
      return inputs["bias"].map { product + $0 } ?? product
    case .concatenation:
      return .concatenated(
        try attributes.inputs.map(operand), alongAxis: try #require(attributes.axis))
    case .dropout:
      return GraftTensor.dropout(
        try operand("input"), rate: try #require(attributes.rate), mask: try operand("mask"))
    case .batchNormalization:
      let (input, gamma, beta) = (try operand("input"), try operand("gamma"), try operand("beta"))
      let epsilon = try #require(attributes.epsilon)
      if attributes.isTraining {
        return GraftTensor.batchNormalization(input, gamma: gamma, beta: beta, epsilon: epsilon).result
      }
      return GraftTensor.batchNormalization(
        input, gamma: gamma, beta: beta, mean: try operand("moving_mean").detached,
        variance: try operand("moving_variance").detached, epsilon: epsilon)
    default: return try runOnOne(try operand("input"), attributes)
    }
  }

  private func runOnTwo(_ first: Tensor, _ second: Tensor, _ attributes: OperationAttributes) -> Tensor {
    switch self {
    case .add: return first + second
    case .subtract: return first - second
    case .multiply: return first * second
    case .divide: return first / second
    default:
      let transposing = attributes.transposing
      return matrixProduct(first, second, transposingLeft: transposing.0, transposingRight: transposing.1)
    }
  }

  private func runOnOne(_ input: Tensor, _ attributes: OperationAttributes) throws -> Tensor {
    switch self {
    case .maxPooling:
      maxPooling2D(
        input, window: attributes.windowPair, strides: attributes.stridePair, padding: attributes.paddingKind,
        ceiling: attributes.ceiling)
    case .averagePooling:
      averagePooling2D(
        input, window: attributes.windowPair, strides: attributes.stridePair, padding: attributes.paddingKind,
        ceiling: attributes.ceiling, countingPadding: attributes.countingPadding)
    case .globalAveragePooling: globalAveragePooling2D(input)
    case .globalMaxPooling: globalMaxPooling2D(input)
    case .zeroPadding: input.padded(attributes.imagePadding)
    case .bilinearResizing, .nearestResizing:
      resized2D(input, to: attributes.sizePair, interpolation: attributes.interpolation)
    case .sum: input.sum(alongAxes: try #require(attributes.axes), keepingAxes: attributes.keepingAxes)
    case .mean: input.mean(alongAxes: try #require(attributes.axes), keepingAxes: attributes.keepingAxes)
    case .max: input.max(alongAxes: try #require(attributes.axes), keepingAxes: attributes.keepingAxes)
    case .relu: GraftTensor.relu(input)
    case .leakyReLU: GraftTensor.leakyReLU(input, slope: try #require(attributes.slope))
    case .sigmoid: GraftTensor.sigmoid(input)
    case .tanh: GraftTensor.tanh(input)
    case .softmax: GraftTensor.softmax(input)
    case .logSoftmax: GraftTensor.logSoftmax(input)
    case .expLog: log(exp(input) + 1)
    case .transpose: input.transposed(try #require(attributes.permutation))
    default: try #require(attributes.factor) * (input * input).sum()
    }
  }
}
