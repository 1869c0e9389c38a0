import Foundation
import GraftFiles

/// A look at what lies on the disk.
enum Folder {
  static func isFolder(_ url: URL) -> Bool { FileSystem.kind(of: url) == .folder }

  static func isFile(_ url: URL) -> Bool { FileSystem.kind(of: url) == .file }

  /// The first of these paths below `root` that is a folder.
  static func first(of paths: [String], below root: URL) -> URL? {
    paths.map { below(root, $0) }.first(where: isFolder)
  }

  /// The first of these paths below `root` that is a file.
  static func firstFile(of paths: [String], below root: URL) -> URL? {
    paths.map { below(root, $0) }.first(where: isFile)
  }

  /// The names in a folder, sorted, without what archivers and file managers leave behind.
  static func names(in folder: URL) throws -> [FileName] {
    do {
      return try FileSystem.names(in: folder).filter { !$0.isHidden && $0 != FileName("__MACOSX") }
    } catch {
      let end = FileSystem.brokenLink(at: folder)
      throw DatasetError(
        folder, end.map { "this is a symbolic link that leads \($0)" } ?? "this folder cannot be listed",
        remedy: "Check the path, and that you may read what it names.")
    }
  }

  /// Throws if files that the lists name are missing; the message names the first of them.
  static func refuse(missing: [URL]) throws {
    guard let first = missing.first else { return }
    let others = missing.count == 1 ? "" : ", and \(missing.count - 1) more with it"
    if let end = FileSystem.brokenLink(at: first) {
      throw DatasetError(
        first, "this is a symbolic link that leads \(end), though the lists name it\(others)",
        remedy: "Put the file itself in its place, or mend the link.")
    }
    throw DatasetError(
      first, "this file is missing, though the lists name it\(others)",
      remedy: "Unpack the archives again, or cut the lists down to what is there.")
  }

  private static func below(_ root: URL, _ path: String) -> URL {
    path.isEmpty ? root : root.appendingPathComponent(path)
  }
}

extension Folder {
  /// How the names of pictures end, in small letters.
  static let pictureEndings = ["jpg", "jpeg", "png", "ppm", "pgm"]

  /// The pictures in a folder, told by the endings of their names, in the order of their names.
  static func pictures(in folder: URL) throws -> [URL] {
    try names(in: folder).filter { pictureEndings.contains($0.ending) }.map(folder.appending).filter(isFile)
  }

  /// The file at a path, which begins from `root` unless it is absolute; names are bytes.
  static func file(at path: some Collection<UInt8>, below root: URL) -> URL {
    let slash = UInt8(ascii: "/")
    if path.first == slash { return URL(path: path) }
    return path.split(separator: slash).reduce(root) { $0.appending(FileName($1)) }
  }
}
