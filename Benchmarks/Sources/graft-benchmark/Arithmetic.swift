import GraftTensor

/// The arithmetic of a piece of work beside what the machine can do, and the kernels that do most of it.
struct Arithmetic {
  /// Multiplications and additions of the definition, whatever an algorithm saves of them.
  let operations: Double
  /// Of float32 in a second, reached by the library's direct convolution of 8×28×28×512 with 3×3 kernels: large enough to
  /// hide everything but arithmetic, and to stay in the caches.
  let peak: Double
  /// Names of kernels and their shares of the time in kernels, the largest first.
  let kernels: [(name: String, share: Double)]

  /// Does the work twice, and looks at the second time.
  ///
  /// - Returns: nil for work that the compute library has no part in.
  init?(of work: Work) throws {
    _ = try work.seconds()
    let profile = ComputeProfile()
    _ = try profile.measure { try work.seconds() }
    operations = profile.entries.reduce(0) { $0 + $1.floatingPointOperations }
    guard operations > 0 else { return nil }
    peak = Self.directConvolutionsPerSecond()
    let seconds = profile.entries.reduce(0) { $0 + $1.seconds }
    kernels = Dictionary(grouping: profile.entries, by: \.implementation).map { name, entries in
      (name, entries.reduce(0) { $0 + $1.seconds } / seconds)
    }.sorted { $0.share > $1.share }
  }

  /// The best of some times, after one that compiles.
  private static func directConvolutionsPerSecond() -> Double {
    let (images, kernel) = (Work.random([8, 28, 28, 512]), Work.random([3, 3, 512, 512]))
    let seconds = ComputeThread.run {
      (0..<5).map { _ in
        let began = ContinuousClock.now
        _ = convolution2D(images, kernel: kernel, padding: .same, algorithm: .direct)
        return (ContinuousClock.now - began) / .seconds(1)
      }.dropFirst().min() ?? 1
    }
    return 2 * 9 * 512 * 512 * 8 * 28 * 28 / seconds
  }

  /// What part of the machine's peak some time for the work means; Winograd's algorithm reaches more than all of it.
  func fraction(in seconds: Double) -> String { "\(decimal(operations / seconds / peak * 100, 0)) %" }

  var summary: String {
    let shares = kernels.prefix(4).map { "\($0.name) \(decimal($0.share * 100, 0)) %" }
    return
      "\(decimal(operations / 1e9, 1)) GFLOP by the definition; the machine does \(decimal(peak / 1e9, 0)) in a second "
      + "by direct convolution. Kernels: " + shares.joined(separator: ", ")
  }
}
