import Foundation

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A terminal without a screen: what a process writes to it is kept.
final class PseudoTerminal: @unchecked Sendable {
  /// The end for the process.
  private(set) var device: FileHandle
  private let screen: Int32
  private let lock = NSLock()
  private var bytes: [UInt8] = []
  private let done = DispatchSemaphore(value: 0)

  init(columns: Int) throws {
    var (outer, inner): (Int32, Int32) = (-1, -1)
    guard openpty(&outer, &inner, nil, nil, nil) == 0 else { throw POSIXError(.EIO) }
    // The process is to have its own end only, or the terminal would never be closed.
    for descriptor in [outer, inner] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    screen = outer
    device = FileHandle(fileDescriptor: inner, closeOnDealloc: true)
    resize(columns: columns)
    Thread { [self] in read() }.start()
  }

  /// Makes the terminal as wide as that, as pulling at a window does.
  func resize(columns: Int) {
    var size = winsize(ws_row: 24, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(screen, UInt(TIOCSWINSZ), &size)
  }

  /// To be called when the process has its end: when it closes that, there is no more to come.
  func closeDevice() { try? device.close() }

  private func read() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = Glibc.read(screen, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      lock.withLock { bytes += buffer[..<count] }
    }
    close(screen)
    done.signal()
  }

  /// What was written so far.
  var text: String { lock.withLock { String(decoding: bytes, as: UTF8.self) } }

  /// All that was written, when the process has ended.
  func wholeText() -> String {
    _ = done.wait(timeout: .now() + 60)
    return text
  }

  /// The lines that were to be overwritten or had been, in the order in which they were shown.
  static func progressLines(in text: String) -> [String] {
    text.components(separatedBy: "\r\u{1B}[K").dropFirst()
      .map { String($0.prefix { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }) }
      .filter { !$0.isEmpty }
  }
}
