import GraftFiles

/// A limit to how often the tensors of a file may repeat the same bytes. Some share them rightly, such as tied layers;
/// but a small file could claim a million large tensors that way.
struct RepetitionLimit {
  private static let largestRepetition = 16
  private static let alwaysAllowed = 1 << 20

  private let bytes: Bytes
  private var byteCountLeft: Int

  init(_ bytes: Bytes) {
    self.bytes = bytes
    byteCountLeft = Self.alwaysAllowed + Self.largestRepetition * bytes.count
  }

  /// Counts the bytes of one tensor.
  ///
  /// - Throws: ``WeightFileError`` if that is too much for the file.
  mutating func count(_ byteCount: Int, of name: String) throws {
    guard byteCount <= byteCountLeft else {
      throw WeightFileError(
        .unsupported, bytes.file, part: name,
        "with this one, its tensors repeat the same numbers to more than \(Self.largestRepetition) times the file",
        remedy: "In Python, save contiguous copies of its tensors.")
    }
    byteCountLeft -= byteCount
  }
}
