import Foundation

/// How much memory this process has held at most; 0 where the system does not say (it is Linux' `/proc` that does).
enum ProcessMemory {
  /// Since the start, or since ``resetPeak()``.
  static var peakByteCount: Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { $0.split(separator: " ").compactMap { Int($0) }.first }.map { $0 * 1024 } ?? 0
  }

  /// Begins to count anew.
  static func resetPeak() {
    // 5 is what the kernel takes for this (proc_pid_clear_refs(5)); where it may not be written, peaks add up.
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
  }
}
