import Foundation

/// Real pictures and weight files, which are too large or not free to be kept with the sources.
public enum TestData {
  /// `$GRAFT_TEST_DATA`, by default `shared` beside the package folder.
  public static let folder: URL =
    ProcessInfo.processInfo.environment["GRAFT_TEST_DATA"].map { URL(fileURLWithPath: $0) }
    ?? Golden.folder.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("shared")

  /// A file or folder below it.
  public static func url(_ path: String) -> URL { folder.appendingPathComponent(path) }

  /// Whether it is there, for `@Test(.enabled(if: TestData.has("data/weights"), "real data not found"))`.
  public static func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: url(path).path) }
}
