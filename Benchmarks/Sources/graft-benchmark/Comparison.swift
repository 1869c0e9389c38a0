import Foundation
import GraftTensor

/// Interleaved rounds of our own work and that of others: a change of the machine's speed hits all of them.
struct Comparison {
  let work: String
  let rounds: Int
  /// How often the work is done in one turn.
  let repetitions: Int
  /// Of the Python that has the peers, and the file that calls them.
  let python, peers: String
  /// What both sides are told.
  let arguments: [String]
  /// What ours is told besides, once for each of our contenders.
  let own: [(name: String, arguments: [String])]
  /// The arithmetic of the work by its definition, if it has some, and what this machine can do of it in a second.
  let arithmetic: Arithmetic?

  func run() throws {
    let names = try peerNames()
    if work == "first-prediction" { return try runPrograms(names) }
    let path = Self.ownPath
    var contenders = try own.map {
      try Contender($0.name, path, [work, "--serve"] + arguments + $0.arguments)
    }
    for name in names {
      do {
        contenders.append(try Contender(name, python, [peers, work, "--peer", name] + arguments))
      } catch {
        FileHandle.standardError.write(Data("left out: \(error)\n".utf8))
      }
    }
    defer { for contender in contenders { contender.end() } }
    for round in 0...rounds {
      for contender in contenders {
        try contender.run(repetitions: repetitions, counting: round > 0)
        // Threads of OpenMP wait for more work on the core for some milliseconds, which are not the next one's.
        Thread.sleep(forTimeInterval: 0.05)
      }
    }
    printTable(contenders.map { ($0.name, $0.times, $0.peakMemory) })
  }

  private static var ownPath: String {
    URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
  }

  private func runPrograms(_ names: [String]) throws {
    let programs =
      own.map {
        Program(name: $0.name, path: Self.ownPath, arguments: [work, "--once"] + arguments + $0.arguments)
      }
      + names.map { Program(name: $0, path: python, arguments: [peers, work, "--peer", $0] + arguments) }
    var times = [[Double]](repeating: [], count: programs.count)
    for round in 0...rounds {
      for (index, program) in programs.enumerated() {
        let seconds = try (0..<repetitions).map { _ in try program.seconds() }
        if round > 0 { times[index].append(median(seconds)) }
      }
    }
    printTable(zip(programs, times).map { ($0.name, $1, nil) })
  }

  private func peerNames() throws -> [String] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [peers, work, "--list"]
    process.standardOutput = output
    try process.run()
    let names = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return names.split(separator: "\n").map(String.init)
  }

  private func printTable(_ contenders: [(name: String, times: [Double], peakMemory: Int?)]) {
    let ours = contenders.first.map { median($0.times) } ?? 0
    let rows = contenders.map { contender in
      let time = median(contender.times)
      return [
        contender.name, decimal(time * 1e3, 2), decimal(time / ours, 2) + "×",
        decimal((contender.times.min() ?? 0) * 1e3, 2), decimal((contender.times.max() ?? 0) * 1e3, 2),
        contender.peakMemory.map(String.init) ?? "", arithmetic?.fraction(in: time) ?? "",
      ]
    }
    print(
      "\(work) \(arguments.joined(separator: " ")), medians of \(rounds) interleaved rounds"
        + (repetitions > 1 ? ", each the median of \(repetitions) times" : ""))
    print(
      TextTable(
        header: ["", "ms", "to ours", "min", "max", "peak MiB", "of the machine"], rows: rows,
        rightAligned: [1, 2, 3, 4, 5, 6]
      ).text)
    if let arithmetic { print(arithmetic.summary) }
    print(machineSummary)
  }
}

/// What computes here.
var machineSummary: String {
  let machine = ComputeEnvironment.current
  return
    "\(machine.processor), \(machine.threadCount) threads, \(machine.library) (\(machine.instructionSet))"
}

func median(_ times: [Double]) -> Double {
  let sorted = times.sorted()
  return sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

func decimal(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }

/// Columns of text.
struct TextTable {
  let header: [String]
  let rows: [[String]]
  let rightAligned: Set<Int>

  var text: String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { cells in
      cells.enumerated().map { column, cell in
        let blanks = String(repeating: " ", count: widths[column] - cell.count)
        return rightAligned.contains(column) ? blanks + cell : cell + blanks
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
