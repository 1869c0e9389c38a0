/// The loss of a batch was infinite or not a number, and the weights are worth nothing any more.
public struct TrainingDiverged: Error, CustomStringConvertible {
  /// Of the batch, as it was computed.
  public let loss: Double
  /// Where it happened, both from 1.
  public let epoch, batch: Int
  /// With which the step before was made.
  public let learningRate: Float

  /// What happened, and what to do.
  public var description: String {
    """
    The loss became \(loss) in epoch \(epoch), batch \(batch): training has diverged. A learning rate smaller than \
    \(learningRate) helps, if the weights and the input are numbers; start anew, because a checkpoint may hold the spoilt weights.
    """
  }
}
