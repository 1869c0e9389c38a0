import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Questions to the file system, by the bytes of names.
public enum FileSystem {
  /// What lies at a path.
  public enum Kind: Sendable, Equatable {
    case file, folder
    /// A device, a pipe or a socket.
    case other
  }

  /// Which file it is, by whatever name: equal for symbolic and hard links to one file.
  public struct Identity: Sendable, Hashable {
    private let device, node: UInt64

    init(_ status: stat) {
      device = UInt64(truncatingIfNeeded: status.st_dev)
      node = UInt64(truncatingIfNeeded: status.st_ino)
    }
  }

  /// What lies there, links followed; nil if there is nothing that can be seen.
  public static func kind(of url: URL) -> Kind? {
    status(of: url).map { status in
      switch status.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      default: .other
      }
    }
  }

  /// Which file lies there, links followed; nil if there is none.
  public static func identity(of url: URL) -> Identity? { status(of: url).map(Identity.init) }

  /// Whether something of this name is there, and be it a link that leads nowhere.
  public static func exists(_ url: URL) -> Bool {
    var status = stat()
    return unsafe url.withPath { unsafe lstat($0, &status) } == 0
  }

  private static func status(of url: URL) -> stat? {
    var status = stat()
    return unsafe url.withPath { unsafe stat($0, &status) } == 0 ? status : nil
  }

  /// The path with all links followed; nil if there is nothing there.
  public static func realPath(of url: URL) -> [UInt8]? {
    guard let path = unsafe url.withPath({ unsafe realpath($0, nil) }) else { return nil }
    defer { unsafe free(path) }
    return unsafe (0..<strlen(path)).map { unsafe UInt8(bitPattern: path[$0]) }
  }

  /// Where a symbolic link leads that leads to no file, for a sentence: `to itself, directly or in a circle`; nil for what is
  /// no link, or one that leads somewhere.
  public static func brokenLink(at url: URL) -> String? {
    guard exists(url), status(of: url) == nil else { return nil }
    switch errno {
    case ELOOP: return "to itself, directly or in a circle"
    case ENOENT, ENOTDIR: return "to a file that is not there"
    default: return nil
    }
  }

  /// The folder of a person's own files: that of `$HOME` where it is set and not empty, else the account's.
  public static var homeFolder: URL {
    guard let home = unsafe getenv("HOME"), unsafe strlen(home) > 0 else {
      return FileManager.default.homeDirectoryForCurrentUser
    }
    return unsafe URL(path: (0..<strlen(home)).map { unsafe UInt8(bitPattern: home[$0]) })
  }

  /// The names in a folder, sorted.
  ///
  /// - Throws: ``FileError``.
  public static func names(in folder: URL) throws -> [FileName] {
    guard let stream = unsafe folder.withPath({ unsafe opendir($0) }) else {
      throw FileError.system(folder, action: "list this folder", code: errno)
    }
    defer { unsafe closedir(stream) }
    var names: [FileName] = []
    while true {
      errno = 0
      guard let entry = unsafe readdir(stream) else {
        guard errno == 0 else { throw FileError.system(folder, action: "list this folder", code: errno) }
        return names.filter { $0 != FileName(".") && $0 != FileName("..") }.sorted()
      }
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe Array($0.prefix { $0 != 0 }) }
      names.append(FileName(name))
    }
  }

  /// The longest name that a file in this folder can have, in bytes.
  public static func longestName(in folder: URL) -> Int {
    let limit = unsafe folder.withPath { unsafe pathconf($0, Int32(_PC_NAME_MAX)) }
    return limit > 0 ? limit : 255
  }
}
