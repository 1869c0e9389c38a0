import GraftTensor

/// The means of so many windows of an image that the output has a given size, whatever that of the input: the windows
/// of output i begin at ⌊i · length / count⌋ and end before ⌈(i + 1) · length / count⌉, as in PyTorch.
///
/// Input N,H,W,C; output N,height,width,C; the input itself where it has that size. No parameters.
public final class AdaptiveAveragePool2D: Module {
  /// The size of the output.
  public let height, width: Int

  /// Creates the layer.
  ///
  /// - Parameters:
  ///   - height: of the output.
  ///   - width: of the output.
  public init(height: Int, width: Int) {
    require(height > 0 && width > 0, "An image of \(height)×\(width) has no pixels.")
    self.height = height
    self.width = width
  }

  /// Empty: there is nothing to learn.
  public var members: [Member] { [] }

  /// Computes N,height,width,C from N,H,W,C.
  public func callAsFunction(_ input: Tensor, _ context: Context) -> Tensor {
    require(input.shape.rank == 4, "Images of shape N×H×W×C are pooled, not \(input.shape).")
    let (rows, columns) = (input.shape[1], input.shape[2])
    guard rows != height || columns != width else { return context.observed(input, of: self) }
    let isEven = rows % height == 0 && columns % width == 0
    let means =
      isEven
      ? averagePooling2D(input, window: (rows / height, columns / width))
      : input.meansOfRows(height).transposed([0, 2, 1, 3]).meansOfRows(width).transposed([0, 2, 1, 3])
    return context.observed(means, of: self)
  }
}

extension Tensor {
  /// The means of `count` windows along the second of four axes.
  fileprivate func meansOfRows(_ count: Int) -> Tensor {
    let (length, rest) = (shape[1], [shape[0], shape[2], shape[3]])
    let shares = Tensor(shape: [length, count]) { shares in
      shares.initialize(repeating: 0)
      for window in 0..<count {
        let covered = window * length / count..<((window + 1) * length + count - 1) / count
        for row in covered { shares[row * count + window] = 1 / Float(covered.count) }
      }
    }
    let rows = transposed([0, 2, 3, 1]).reshaped(to: [rest.reduce(1, *), length])
    return matrixProduct(rows, shares).reshaped(to: Shape(rest + [count])).transposed([0, 3, 1, 2])
  }
}
