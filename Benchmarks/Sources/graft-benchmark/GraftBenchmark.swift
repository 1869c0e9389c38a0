import ArgumentParser
import Foundation
import GraftTensor

/// Repeats one piece of the study's work and prints how long each time took.
@main
struct GraftBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graft-benchmark",
    abstract: "Times one piece of the study's work on random input.",
    discussion: """
      With --serve it takes part in a comparison of processes: it prints `ready`, and then, for each line on its \
      standard input, does the work once and prints the seconds that it took.
      """)

  @Argument(help: "What to time: \(Work.Name.allValueStrings.joined(separator: ", ")).")
  var work: Work.Name

  @Option(help: "vgg16 or vgg19; the decoder needs none.")
  var model = "vgg19"

  @Option(help: "Samples in a batch.")
  var batch = 8

  @Option(help: "How convolutions are computed: winograd, portable-winograd or direct.")
  var algorithm = ConvolutionAlgorithm.winograd

  @Option(help: "How often the work is timed, after one time that is not.")
  var rounds = 7

  @Flag(help: "Answer to lines on the standard input instead.")
  var serve = false

  func validate() throws {
    guard batch > 0, rounds > 0 else { throw ValidationError("--batch and --rounds are at least 1.") }
  }

  func run() throws {
    let work = try Work(work, model: model, batch: batch, algorithm: algorithm)
    if serve {
      answer("ready")
      while readLine() != nil { answer("\(try work.seconds())") }
      return
    }
    _ = try work.seconds()
    let times = try (0..<rounds).map { _ in try work.seconds() }.sorted()
    print(
      "\(self.work.rawValue) \(model) batch \(batch), \(algorithm.rawValue), median of \(rounds): "
        + "\(milliseconds(times[rounds / 2])) (min \(milliseconds(times[0])), max \(milliseconds(times[rounds - 1])))"
    )
    let machine = ComputeEnvironment.current
    print(
      "\(machine.processor), \(machine.threadCount) threads, \(machine.library) (\(machine.instructionSet))")
  }

  /// Past the buffer of `print`, because somebody waits for each line.
  private func answer(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }

  private func milliseconds(_ seconds: Double) -> String { "\((seconds * 1e5).rounded() / 100) ms" }
}

extension ConvolutionAlgorithm: @retroactive ExpressibleByArgument {}
