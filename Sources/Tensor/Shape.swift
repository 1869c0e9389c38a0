extension Tensor {
  /// The lengths of a tensor's axes, outermost first. A scalar has the empty shape.
  ///
  /// It prints as `1×7×7×512`.
  public struct Shape: Hashable, Sendable, Codable {
    /// One length for each axis, none of them negative.
    public let dimensions: [Int]

    /// Creates a shape of the given lengths.
    public init(_ dimensions: [Int]) {
      require(dimensions.allSatisfy { $0 >= 0 }, "A shape has no negative lengths: \(dimensions).")
      self.dimensions = dimensions
    }

    /// How many axes there are.
    public var rank: Int { dimensions.count }

    /// How many scalars a tensor of this shape holds; 1 for the empty shape.
    public var scalarCount: Int { dimensions.reduce(1, *) }

    /// The distance in scalars between neighbours along each axis, in row-major order.
    var rowMajorStrides: [Int] {
      var strides = [Int](repeating: 1, count: rank)
      for axis in stride(from: rank - 2, through: 0, by: -1) {
        strides[axis] = strides[axis + 1] * dimensions[axis + 1]
      }
      return strides
    }

    /// The axis as counted from the front; a negative one counts from the back, as -1 for the last.
    func normalized(axis: Int) -> Int {
      let positive = axis < 0 ? axis + rank : axis
      require(dimensions.indices.contains(positive), "There is no axis \(axis) in shape \(self).")
      return positive
    }
  }
}

extension Tensor.Shape {
  private enum CodingKeys: CodingKey { case dimensions }

  /// Reads a shape; what comes from a file may hold negative lengths, or more scalars than can be counted.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let dimensions = try container.decode([Int].self, forKey: .dimensions)
    var count = 1
    for length in dimensions {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else {
        throw DecodingError.dataCorruptedError(
          forKey: .dimensions, in: container, debugDescription: "\(dimensions) is the shape of no tensor.")
      }
      count = product
    }
    self.dimensions = dimensions
  }
}

extension Tensor.Shape: ExpressibleByArrayLiteral {
  /// Creates a shape of the given lengths.
  public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Tensor.Shape: RandomAccessCollection {
  /// The first axis.
  public var startIndex: Int { 0 }
  /// One past the last axis.
  public var endIndex: Int { rank }
  /// The length of one axis.
  public subscript(axis: Int) -> Int { dimensions[axis] }
}

extension Tensor.Shape: CustomStringConvertible {
  /// For instance `1×7×7×512`, or `scalar`.
  public var description: String {
    dimensions.isEmpty ? "scalar" : dimensions.map(String.init).joined(separator: "×")
  }
}
