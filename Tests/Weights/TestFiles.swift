import Foundation
import GraftTensor

/// A file of Tests/Golden.
func golden(_ path: String) -> URL {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Golden").appendingPathComponent(path)
}

/// Where real weight files lie, if anywhere: `$GRAFT_TEST_DATA`, by default `shared` beside the package folder.
let realWeights: URL = {
  let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let folder =
    ProcessInfo.processInfo.environment["GRAFT_TEST_DATA"].map { URL(fileURLWithPath: $0) }
    ?? package.deletingLastPathComponent().appendingPathComponent("shared")
  return folder.appendingPathComponent("data/weights")
}()

let hasRealWeights = FileManager.default.fileExists(atPath: realWeights.path)

/// Calls `body` with a folder that goes afterwards.
func withTemporaryFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

/// The text of the error that `body` throws; nil if it throws none.
func message(_ body: () throws -> Void) -> String? {
  do {
    try body()
    return nil
  } catch {
    return "\(error)"
  }
}

extension Tensor {
  /// 0, 1, 2 and so on.
  static func counting(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, scalars: (0..<shape.scalarCount).map(Float.init))
  }
}
