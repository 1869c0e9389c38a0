import Foundation
import GraftDatasets

extension URL {
  /// Writes `celeba` with twenty synthetic faces, `lfw` and `helen` with ten each, below this folder, as the loaders of
  /// these data sets read them.
  public func writeSyntheticTrees() throws {
    for (name, style, count) in [
      ("celeba", SyntheticFaces.Style.celebA, 20), ("lfw", .lfw, 10), ("helen", .helen, 10),
    ] {
      try SyntheticFaces(like: style, count: count).write(to: appendingPathComponent(name))
    }
  }
}
