/// The named classes into which the pixels of a face are divided, the same for every data set.
public enum FaceClasses: String, Sendable, Codable, CaseIterable {
  /// Background, and the face with its hair.
  case withHair = "hair"
  /// Background, and the face alone; hair is background.
  case withoutHair = "no-hair"
  /// All parts that the labels tell apart, background among them.
  case parts

  /// The face with its hair, or without it.
  public static func face(hair: Bool) -> FaceClasses { hair ? .withHair : .withoutHair }

  /// The names of the classes, from 0.
  ///
  /// - Parameter parts: what a data set's labels tell apart, background first.
  func names(parts: [String]) -> [String] {
    switch self {
    case .withHair: ["background", "face with hair"]
    case .withoutHair: ["background", "face"]
    case .parts: parts
    }
  }
}
