/// What a call names besides the settings. It stands among them in `configuration.json`, so that this file alone repeats
/// the call.
public struct FaceSegmentationCall: RunCall {
  /// The folders of the data sets; nil for drawn faces.
  public var celeba, lfw, helen: String?
  /// The encoders that are studied, by name.
  public var encoders: [String]?
  /// Weight files by the names of their encoders.
  public var weights: [String: String]?
  /// What decoders are to find, as `FaceClasses` names it.
  public var masks: [String]?
  /// The seeds of several runs. A run's own is among its settings.
  public var seeds: [UInt64]?

  /// Names nothing.
  public init() {}

  /// Of which kind its values are.
  public static let forms =
    "celeba, lfw and helen are texts, encoders and masks lists of texts, seeds is a list of whole numbers, and weights an "
    + "object with a file for each encoder."

  /// The keys of a file of settings that are no settings.
  public static let names: Set = ["celeba", "lfw", "helen", "encoders", "weights", "masks", "seeds"]
}
