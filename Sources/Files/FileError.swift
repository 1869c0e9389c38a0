import Foundation

/// Why a file could not be read or written.
public enum FileError: LocalizedError, CustomStringConvertible {
  case system(URL, action: String, code: Int32)
  case notAFile(URL)

  /// The same as ``description``, for Foundation's `localizedDescription`.
  public var errorDescription: String? { description }

  /// What is wrong with which file, and what to do.
  public var description: String {
    switch self {
    case .notAFile(let file):
      return "\(file.shownPath): this is a folder or a device, and a file is wanted here. Name a file in it."
    case .system(let file, let action, let code):
      let reason = unsafe String(cString: strerror(code))
      return "\(file.shownPath): could not \(action): \(reason). \(Self.remedy(code))"
    }
  }

  /// Makes the folder that a file is in, with those above it.
  @discardableResult static func makeFolder(above file: URL) throws -> URL {
    let folder = file.folder
    try make(folder)
    return folder
  }

  /// Makes a folder with those above it, if it is not there.
  package static func make(_ folder: URL) throws {
    if FileSystem.kind(of: folder) == .folder { return }
    var status = unsafe folder.withPath { unsafe mkdir($0, 0o777) }
    if status != 0, errno == ENOENT, folder.pathBytes.count > 1 {
      try make(folder.folder)
      status = unsafe folder.withPath { unsafe mkdir($0, 0o777) }
    }
    let code = errno
    // Another process may have been faster.
    guard status == 0 || FileSystem.kind(of: folder) == .folder else {
      throw FileError.system(
        folder, action: "make this folder", code: code == EEXIST ? obstacle(at: folder) : code)
    }
  }

  /// What keeps a folder from being made where something is already.
  private static func obstacle(at folder: URL) -> Int32 {
    guard FileSystem.kind(of: folder) == nil, errno == ELOOP || errno == ENOENT else { return ENOTDIR }
    return errno
  }

  private static func remedy(_ code: Int32) -> String {
    switch code {
    case ENOENT: "Check the spelling of the path."
    case EACCES, EPERM: "Check that you may read it, and write its folder: ls -l shows who may."
    case ENOSPC, EDQUOT:
      "Make room on that disk, or name a folder on another one; what was complete before is still there."
    case EISDIR: "There is a folder of that name: name a file."
    case ENOTDIR: "A part of this path is a file, not a folder: name another path."
    case ELOOP:
      "A symbolic link in this path leads to itself, directly or in a circle: name the file itself, or mend the link."
    case ENAMETOOLONG: "Give it a shorter name."
    case EROFS: "Name a folder that can be written."
    default: "The system said no more than that."
    }
  }
}
