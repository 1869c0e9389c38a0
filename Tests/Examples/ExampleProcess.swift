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
  /// Longer than any test takes, in seconds: a process that hangs fails its own test, and does not hold up all others.
  private static let limit = 900.0

  /// Starts the example; what it prints goes to a file in `folder`.
  ///
  /// - Parameters:
  ///   - terminal: where its standard error goes instead, if it is not nil.
  ///   - screen: the same for its standard output.
  convenience init(
    _ name: String, _ arguments: [String], in folder: URL, terminal: PseudoTerminal? = nil,
    screen: PseudoTerminal? = nil
  ) throws {
    // Executables are built into the folder that the test runner lies in.
    let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent(name)
    try self.init(executable: executable, arguments, in: folder, terminal: terminal, screen: screen)
  }

  /// Starts the example by the shell, which can make arguments that are not UTF-8: `$'…'` is not everywhere, but printf is.
  convenience init(_ name: String, byShell script: String, in folder: URL) throws {
    let executable = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent(name)
    try self.init(
      executable: URL(fileURLWithPath: "/bin/sh"), ["-c", "program=\"$0\"; \(script)", executable.path],
      in: folder)
  }

  private init(
    executable: URL, _ arguments: [String], in folder: URL, terminal: PseudoTerminal? = nil,
    screen: PseudoTerminal? = nil
  ) throws {
    let name = executable.lastPathComponent
    log = folder.appendingPathComponent("\(name)-\(UUID().uuidString).log")
    try Data().write(to: log)
    process.executableURL = executable
    process.currentDirectoryURL = folder
    process.arguments = arguments
    // Tests run side by side: threads of one that spin while they wait take the processors of the others.
    process.environment = ProcessInfo.processInfo.environment
      .merging(["OMP_WAIT_POLICY": "passive"]) { own, _ in own }
    let output = try FileHandle(forWritingTo: log)
    process.standardOutput = screen?.device ?? output
    process.standardError = terminal?.device ?? output
    try process.run()
    terminal?.closeDevice()
    screen?.closeDevice()
  }

  /// What it has printed so far.
  var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

  /// Waits until a file is there, or the process has ended.
  func wait(until file: URL) {
    wait { FileManager.default.fileExists(atPath: file.path) }
  }

  /// Waits until so many lines are printed, or the process has ended.
  func wait(forLines count: Int) {
    wait { output.count { $0 == "\n" } >= count }
  }

  /// Waits until something is so, or the process has ended.
  func wait(until isSo: () -> Bool) {
    let end = ContinuousClock.now + .seconds(Self.limit)
    while process.isRunning, !isSo() {
      guard ContinuousClock.now < end else { return giveUp() }
      usleep(2000)
    }
  }

  private func giveUp() {
    Issue.record("The process has not come to its end in \(Self.limit) s: \(output.suffix(2000))")
    kill(process.processIdentifier, SIGKILL)
  }

  func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for the end: the exit status, or the number of the signal that ended it as a negative number.
  func end() -> Int32 {
    wait { false }
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }
}

/// Runs an example to its end, by a line of the shell in which it is called `"$program"`.
func run(_ name: String, byShell script: String, in folder: URL) throws -> (status: Int32, output: String) {
  let process = try ExampleProcess(name, byShell: script, in: folder)
  let status = process.end()
  return (status, process.output)
}

/// Runs an example to its end.
func run(_ name: String, _ arguments: [String], in folder: URL) throws -> (status: Int32, output: String) {
  let process = try ExampleProcess(name, arguments, in: folder)
  let status = process.end()
  return (status, process.output)
}
