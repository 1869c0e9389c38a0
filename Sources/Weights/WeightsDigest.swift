import GraftFiles
import GraftTensor

/// A digest of named tensors: SHA-256 over their paths in sorted order, each with its shape, its scalar type and its
/// bytes in row-major order.
///
/// Equal digests mean equal weights, whichever file they came from; caches and checkpoints are keyed by it.
///
/// - Returns: 64 hexadecimal digits.
public func weightsDigest(of tensors: [String: Tensor]) -> String {
  var digest = SHA256()
  for (path, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
    let shape = tensor.shape.map(String.init).joined(separator: ",")
    // The length of the path comes first, so that no path can imitate the beginning of the next field.
    digest.update("\(path.utf8.count) \(path) \(tensor.scalarType.rawValue) \(shape)\n")
    unsafe tensor.withUnsafeBytes { unsafe digest.update($0) }
  }
  return digest.finalize()
}
