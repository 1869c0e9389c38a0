import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A `URL` keeps any path, byte by byte, in its percent-encoded form; `URL.path` loses what is not UTF-8.
extension URL {
  /// Names a file by the bytes of its path, whole or from the current folder on.
  public init(path bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes)
    let encoded = Self.encoded(bytes.isEmpty ? [UInt8(ascii: ".")] : bytes)
    let current = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
    let url =
      bytes.first == UInt8(ascii: "/")
      ? URL(string: "file://" + encoded) : URL(string: encoded, relativeTo: current)
    // Of percent signs, letters and slashes alone, all of them are a path.
    self = url ?? current
  }

  /// The path as the system takes it, without a slash at its end.
  public var pathBytes: [UInt8] {
    var bytes = relativePathBytes
    if let baseURL, bytes.first != UInt8(ascii: "/") {
      let base = baseURL.pathBytes
      bytes = base + (base.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + bytes
    }
    return bytes
  }

  /// The path as it was given.
  private var relativePathBytes: [UInt8] {
    var text = relativeString[...]
    if text.hasPrefix("file://") {
      text = text.dropFirst("file://".count)
      text = text.firstIndex(of: "/").map { text[$0...] } ?? "/"
    }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(String(rest.prefix(2)) ?? "", radix: 16) {
        rest = rest.dropFirst(2)
        bytes.append(value)
      } else {
        bytes.append(byte)
      }
    }
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return bytes
  }

  /// Calls `body` with the path as the system takes it.
  public func withPath<Result>(_ body: (UnsafePointer<CChar>) throws -> Result) rethrows -> Result {
    let bytes = pathBytes
    // A zero would end the name early, and another file would be meant.
    let path = bytes.contains(0) ? [] : bytes
    // An array's pointer, which is never nil as the zero at the end is always there.
    return try unsafe body(path.map(CChar.init(bitPattern:)) + [0])
  }

  /// The name in its folder.
  public var fileName: FileName {
    let bytes = pathBytes
    return FileName(bytes[((bytes.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)...])
  }

  /// The folder that it is in.
  public var folder: URL {
    let bytes = pathBytes
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return URL(path: []) }
    return URL(path: bytes[..<max(slash, 1)])
  }

  /// A file in this folder.
  public func appending(_ name: FileName) -> URL {
    // Said, not looked for: a folder of that name would add a slash.
    appendingPathComponent("x", isDirectory: false).replacingLastComponent(by: name)
  }

  /// The file beside this one that is called so.
  private func replacingLastComponent(by name: FileName) -> URL {
    let text = relativeString
    let end = text.lastIndex(of: "/").map { text.index(after: $0) } ?? text.startIndex
    let encoded = text[..<end] + Self.encoded(name.bytes)
    return URL(string: String(encoded), relativeTo: baseURL) ?? self
  }

  /// The whole path, for people.
  public var shownPath: String { FileText.shown(pathBytes).printable }

  /// The path as it was given, for people.
  public var shownRelativePath: String { FileText.shown(relativePathBytes).printable }

  private static func encoded(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "/"):
        String(Unicode.Scalar(byte))
      default: (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
