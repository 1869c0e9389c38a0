/// Whose way of naming weights names follow. It tells, too, how their kernels are ordered.
enum NamingStyle {
  /// `conv/conv/kernel:0`, `conv/vars/0`.
  case keras
  /// `features.0.weight`.
  case pyTorch
  /// `conv1_1/0`.
  case caffe

  /// The style of the first name that has one; nil if none has.
  init?(of names: some Sequence<String>) {
    guard let style = names.lazy.compactMap(Self.style).first else { return nil }
    self = style
  }

  private static func style(of name: String) -> NamingStyle? {
    let last = name.split { "./".contains($0) }.last ?? ""
    if name.contains("/") {
      if last.hasSuffix(":0") || name.contains("/vars/") { return .keras }
      if ["kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance"].contains(last) {
        return .keras
      }
      return last.allSatisfy(\.isNumber) ? .caffe : nil
    }
    return name.contains(".")
      && ["weight", "running_mean", "running_var", "num_batches_tracked"].contains(last)
      ? .pyTorch : nil
  }
}
