import CGraftKernels

extension Tensor {
  /// Tensors that differ only in the length of one axis, laid one after another along it.
  ///
  /// - Parameters:
  ///   - tensors: one at least, of one type.
  ///   - axis: which; a negative one counts from the back, as -1 for the channels of N,H,W,C.
  public static func concatenated(_ tensors: [Tensor], alongAxis axis: Int) -> Tensor {
    guard let first = tensors.first else { misused("There is nothing to concatenate.") }
    let axis = first.shape.normalized(axis: axis)
    require(
      tensors.allSatisfy {
        $0.shape.rank == first.shape.rank && $0.scalarType == first.scalarType
          && $0.shape.removing([axis]) == first.shape.removing([axis])
      },
      "Only tensors of one type whose shapes agree but for axis \(axis) can be concatenated along it, not "
        + "\(tensors.map(\.shape)).")
    var starts: [Int] = []
    var length = 0
    for tensor in tensors {
      starts.append(length)
      length += tensor.shape[axis]
    }
    let result = Tensor(shape: first.shape.replacing(axis, by: length), scalarType: first.scalarType) {
      bytes in
      for (tensor, start) in zip(tensors, starts) {
        let strides = first.shape.replacing(axis, by: length).rowMajorStrides
        tensor.withUnsafeBytes {
          copyRegion(
            tensor.shape, tensor.scalarType, from: $0, strides: tensor.shape.rowMajorStrides, into: bytes,
            at: start * strides[axis], strides: strides)
        }
      }
    }
    let ranges = zip(tensors, starts).map { tensor, start in
      tensor.isTracked ? start..<start + tensor.shape[axis] : nil
    }
    return differentiable(result, of: tensors) { gradient in
      ranges.map { $0.map { gradient.sliced($0, alongAxis: axis) } }
    }
  }

  /// A box cut out, copied.
  ///
  /// - Parameter ranges: for each axis the positions that stay.
  public func sliced(_ ranges: [Range<Int>]) -> Tensor {
    require(
      ranges.count == shape.rank
        && zip(ranges, shape).allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= $1 },
      "Positions \(ranges) are not in a tensor of shape \(shape).")
    let (whole, strides) = (shape, shape.rowMajorStrides)
    let start = zip(ranges, strides).reduce(0) { $0 + $1.0.lowerBound * $1.1 }
    let box = Shape(ranges.map(\.count))
    let result = Tensor(shape: box, scalarType: scalarType) { bytes in
      detached.withUnsafeBytes {
        copyRegion(
          box, scalarType, from: $0, startingAt: start, strides: strides, into: bytes,
          strides: box.rowMajorStrides)
      }
    }
    return differentiable(result, of: [self]) { gradient in
      [gradient.padded(zip(ranges, whole).map { ($0.lowerBound, $1 - $0.upperBound) })]
    }
  }

  /// A range of positions along one axis, all of the others, copied.
  ///
  /// - Parameters:
  ///   - range: the positions that stay.
  ///   - axis: which; a negative one counts from the back.
  public func sliced(_ range: Range<Int>, alongAxis axis: Int) -> Tensor {
    let axis = shape.normalized(axis: axis)
    return sliced(shape.indices.map { $0 == axis ? range : 0..<shape[$0] })
  }

  /// This tensor surrounded by zeros.
  ///
  /// - Parameter padding: for each axis how many positions of zeros come before and after.
  public func padded(_ padding: [(before: Int, after: Int)]) -> Tensor {
    require(
      padding.count == shape.rank && padding.allSatisfy { $0.before >= 0 && $0.after >= 0 },
      "A tensor of shape \(shape) is padded by two lengths for each axis, none of them negative, not by \(padding)."
    )
    let box = shape
    let larger = Shape(zip(box, padding).map { $0 + $1.before + $1.after })
    let strides = larger.rowMajorStrides
    let start = zip(padding, strides).reduce(0) { $0 + $1.0.before * $1.1 }
    let result = Tensor(shape: larger, scalarType: scalarType) { bytes in
      bytes.initializeMemory(as: UInt8.self, repeating: 0)
      detached.withUnsafeBytes {
        copyRegion(
          box, scalarType, from: $0, strides: box.rowMajorStrides, into: bytes, at: start, strides: strides)
      }
    }
    let ranges = zip(box, padding).map { $1.before..<$1.before + $0 }
    return differentiable(result, of: [self]) { [$0.sliced(ranges)] }
  }
}

/// Copies a box of elements; starts and strides are counted in elements.
private func copyRegion(
  _ box: Tensor.Shape, _ type: ScalarType, from source: UnsafeRawBufferPointer,
  startingAt sourceStart: Int = 0,
  strides sourceStrides: [Int], into result: UnsafeMutableRawBufferPointer, at resultStart: Int = 0,
  strides resultStrides: [Int]
) {
  guard box.scalarCount > 0, let from = source.baseAddress, let into = result.baseAddress else { return }
  graft_copy_region(
    Int32(box.rank), box.map(Int64.init), type.byteCount, from + sourceStart * type.byteCount,
    sourceStrides.map(Int64.init), into + resultStart * type.byteCount, resultStrides.map(Int64.init))
}

extension Tensor.Shape {
  fileprivate func replacing(_ axis: Int, by length: Int) -> Tensor.Shape {
    Tensor.Shape(indices.map { $0 == axis ? length : self[$0] })
  }
}
