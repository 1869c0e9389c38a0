#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where programs put their results.
public enum StandardOutput {
  /// How many columns a line of the terminal has; nil where standard output is no terminal, or one that does not say.
  public static var columns: Int? {
    guard isatty(STDOUT_FILENO) != 0 else { return nil }
    var size = winsize()
    guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
