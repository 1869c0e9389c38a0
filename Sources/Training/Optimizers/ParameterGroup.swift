import GraftTensor

/// Parameters that learn at a rate of their own: those whose paths begin with a prefix.
///
/// ```swift
/// let optimizer = AdamW(.pyTorch, learningRate: 1e-3, groups: [.init(prefix: "encoder.", learningRateFactor: 0.1)])
/// ```
/// Factors, not rates, so that a schedule changes all groups alike. A parameter belongs to the group with the longest prefix
/// that fits, whatever the order; a group that fits no parameter of the network is a mistake and ends the program.
public struct ParameterGroup: Sendable, Hashable, Codable {
  /// The beginning of the paths, such as `encoder.` or `encoder.block5.`.
  public let prefix: String
  /// The optimizer's learning rate is multiplied by it.
  public let learningRateFactor: Float
  /// The optimizer's weight decay is multiplied by it, where it has one.
  public let weightDecayFactor: Float

  /// Creates a group; factors of 1 change nothing.
  public init(prefix: String, learningRateFactor: Float = 1, weightDecayFactor: Float = 1) {
    require(
      learningRateFactor >= 0 && weightDecayFactor >= 0,
      "The factors of the group \(prefix) are 0 or more, not \(learningRateFactor) and \(weightDecayFactor).")
    self.prefix = prefix
    self.learningRateFactor = learningRateFactor
    self.weightDecayFactor = weightDecayFactor
  }
}

extension [ParameterGroup] {
  /// The group of a parameter, if it has one.
  func group(of path: String) -> ParameterGroup? {
    filter { path.hasPrefix($0.prefix) }.max { $0.prefix.utf8.count < $1.prefix.utf8.count }
  }

  /// A misspelt prefix would otherwise train at the full rate unnoticed.
  func checkPrefixes(against paths: [String]) {
    for group in self {
      require(
        paths.contains { $0.hasPrefix(group.prefix) },
        "No parameter of this network begins with \(group.prefix), which a parameter group asks for; the first is "
          + "called \(paths.first ?? "nothing: it has none").")
    }
  }

  /// The groups at the end of an optimizer's summary; empty without groups.
  var summary: String {
    map { group in
      let decay = group.weightDecayFactor == 1 ? "" : " and decay × \(group.weightDecayFactor)"
      return ", \(group.prefix) rate × \(group.learningRateFactor)\(decay)"
    }.joined()
  }

  /// Ends the program if one prefix has two groups.
  func checked() -> [ParameterGroup] {
    require(
      Set(map(\.prefix)).count == count,
      "Each prefix has one parameter group, and these are given: \(map(\.prefix)).")
    return self
  }
}
