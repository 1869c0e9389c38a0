#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What programs say to people.
public enum StandardError {
  /// Writes a text. What cannot be written, as on a full disk or a closed stream, is lost: a program's work does not depend
  /// on who reads its progress.
  public static func write(_ text: String) {
    let bytes = Array(text.utf8)
    unsafe bytes.withUnsafeBytes { buffer in
      var rest = unsafe buffer[...]
      while unsafe !rest.isEmpty {
        let slice = unsafe UnsafeRawBufferPointer(rebasing: rest)
        let count = unsafe Self.write(slice)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return }
        unsafe rest = rest.dropFirst(count)
      }
    }
  }

  private static func write(_ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    #else
      unsafe Darwin.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    #endif
  }
}
