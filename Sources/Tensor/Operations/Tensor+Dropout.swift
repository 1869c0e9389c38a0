/// Sets some scalars to 0 and divides the others by 1 − rate, so that the expectation stays (inverted dropout, as all
/// frameworks have it).
///
/// - Parameters:
///   - input: of any shape.
///   - rate: the share that is dropped, in 0 ..< 1.
///   - mask: 1 where a scalar is kept and 0 where it is dropped; a length of 1 is repeated, as to drop whole channels.
///     It gets no gradient.
public func dropout(_ input: Tensor, rate: Float, mask: Tensor) -> Tensor {
  requireDroppable(rate)
  require(
    input.shape.broadcast(with: mask.shape) == input.shape,
    "A dropout mask of shape \(mask.shape) does not fit a tensor of shape \(input.shape).")
  return input * (mask.detached / (1 - rate))
}

/// Sets each scalar to 0 with the probability `rate` and divides the others by 1 − rate.
///
/// - Parameters:
///   - input: of any shape.
///   - rate: the share that is dropped, in 0 ..< 1; at 0 nothing is drawn.
///   - random: gives one number for each scalar, in row-major order.
public func dropout(_ input: Tensor, rate: Float, random: inout RandomStream) -> Tensor {
  requireDroppable(rate)
  if rate == 0 { return input }
  let mask = Tensor(shape: input.shape) { mask in
    for index in mask.indices { mask[index] = random.uniform() < Double(rate) ? 0 : 1 }
  }
  return dropout(input, rate: rate, mask: mask)
}

private func requireDroppable(_ rate: Float) {
  require((0..<1).contains(rate), "A dropout rate lies in 0 ..< 1, and \(rate) does not.")
}
