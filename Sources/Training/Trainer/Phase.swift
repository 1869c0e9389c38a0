import GraftModels

/// A part of a training: which parameters are trained, by which optimizer, and until when.
///
/// ```swift
/// let history = try trainer.fit(
///   parts.training.batches(of: 32, shuffledBy: 1), validation: parts.validation.batches(of: 32),
///   phases: [
///     Phase("head", training: .head, optimizer: Adam(learningRate: 1e-3), until: .epochs(5)),
///     Phase(
///       "block 5", training: .from("block5"), optimizer: Adam(learningRate: 1e-5),
///       until: .noImprovement(of: .validation(.accuracy), for: 3)),
///   ])
/// ```
public struct Phase: Sendable {
  /// Unique within a training; the history names it with each epoch.
  public let name: String
  /// The parameters that are trained; all others are frozen.
  public let training: Part
  /// The optimizer, which starts the phase with a fresh state.
  public let optimizer: any Optimizer
  /// The learning rate of each epoch, counted from the beginning of the phase.
  public let schedule: LearningRateSchedule
  /// The end of the phase; epochs, patience and seconds count from its beginning.
  public let rule: StoppingRule

  /// Describes a phase.
  ///
  /// - Parameters:
  ///   - name: unique within a training.
  ///   - part: the parameters that are trained; all others are frozen.
  ///   - optimizer: with its learning rate.
  ///   - schedule: the learning rate of each epoch; constant by default.
  ///   - rule: when the phase ends.
  public init(
    _ name: String, training part: Part, optimizer: any Optimizer, schedule: LearningRateSchedule = .constant,
    until rule: StoppingRule
  ) {
    self.name = name
    training = part
    self.optimizer = optimizer
    self.schedule = schedule
    self.rule = rule
  }

  /// Which parameters of a network.
  public enum Part: Sendable, Hashable {
    /// Those that are not frozen when the training begins.
    case unfrozen
    /// All of them.
    case everything
    /// Those outside the encoder; for networks with an encoder.
    case head
    /// Those of the encoder's stages from this one on, and the head; for networks with an encoder.
    case from(EncoderStage.Name)
    /// Those at or below some paths, such as `encoder.block5` or `top.logits.kernel`.
    case paths([String])
  }
}
