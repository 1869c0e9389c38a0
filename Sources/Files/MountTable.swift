import Foundation

/// Which file systems hold which folders, as Linux lists them.
package struct MountTable {
  private struct Entry {
    let folder: [UInt8]
    let type: String
  }

  private let entries: [Entry]

  /// This process' own; empty where the system lists none.
  package static var current: MountTable {
    MountTable((FileManager.default.contents(atPath: "/proc/self/mounts")).map { [UInt8]($0) } ?? [])
  }

  /// - Parameter bytes: the lines of `/proc/self/mounts`.
  package init(_ bytes: [UInt8]) {
    entries = bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let words = line.split(separator: UInt8(ascii: " "))
      guard words.count > 2 else { return nil }
      return Entry(folder: Self.unescaped(words[1]), type: String(decoding: words[2], as: UTF8.self))
    }
  }

  /// The type of the file system that a path is on, such as `ext4`; nil if that is not known.
  ///
  /// - Parameter path: with all links followed.
  package func type(ofPath path: [UInt8]) -> String? {
    let holding = entries.filter { entry in
      let folder = entry.folder == [UInt8(ascii: "/")] ? [] : entry.folder
      return path.starts(with: folder)
        && (path.count == folder.count || path[folder.count] == UInt8(ascii: "/"))
    }
    // Of two on the same folder, the later one hides the other.
    return holding.enumerated().max {
      ($0.element.folder.count, $0.offset) < ($1.element.folder.count, $1.offset)
    }?
    .element.type
  }

  /// Blanks and the like are written as three octal digits after a backslash.
  private static func unescaped(_ word: ArraySlice<UInt8>) -> [UInt8] {
    var (bytes, rest): ([UInt8], ArraySlice<UInt8>) = ([], word)
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"),
        let value = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return bytes
  }
}
