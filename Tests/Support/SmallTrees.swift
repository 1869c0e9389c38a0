import Foundation
import GraftImages

/// Writes the small trees that the tests read.
extension URL {
  /// Writes a text file below this folder, with the folders above it.
  public func write(_ text: String, to path: String) throws { try write(Data(text.utf8), to: path) }

  /// Writes a picture below this folder; decoders look at the content, so the name may end as it likes.
  public func write(_ picture: Picture, to path: String) throws {
    try write(Data(picture.encodedNetpbm()), to: path)
  }

  /// Makes a folder below this one.
  public func makeFolder(_ path: String) throws {
    try FileManager.default.createDirectory(
      at: appendingPathComponent(path), withIntermediateDirectories: true)
  }

  /// Removes what is there below this folder.
  public func remove(_ path: String) throws {
    try FileManager.default.removeItem(at: appendingPathComponent(path))
  }

  private func write(_ data: Data, to path: String) throws {
    let file = appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: file)
  }
}
