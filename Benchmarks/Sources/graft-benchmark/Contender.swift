import Foundation

/// A process that does the same work again and again, on demand.
final class Contender {
  let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private var pending = Data()
  private(set) var times: [Double] = []
  /// The largest memory that it has had, in MiB, as the system counted it.
  private(set) var peakMemory = 0

  /// Starts the process and waits until it is ready.
  init(_ name: String, _ program: String, _ arguments: [String]) throws {
    self.name = name
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = input
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    while let line = nextLine() { if line == "ready" { return } }
    throw ContenderError(
      description: "\(name) ended before it was ready: \(program) \(arguments.joined(separator: " "))")
  }

  /// Does the work so many times, of which the median counts.
  func run(repetitions: Int, counting: Bool) throws {
    let seconds = try (0..<repetitions).map { _ in
      input.fileHandleForWriting.write(Data("go\n".utf8))
      guard let seconds = nextLine().flatMap(Double.init) else {
        throw ContenderError(description: "\(name) ended while it was at work")
      }
      return seconds
    }
    if counting { times.append(median(seconds)) }
    peakMemory = largestMemory(of: "\(process.processIdentifier)")
  }

  func end() {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  private func nextLine() -> String? {
    while true {
      if let end = pending.firstIndex(of: 10) {
        defer { pending.removeSubrange(...end) }
        return String(decoding: pending[..<end], as: UTF8.self)
      }
      let more = output.fileHandleForReading.availableData
      if more.isEmpty { return nil }
      pending.append(more)
    }
  }
}

/// The largest memory that a process has had, in MiB, as the system counted it.
func largestMemory(of process: String) -> Int {
  let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
  let line = status?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) >> 10
}

/// Why a contender takes no part any more.
struct ContenderError: Error, CustomStringConvertible {
  let description: String
}

/// A program that is run to its end each time: what counts is the whole of it.
struct Program {
  let name, path: String
  let arguments: [String]

  /// From its start to its end.
  func seconds() throws -> Double {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    let began = ContinuousClock.now
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ContenderError(
        description:
          "\(name) ended with status \(process.terminationStatus): \(path) \(arguments.joined(separator: " "))"
      )
    }
    return (ContinuousClock.now - began) / .seconds(1)
  }
}
