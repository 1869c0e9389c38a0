/// A part of a batch that is computed at a time.
struct MicroBatch: Sendable {
  let indices: [Int]
  let batch: Int
  let batchSize: Int
  let number: Int
  let isLast: Bool

  /// As few micro-batches of at most `size` samples as there can be, as even as they can be: one of a single sample would move the
  /// statistics of batch normalisations as much as one of many, and has no variance.
  static func parts(of indices: [Int], batch: Int, size: Int) -> [MicroBatch] {
    let count = (indices.count + size - 1) / size
    if count == 0 { return [] }
    let (least, larger) = indices.count.quotientAndRemainder(dividingBy: count)
    var start = 0
    return (0..<count).map { number in
      let end = start + least + (number < larger ? 1 : 0)
      defer { start = end }
      return MicroBatch(
        indices: Array(indices[start..<end]), batch: batch, batchSize: indices.count, number: number,
        isLast: number == count - 1)
    }
  }
}
