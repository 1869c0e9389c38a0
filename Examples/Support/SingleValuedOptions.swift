import ArgumentParser
import Foundation
import GraftFiles

/// The options of a command that take one value. The parser would silently take the last of several.
struct SingleValuedOptions {
  /// An option that was given twice.
  struct Repetition: CustomStringConvertible {
    let name, first, second: String

    /// What is wrong, and what to do.
    var description: String {
      let values = first == second ? "both times as \(first)" : "as \(first) and as \(second)"
      return "\(name) is given twice, \(values): keep one of them."
    }
  }

  /// For each spelling of an option with a value, the option; nil for one that may be repeated.
  private var options: [String: Int?] = [:]

  /// Reads the options from the description of itself that a command gives to tools.
  init(of command: any ParsableCommand.Type) {
    guard let tool = Self.description(of: command) else { return }
    for (number, argument) in tool.command.arguments.enumerated() where argument.kind == "option" {
      for name in argument.names ?? [] {
        options[name.spelling] = .some(argument.isRepeating ? nil : number)
      }
    }
  }

  /// The first option that is given a second time; nil if there is none.
  func repetition(in arguments: [String]) -> Repetition? {
    var found: [Int: String] = [:]
    var rest = arguments.prefix { $0 != "--" }[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let option = options[String(parts[0])] else { continue }
      let value: String
      if parts.count == 2 {
        value = String(parts[1])
      } else if let next = rest.first, options[next] == nil {
        value = next
        rest.removeFirst()
      } else {
        // The parser says that the value is missing.
        continue
      }
      guard let option else { continue }
      if let first = found.updateValue(value, forKey: option) {
        return Repetition(name: String(parts[0]), first: Self.shown(first), second: Self.shown(value))
      }
    }
    return nil
  }

  private static func shown(_ value: String) -> String { FileText.bytes(of: value).shown }

  private static func description(of command: any ParsableCommand.Type) -> Tool? {
    try? JSONDecoder().decode(Tool.self, from: Data(command._dumpHelp().utf8))
  }

  /// The parts of a command's description that are needed here.
  private struct Tool: Decodable {
    struct Command: Decodable {
      let arguments: [Argument]
    }

    struct Argument: Decodable {
      let kind: String
      let isRepeating: Bool
      let names: [Name]?
    }

    struct Name: Decodable {
      let kind, name: String

      var spelling: String { (kind == "long" ? "--" : "-") + name }
    }

    let command: Command
  }
}
