import ArgumentParser

/// The exit status where a picture cannot be read. Either way the picture is named and left out.
public enum BadPictureRule: String, ExpressibleByArgument, CaseIterable, Sendable {
  /// The exit status is 1.
  case fail
  /// The exit status is 0, as long as one picture was read.
  case skip
}
