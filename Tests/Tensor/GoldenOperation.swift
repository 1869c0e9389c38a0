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
  let slope, factor: Float?

  private enum CodingKeys: String, CodingKey {
    case operation, inputs, gradients, strides, dilations, window, padding, pad, axes, permutation, groups,
      slope
    case factor
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
  case dense
  case flattenDense = "flatten_dense"
  case matmul
  case sum, mean, max
  case relu
  case leakyReLU = "leaky_relu"
  case sigmoid, tanh, softmax
  case expLog = "exp_log"
  case transpose
  case l2Penalty = "l2_penalty"

  var isConvolution: Bool { self == .conv2d || self == .transposedConvolution }

  /// Copies and comparisons are exact; sums of products are not.
  var tolerance: Double {
    switch self {
    case .maxPooling, .relu, .transpose, .max: 0
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
      return matrixProduct(
        transposing.0 ? first.transposed : first, transposing.1 ? second.transposed : second)
    }
  }

  private func runOnOne(_ input: Tensor, _ attributes: OperationAttributes) throws -> Tensor {
    switch self {
    case .maxPooling:
      maxPooling2D(
        input, window: attributes.windowPair, strides: attributes.stridePair, padding: attributes.paddingKind,
        ceiling: attributes.ceiling)
    case .sum: input.sum(alongAxes: try #require(attributes.axes), keepingAxes: attributes.keepingAxes)
    case .mean: input.mean(alongAxes: try #require(attributes.axes), keepingAxes: attributes.keepingAxes)
    case .max: input.max(alongAxes: try #require(attributes.axes), keepingAxes: attributes.keepingAxes)
    case .relu: GraftTensor.relu(input)
    case .leakyReLU: GraftTensor.leakyReLU(input, slope: try #require(attributes.slope))
    case .sigmoid: GraftTensor.sigmoid(input)
    case .tanh: GraftTensor.tanh(input)
    case .softmax: GraftTensor.softmax(input)
    case .expLog: log(exp(input) + 1)
    case .transpose: input.transposed(try #require(attributes.permutation))
    default: try #require(attributes.factor) * (input * input).sum()
    }
  }
}
