import ArgumentParser
import Foundation
import GraftFiles

/// A program with options, which takes any name of a file as an argument.
///
/// Swift's own list of arguments has � for what is not UTF-8, and a file of that name could not be found again. Here each
/// argument is the text of `FileText.lossless`, and ``Foundation/URL/init(argument:)`` gets the name back from it.
public protocol Program: ParsableCommand {}

extension Program {
  /// The command line of the process, quoted for a shell where needed.
  public static var commandLine: String {
    CommandLine.arguments.map { argument in
      let plain = argument.allSatisfy { $0.isLetter || $0.isNumber || "/._-=,:+@%".contains($0) }
      return plain && !argument.isEmpty ? argument : "'\(argument.replacing("'", with: "'\\''"))'"
    }.joined(separator: " ")
  }

  /// Parses the arguments of the process, and runs.
  public static func main() {
    let arguments = ProcessArguments.all
    if let empty = arguments.first(where: { $0.isEmpty || ($0.hasPrefix("--") && $0.hasSuffix("=")) }) {
      exit(
        withError: ValidationError(
          "\(empty.isEmpty ? "An argument" : empty) is empty: perhaps a shell variable is not set. --help shows the options."
        ))
    }
    if let name = ProcessArguments.nameTakenForOptions(in: arguments) {
      exit(
        withError: ValidationError(
          "\(FileText.bytes(of: name).shown): a name that begins with a hyphen looks like an option: write "
            + "./\(FileText.bytes(of: name).shown), or put -- before the names. --help shows the options."))
    }
    if let repetition = SingleValuedOptions(of: self).repetition(in: arguments) {
      exit(withError: ValidationError("\(repetition) --help shows the options."))
    }
    main(arguments)
    do {
      try flushOutput()
    } catch {
      exit(withError: error)
    }
  }
}

/// Writes what was printed and is still in memory.
///
/// - Throws: `FileError`.
func flushOutput() throws {
  guard fflush(nil) == 0 else {
    throw FileError.system(URL(fileURLWithPath: "/dev/stdout"), action: "write all of it", code: errno)
  }
}

/// The arguments of the process, without its own name.
enum ProcessArguments {
  static var all: [String] {
    (1..<max(Int(CommandLine.argc), 1)).compactMap { index in
      CommandLine.unsafeArgv[index].map { argument in
        FileText.lossless((0...).lazy.map { UInt8(bitPattern: argument[$0]) }.prefix { $0 != 0 }.map { $0 })
      }
    }
  }

  /// The first argument that would be taken for a row of one-letter options, of which the programs have only -h.
  static func nameTakenForOptions(in arguments: [String]) -> String? {
    arguments.prefix { $0 != "--" }.first { argument in
      argument.hasPrefix("-") && !argument.hasPrefix("--") && argument != "-" && argument != "-h"
        && Double(argument) == nil
    }
  }
}

extension [UInt8] {
  var shown: String { FileName(self).description.printable }
}
