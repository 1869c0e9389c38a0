import ArgumentParser
import ExampleSupport
import Foundation
import GraftStudy

/// What a run leaves behind, and what it says meanwhile.
struct RunningOptions: ParsableArguments {
  @Option(
    help:
      "The folder for results, models, logs and cached features; one that holds other files of those names is refused."
  ) var output = "out"
  @Option(help: "Samples that cannot be read: stop before anything begins, or skip them.")
  var onBadSample = BadSampleRule.stop
  @Option(
    parsing: .unconditional,
    help: "GiB that cached features may take, in the output folder; those used least recently make room.",
    transform: finiteNumber)
  var cacheLimit = 64.0
  @Flag(help: "Print what would be computed, with operations, bytes and time, and do nothing.")
  var dryRun = false
  @Flag(help: "No progress, only warnings and the result.") var quiet = false
  @Flag(help: "Progress as a JSON object in each line of standard error, and the result as JSON.")
  var json = false

  func validate() throws {
    guard cacheLimit > 0 else {
      throw ValidationError("--cache-limit \(cacheLimit): a number of GiB above 0 is needed.")
    }
    if dryRun && json {
      throw ValidationError("--dry-run prints a table, and --json has no form for it: leave one.")
    }
    if quiet && json { throw ValidationError("--quiet and --json exclude each other: leave one.") }
  }

  var console: RunConsole { .standardError(json ? .json : quiet ? .quiet : .progress) }

  var cacheLimitBytes: Int { Int(min(cacheLimit, 1_048_576) * 1_073_741_824) }

  /// Prints what was found.
  func show(_ results: [FaceSegmentationResults]) throws {
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      for result in results { print(String(decoding: try encoder.encode(result), as: UTF8.self)) }
    } else {
      try printResult(results.count == 1 ? results[0].table : FaceSegmentationSummary(results).table)
    }
  }
}

extension BadSampleRule: ExpressibleByArgument {}
