import Foundation

/// A loss was infinite or not a number, and the weights are worth nothing any more.
public struct TrainingDiverged: LocalizedError, CustomStringConvertible {
  /// The loss as it was computed: that of a batch, or that of the validation part.
  public let loss: Double
  /// In which epoch it happened, from 1.
  public let epoch: Int
  /// In which batch of the epoch, from 1; nil where it was the validation loss after the epoch.
  public let batch: Int?
  /// The learning rate of the step before.
  public let learningRate: Float

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What happened, and what to do.
  public var description: String {
    let place =
      batch.map { "The loss became \(loss) in epoch \(epoch), batch \($0)" }
      ?? "The validation loss became \(loss) after epoch \(epoch)"
    return """
      \(place): training has diverged. A learning rate smaller than \
      \(learningRate) helps, if the weights and the input are numbers; start anew, because a checkpoint may hold the spoilt weights.
      """
  }
}
