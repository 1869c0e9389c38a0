import Foundation

/// The peak memory of this process; 0 where the system does not tell (Linux does, in `/proc`).
enum ProcessMemory {
  /// Since the start, or since ``resetPeak()``.
  static var peakByteCount: Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return 0 }
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { $0.split(separator: " ").compactMap { Int($0) }.first }.map { $0 * 1024 } ?? 0
  }

  /// Starts measuring the peak anew.
  static func resetPeak() {
    // Writing 5 resets the peak (proc_pid_clear_refs(5)); where that is not permitted, it stays the peak since the start.
    try? "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
  }
}
