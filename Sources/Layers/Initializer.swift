import GraftTensor

/// How a parameter's first value is made.
public struct Initializer: Sendable {
  let makeTensor: @Sendable (Tensor.Shape, inout RandomStream) -> Tensor

  /// Creates an initializer from a function of shape and random numbers.
  public init(_ makeTensor: @escaping @Sendable (Tensor.Shape, inout RandomStream) -> Tensor) {
    self.makeTensor = makeTensor
  }

  /// The same value everywhere.
  public static func constant(_ value: Float) -> Initializer {
    Initializer { shape, _ in Tensor(repeating: value, shape: shape) }
  }

  /// Zeros.
  public static let zeros = constant(0)

  /// Uniform within ±√(6 / (inputs + outputs)) (Glorot and Bengio, 2010): Keras' default for dense layers and
  /// convolutions.
  public static let glorotUniform = Initializer { shape, random in
    let fans = Fans(shape)
    let limit = Float((6 / Double(fans.inputs + fans.outputs)).squareRoot())
    return Tensor(uniform: shape, in: -limit..<limit, random: &random)
  }

  /// Normal, cut off at ± 2 σ (He et al., 2015, arXiv:1502.01852).
  ///
  /// - Parameter correctingForTruncation: whether σ is enlarged so that the standard deviation after the cut is
  ///   √(2 / inputs), as in Keras from 2.2.5 on and in TensorFlow; without it, σ itself is √(2 / inputs) and the cut
  ///   makes the deviation 0.88 of that, as in Keras up to 2.2.4.
  public static func heNormal(correctingForTruncation: Bool = true) -> Initializer {
    Initializer { shape, random in
      var deviation = (2 / Double(Fans(shape).inputs)).squareRoot()
      // The standard deviation of a unit normal cut off at ± 2.
      if correctingForTruncation { deviation /= 0.879_625_661_034_239_78 }
      return Tensor(normal: shape, standardDeviation: Float(deviation), limit: 2, random: &random)
    }
  }

  /// A bilinear interpolation, for the kernel of a transposed convolution whose stride is half of its size (Long,
  /// Shelhamer and Darrell, 2015, arXiv:1411.4038): each output channel magnifies the input channel of its number.
  public static let bilinear = Initializer { shape, _ in
    require(shape.rank == 4, "A bilinear kernel has shape H×W×O×I, not \(shape).")
    let (rows, columns) = (triangle(shape[0]), triangle(shape[1]))
    return Tensor(shape: shape) { scalars in
      scalars.initialize(repeating: 0)
      for (y, row) in rows.enumerated() {
        for (x, column) in columns.enumerated() {
          for channel in 0..<min(shape[2], shape[3]) {
            scalars[((y * shape[1] + x) * shape[2] + channel) * shape[3] + channel] = row * column
          }
        }
      }
    }
  }

  private static func triangle(_ length: Int) -> [Float] {
    let factor = (length + 1) / 2
    let centre = length % 2 == 1 ? Float(factor - 1) : Float(factor) - 0.5
    return (0..<length).map { 1 - abs(Float($0) - centre) / Float(factor) }
  }
}

/// How many values feed one output of a kernel, and how many outputs one input feeds.
private struct Fans {
  let inputs, outputs: Int

  /// - Parameter shape: H,W,I,O or I,O.
  init(_ shape: Tensor.Shape) {
    require(
      shape.rank >= 2, "The kernel of a dense layer or a convolution has 2 or 4 axes, not \(shape.rank).")
    let window = shape.dropLast(2).reduce(1, *)
    inputs = window * shape[shape.rank - 2]
    outputs = window * shape[shape.rank - 1]
  }
}
