import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One of the example executables, run as users run it.
final class ExampleProcess {
  private let process = Process()
  private let log: URL

  /// Starts the example; what it prints goes to a file in `folder`.
  init(_ name: String, _ arguments: [String], in folder: URL) throws {
    log = folder.appendingPathComponent("\(name)-\(UUID().uuidString).log")
    try Data().write(to: log)
    // Executables are built into the folder that the test runner lies in.
    process.executableURL = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent(name)
    process.arguments = arguments
    // Tests run side by side: threads of one that spin while they wait take the processors of the others.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["OMP_WAIT_POLICY": "passive"]) { own, _ in own }
    let output = try FileHandle(forWritingTo: log)
    process.standardOutput = output
    process.standardError = output
    try process.run()
  }

  /// What it has printed so far.
  var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// Waits until a file is there, or the process has ended.
  func wait(until file: URL) {
    while process.isRunning, !FileManager.default.fileExists(atPath: file.path) { usleep(2000) }
  }

  /// Waits until so many lines are printed, or the process has ended.
  func wait(forLines count: Int) {
    while process.isRunning, output.count(where: { $0 == "\n" }) < count { usleep(2000) }
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the end: the exit status, or the number of the signal that ended it as a negative number.
  func end() -> Int32 {
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }
}

/// Runs an example to its end.
func run(_ name: String, _ arguments: [String], in folder: URL) throws -> (status: Int32, output: String) {
  let process = try ExampleProcess(name, arguments, in: folder)
  let status = process.end()
  return (status, process.output)
}
