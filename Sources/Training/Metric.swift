/// A number by which networks are compared, and which way it is better.
public struct Metric: Hashable, Sendable, Codable {
  /// As in logs and files: `validationLoss`.
  public let name: String
  /// Which way it is better. Said, not guessed from the name, as Keras 2 did.
  public let direction: Direction

  /// Which way a number is better.
  public enum Direction: String, Sendable, Codable {
    case higher, lower
  }

  /// Names a metric.
  public init(_ name: String, better direction: Direction) {
    self.name = name
    self.direction = direction
  }

  /// The mean loss over the validation part, penalties included.
  public static let validationLoss = Metric("validationLoss", better: .lower)
  /// The share of validation samples whose class is the most likely one.
  public static let validationAccuracy = Metric("validationAccuracy", better: .higher)
  /// The mean over validation pictures of the hard intersection over union.
  public static let validationIoU = Metric("validationIoU", better: .higher)

  /// The mean over validation pictures of the soft intersection over union.
  public static let validationIoUSoft = Metric("validationIoUSoft", better: .higher)
  /// The hard intersection over union of all validation pictures together.
  public static let validationIoUGlobal = Metric("validationIoUGlobal", better: .higher)
  /// The mean of the foreground's and the background's, each of all validation pictures together.
  public static let validationIoUTwoClass = Metric("validationIoUTwoClass", better: .higher)
  /// With several classes: the mean over classes of the intersection over union of all validation pictures together.
  public static let validationMeanIoU = Metric("validationMeanIoU", better: .higher)

  /// With several classes: the intersection over union of one of them, of all validation pictures together.
  public static func validationIoU(of className: String) -> Metric {
    Metric("validationIoU \(className)", better: .higher)
  }

  /// Whether a value is strictly better than the best so far; what is not a number never is.
  public func isBetter(_ value: Double, than best: Double?) -> Bool {
    guard !value.isNaN else { return false }
    guard let best else { return true }
    return direction == .higher ? value > best : value < best
  }
}
