import Foundation
import GraftFiles

/// What a file is by its first bytes, whatever it is called.
enum ForeignFile {
  /// The error for a file that is not of the wanted format: says what it looks like instead.
  static func error(_ bytes: Bytes, wanted: String, archive: ZipArchive? = nil) -> WeightFileError {
    WeightFileError(.foreign, bytes.file, "this is not a \(wanted) file")
  }
}
