import Foundation
import GraftModels

/// An event that a trainer tells its observers.
public enum TrainingEvent: Sendable {
  /// So many pictures of a data set have gone through the frozen stages.
  case features(dataset: String, done: Int, of: Int)
  /// The features of a data set were computed and are now stored: how many pictures went through each stage, where the features are, how
  /// large they are, and how many bytes the folder may hold in all.
  case featuresKept(
    dataset: String, computedPictures: [EncoderStage.Name: Int], folder: URL, byteCount: Int, limit: Int)
  /// A phase begins, or is resumed: its name, its number from 1, and how many there are.
  case phase(name: String, number: Int, of: Int)
  /// Training goes on from a checkpoint, after so many whole epochs and batches of the next.
  case resumed(epochs: Int, batches: Int)
  /// A step is done: the batch's number from 1, and the loss before the step.
  case step(epoch: Int, batch: Int, of: Int, samples: Int, loss: Double)
  /// An epoch is done; `history` ends with it.
  case epoch(History.Epoch, isBest: Bool, history: History)
  /// Something that the person should know.
  case warning(String)
  /// A training, or a phase of it, is over, for this reason.
  case ended(reason: String, history: History)
}

/// Watches a training: logs, progress, files.
public protocol TrainingObserver: AnyObject {
  /// Is told each event as it happens; an error ends the training.
  func observe(_ event: TrainingEvent) throws
}
