import CGraftKernels

extension Tensor {
  /// The same scalars, in row-major order, under another shape of as many scalars. Shares memory.
  public func reshaped(to newShape: Shape) -> Tensor {
    require(
      newShape.scalarCount == scalarCount,
      "A tensor of shape \(shape) has \(scalarCount) scalars; shape \(newShape) has \(newShape.scalarCount).")
    if newShape == shape { return self }
    let plain = detached.rowMajor
    let result = Tensor(shape: newShape, scalarType: scalarType, storage: plain.storage)
    let ownShape = shape
    return differentiable(result, of: [self]) { [$0.reshaped(to: ownShape)] }
  }

  /// Joins all axes but the first: N,H,W,C becomes N,(H·W·C), in that order, as Keras flattens.
  public func flattened() -> Tensor {
    require(shape.rank >= 1, "A scalar has no batch axis to keep.")
    return reshaped(to: [shape[0], shape.dropFirst().reduce(1, *)])
  }

  /// The axes in another order: axis `i` of the result is axis `order[i]` of this tensor, of any type.
  public func transposed(_ order: [Int]) -> Tensor {
    require(
      order.sorted() == Array(shape.indices), "\(order) does not name each axis of shape \(shape) once.")
    let plain = detached.rowMajor
    let strides = shape.rowMajorStrides
    let result = plain.gathered(
      as: Shape(order.map { shape[$0] }), strides: order.map { Int64(strides[$0]) })
    let inverse = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
    return differentiable(result, of: [self]) { [$0.transposed(inverse)] }
  }

  /// Rows and columns of a matrix exchanged.
  public var transposed: Tensor {
    require(shape.rank == 2, "A tensor of shape \(shape) is no matrix: name the order of its axes.")
    return transposed([1, 0])
  }

  /// This tensor repeated to a larger shape, aligned at the last axis.
  public func broadcast(to target: Shape) -> Tensor {
    require(
      shape.broadcast(with: target) == target, "A tensor of shape \(shape) does not spread to \(target).")
    if shape == target { return self }
    return self + Tensor(zeros: target)
  }

  /// Reads this row-major tensor through strides, 0 to repeat.
  func gathered(as shape: Shape, strides: [Int64]) -> Tensor {
    Tensor(shape: shape, scalarType: scalarType) { result in
      withUnsafeBytes { source in
        guard let from = source.baseAddress, let into = result.baseAddress, !result.isEmpty else { return }
        graft_gather(
          Int32(shape.rank), shape.map(Int64.init), scalarType.byteCount, from, strides, into)
      }
    }
  }
}

// MARK: Rows and conversions

extension Tensor {
  /// The entries `indices` of the first axis, in that order, copied. Not differentiable: for data.
  public func rows(_ indices: some Collection<Int>) -> Tensor {
    require(shape.rank >= 1, "A scalar has no rows.")
    require(
      !isTracked, "Taking rows has no gradient: take them of the detached value, or before it is tracked.")
    require(
      indices.allSatisfy { (0..<shape[0]).contains($0) },
      "A row of \(Array(indices)) is not in shape \(shape).")
    let rowBytes = shape.dropFirst().reduce(1, *) * scalarType.byteCount
    return Tensor(shape: Shape([indices.count] + shape.dropFirst()), scalarType: scalarType) { result in
      withUnsafeBytes { source in
        for (position, index) in indices.enumerated() {
          let row = UnsafeRawBufferPointer(rebasing: source[index * rowBytes..<(index + 1) * rowBytes])
          UnsafeMutableRawBufferPointer(rebasing: result[(position * rowBytes)...]).copyMemory(from: row)
        }
      }
    }
  }

  /// Tensors of one shape and type, laid one after another along a new first axis.
  public static func stacked(_ tensors: [Tensor]) -> Tensor {
    concatenated(tensors.map { $0.reshaped(to: Shape([1] + $0.shape)) }, alongAxis: 0)
  }

  /// The same numbers as another type: bfloat16 takes the nearest, ties to even; integers drop the fraction, and have to
  /// be able to hold the number.
  public func converted(to type: ScalarType) -> Tensor {
    if type == scalarType { return self }
    require(!isTracked, "A conversion from \(scalarType) to \(type) has no gradient.")
    if scalarType != .float32 && type != .float32 { return converted(to: .float32).converted(to: type) }
    return Tensor(shape: shape, scalarType: type) { result in
      withUnsafeBytes { source in Self.convert(source, scalarType, into: result, type, count: scalarCount) }
    }
  }

  private static func convert(
    _ source: UnsafeRawBufferPointer, _ from: ScalarType, into result: UnsafeMutableRawBufferPointer,
    _ type: ScalarType, count: Int
  ) {
    guard count > 0 else { return }
    let (floats, target) = (source.bindMemory(to: Float.self), result.bindMemory(to: Float.self))
    switch (from, type) {
    case (.float32, .bfloat16):
      graft_to_bfloat16(Int64(count), floats.baseAddress, result.bindMemory(to: UInt16.self).baseAddress)
    case (.bfloat16, _):
      graft_from_bfloat16(Int64(count), source.bindMemory(to: UInt16.self).baseAddress, target.baseAddress)
    case (.float32, .int32):
      let integers = result.bindMemory(to: Int32.self)
      for index in 0..<count { integers[index] = truncated(floats[index]) }
    case (.float32, _):
      let bytes = result.bindMemory(to: UInt8.self)
      for index in 0..<count { bytes[index] = truncated(floats[index]) }
    case (.int32, _):
      let integers = source.bindMemory(to: Int32.self)
      for index in 0..<count { target[index] = Float(integers[index]) }
    case (.uint8, _):
      let bytes = source.bindMemory(to: UInt8.self)
      for index in 0..<count { target[index] = Float(bytes[index]) }
    }
  }

  private static func truncated<Integer: FixedWidthInteger>(_ value: Float) -> Integer {
    guard let integer = Integer(exactly: value.rounded(.towardZero)) else {
      misused("\(value) is not one of the numbers \(Integer.min)…\(Integer.max).")
    }
    return integer
  }
}
