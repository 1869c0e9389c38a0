import ArgumentParser

/// What a picture that cannot be read means for the exit status; it is named and left out in any case.
public enum BadPictureRule: String, ExpressibleByArgument, CaseIterable, Sendable {
  /// The exit status is 1.
  case fail
  /// The exit status is 0, as long as one picture was read.
  case skip
}
