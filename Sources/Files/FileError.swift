import Foundation

/// Why a file could not be read or written.
public enum FileError: Error, CustomStringConvertible {
  case system(URL, action: String, code: Int32)
  case notAFile(URL)

  /// What is wrong with which file, and what to do.
  public var description: String {
    switch self {
    case .notAFile(let file):
      return "\(file.path): this is a folder or a device, and a file is wanted here. Name a file in it."
    case .system(let file, let action, let code):
      let reason = unsafe String(cString: strerror(code))
      return "\(file.path): could not \(action): \(reason). \(Self.remedy(code))"
    }
  }

  /// Makes the folder that a file is in, with those above it.
  @discardableResult static func makeFolder(above file: URL) throws -> URL {
    let folder = file.deletingLastPathComponent()
    try make(folder)
    return folder
  }

  /// Makes a folder with those above it, if it is not there.
  static func make(_ folder: URL) throws {
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError.system(folder, action: "make this folder", code: errno == 0 ? EACCES : errno)
    }
  }

  private static func remedy(_ code: Int32) -> String {
    switch code {
    case ENOENT: "Check the path, letter by letter."
    case EACCES, EPERM: "Check that you may read it, and write its folder: ls -l shows who may."
    case ENOSPC, EDQUOT:
      "Make room on that disk, or name a folder on another one; what was complete before is still there."
    case EISDIR: "There is a folder of that name: name a file."
    case ENOTDIR: "A part of this path is a file, not a folder: name another path."
    case EROFS: "Name a folder that can be written."
    default: "The system said no more than that."
    }
  }
}
