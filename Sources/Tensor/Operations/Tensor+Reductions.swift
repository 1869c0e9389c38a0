import CGraftKernels

extension Tensor {
  /// The sum of all scalars, added up in double precision.
  public func sum() -> Tensor { sum(alongAxes: Array(shape.indices)) }

  /// The mean of all scalars.
  public func mean() -> Tensor { mean(alongAxes: Array(shape.indices)) }

  /// The sum along some axes, added up in double precision.
  ///
  /// - Parameters:
  ///   - axes: which; a negative one counts from the back.
  ///   - keepingAxes: whether the summed axes stay, with length 1.
  public func sum(alongAxes axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let (folded, kept) = reduced(axes) { outer, length, inner, source, result in
      graft_sum(outer, length, inner, source, result)
    }
    let shape = shape
    let result = folded.reshaped(to: keepingAxes ? kept : kept.removing(normalized(axes)))
    return differentiable(result, of: [self]) { [$0.reshaped(to: kept).broadcast(to: shape)] }
  }

  /// The mean along some axes.
  ///
  /// - Parameters:
  ///   - axes: which; a negative one counts from the back.
  ///   - keepingAxes: whether the averaged axes stay, with length 1.
  public func mean(alongAxes axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let count = normalized(axes).reduce(1) { $0 * shape[$1] }
    return sum(alongAxes: axes, keepingAxes: keepingAxes) / Float(count)
  }

  /// The largest value along some axes; of equal ones the first gets the gradient.
  ///
  /// - Parameters:
  ///   - axes: which; a negative one counts from the back.
  ///   - keepingAxes: whether the reduced axes stay, with length 1.
  public func max(alongAxes axes: [Int], keepingAxes: Bool = false) -> Tensor {
    let axes = normalized(axes)
    let kept = Shape(shape.indices.map { axes.contains($0) ? 1 : shape[$0] })
    if let first = axes.first, let last = axes.last, last - first >= axes.count {
      // Brought side by side at the end, in the order in which they were.
      let others = shape.indices.filter { !axes.contains($0) }
      let maxima = transposed(others + axes).max(alongAxes: Array(others.count..<shape.rank))
      return keepingAxes ? maxima.reshaped(to: kept) : maxima
    }
    let (values, indices) = largest(along: axes)
    let result = values.reshaped(to: keepingAxes ? kept : kept.removing(axes))
    let (fullShape, extents) = (shape, extents(of: axes))
    return differentiable(result, of: [self]) { gradient in
      var spread = Tensor(zeros: fullShape)
      gradient.withUnsafeScalars { gradient in
        spread.withUnsafeMutableScalars { spread in
          for (position, index) in indices.enumerated() {
            let (outer, inner) = position.quotientAndRemainder(dividingBy: extents.inner)
            spread[(outer * extents.length + Int(index)) * extents.inner + inner] = gradient[position]
          }
        }
      }
      return [spread]
    }
  }

  /// Where the largest scalar of each row along the last axis lies; the first of equal ones.
  public func indexOfMaximumAlongLastAxis() -> [Int] {
    largest(along: normalized([-1])).indices.map(Int.init)
  }

  // MARK: Folding

  private func normalized(_ axes: [Int]) -> [Int] { Set(axes.map(shape.normalized(axis:))).sorted() }

  /// - Parameter axes: side by side, in order.
  private func extents(of axes: [Int]) -> (outer: Int, length: Int, inner: Int) {
    guard let first = axes.first, let last = axes.last else { return (scalarCount, 1, 1) }
    return (
      shape[..<first].reduce(1, *), shape[first...last].reduce(1, *), shape[(last + 1)...].reduce(1, *)
    )
  }

  private func largest(along axes: [Int]) -> (values: Tensor, indices: [Int32]) {
    let (outer, length, inner) = extents(of: axes)
    require(length > 0, "There is no largest value along an empty axis of shape \(shape).")
    var indices = [Int32](repeating: 0, count: outer * inner)
    let values = Tensor(shape: [outer * inner]) { result in
      detached.withUnsafeScalars { source in
        guard let from = source.baseAddress, let into = result.baseAddress, !result.isEmpty else { return }
        graft_maximum(Int64(outer), Int64(length), Int64(inner), from, into, &indices)
      }
    }
    return (values, indices)
  }

  /// Reduces axes one run of neighbours at a time, from the back, and keeps them with length 1.
  private func reduced(
    _ axes: [Int], _ fold: (Int64, Int64, Int64, UnsafePointer<Float>, UnsafeMutablePointer<Float>) -> Void
  ) -> (Tensor, kept: Shape) {
    var remaining = normalized(axes)
    var current = detached.rowMajor
    while let last = remaining.last {
      var first = last
      while remaining.contains(first - 1) { first -= 1 }
      remaining.removeAll { $0 >= first }
      let (outer, length, inner) = current.extents(of: Array(first...last))
      let kept = Shape(current.shape.indices.map { (first...last).contains($0) ? 1 : current.shape[$0] })
      let source = current
      current = Tensor(shape: kept) { result in
        source.withUnsafeScalars { source in
          guard let into = result.baseAddress, !result.isEmpty else { return }
          guard let from = source.baseAddress, !source.isEmpty else { return result.update(repeating: 0) }
          fold(Int64(outer), Int64(length), Int64(inner), from, into)
        }
      }
    }
    return (current, current.shape)
  }
}

extension Tensor.Shape {
  func removing(_ axes: [Int]) -> Tensor.Shape {
    Tensor.Shape(indices.filter { !axes.contains($0) }.map { self[$0] })
  }
}
