import ArgumentParser
import Foundation
import GraftModels
import GraftTensor

/// Repeats one piece of the study's work and prints how long each time took.
@main
struct GraftBenchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "graft-benchmark",
    abstract: "Times one piece of the study's work, alone or against other frameworks.",
    discussion: """
      With --serve it takes part in a comparison of processes: it prints `ready`, and then, for each line on its \
      standard input, does the work once and prints the seconds that it took.
      """)

  @Argument(help: "What to time: \(Work.Name.allValueStrings.joined(separator: ", ")).")
  var work: Work.Name

  @OptionGroup var options: WorkOptions

  @Option(help: "How often the work is timed, after one time that is not.")
  var rounds = 7

  @Option(
    help:
      "The Python of an environment that has the peers: all that are installed take part, in interleaved rounds."
  )
  var peers: String?

  @Option(
    help: """
      How often the work is done in a turn of a comparison; the median counts. Some for what takes milliseconds: a \
      processor that has waited for others is slow at first.
      """)
  var repetitions = 1

  @Option(help: "The program that calls the peers.")
  var peersProgram = "Benchmarks/Peers/peers.py"

  @Flag(help: "Answer to lines on the standard input instead.")
  var serve = false

  @Flag(help: "Do the work once, and say nothing of time.")
  var once = false

  @Flag(help: "Say where the time goes, operation by operation.")
  var profile = false

  func validate() throws {
    guard options.batch > 0, rounds > 0, repetitions > 0 else {
      throw ValidationError("--batch, --rounds and --repetitions are at least 1.")
    }
    guard peers == nil || FileManager.default.fileExists(atPath: peersProgram) else {
      throw ValidationError(
        "There is no \(peersProgram): run this in the package's folder, or name --peers-program.")
    }
  }

  func run() throws {
    if let peers { return try compare(with: peers) }
    if once {
      if work == .firstPrediction {
        print(try Work.firstPrediction(options))
      } else {
        _ = try Work(work, options).seconds()
      }
      return
    }
    let work = try Work(work, options)
    if serve {
      answer("ready")
      while readLine() != nil { answer("\(try work.seconds())") }
      return
    }
    _ = try work.seconds()
    if profile {
      let profile = ComputeProfile()
      try profile.measure { for _ in 0..<rounds { _ = try work.seconds() } }
      print("\(rounds) times together")
      return print(profile.table)
    }
    let times = try (0..<rounds).map { _ in try work.seconds() }.sorted()
    print(
      "\(self.work.rawValue) \(options.summary), median of \(rounds): "
        + "\(decimal(median(times) * 1e3, 2)) ms (min \(decimal(times[0] * 1e3, 2)), max \(decimal(times[rounds - 1] * 1e3, 2)))"
    )
    print("peak memory \(largestMemory(of: "self")) MiB")
    if let arithmetic = try Arithmetic(of: work) {
      print("\(arithmetic.fraction(in: median(times))) of the machine")
      print(arithmetic.summary)
    }
    if options.bfloat16, !ComputeEnvironment.hasBFloat16 {
      print("This processor has no bfloat16 instructions: everything ran in float32.")
    }
    print(machineSummary)
  }

  private func compare(with python: String) throws {
    var own = [(name: "Graft", arguments: ["--algorithm", options.algorithm.rawValue])]
    if work == .forward {
      own.append((name: "Graft, portable Winograd", arguments: ["--algorithm", "portable-winograd"]))
      own.append((name: "Graft, direct", arguments: ["--algorithm", "direct"]))
      if ComputeEnvironment.hasBFloat16 { own.append((name: "Graft, bfloat16", arguments: ["--bfloat16"])) }
    }
    // A process that has computed keeps memory and threads, so this one ends its part before the others begin.
    let arithmetic = work == .firstPrediction ? nil : try Arithmetic(of: Work(work, options))
    releaseUnusedMemory()
    try Comparison(
      work: work.rawValue, rounds: rounds, repetitions: repetitions, python: python, peers: peersProgram,
      arguments: options.shared,
      own: own, arithmetic: arithmetic
    ).run()
  }

  /// Past the buffer of `print`, because somebody waits for each line.
  private func answer(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}

/// What to do the work on.
struct WorkOptions: ParsableArguments {
  @Option(
    help: "The encoder, with random weights: \(encoderFamilies.networks.map(\.name).joined(separator: ", "))."
  )
  var encoder = "vgg19"

  @Option(help: "Samples in a batch, or pictures in all.")
  var batch = 8

  @Option(
    help: "How convolutions are computed: \(ConvolutionAlgorithm.allValueStrings.joined(separator: ", ")).")
  var algorithm = ConvolutionAlgorithm.winograd

  @Option(help: "What decoder-step tells apart: 1 for a mask.")
  var classes = 1

  @Option(help: "Height and width of pictures, for forward.")
  var side = 224

  @Flag(help: "Let forward passes compute in bfloat16 where that is faster.")
  var bfloat16 = false

  @Option(help: "A folder of JPEG files, for decode and stages.")
  var images: String?

  @Option(help: "Epochs of gender tuning in stages.")
  var genderEpochs = 2

  @Option(help: "Epochs of decoder training in stages.")
  var decoderEpochs = 20

  @Option(help: "VGG19 as a safetensors file, for first-prediction.")
  var weights: String?

  @Option(help: "A picture, for first-prediction.")
  var picture: String?

  var summary: String { "\(encoder) batch \(batch), \(algorithm.rawValue)\(bfloat16 ? ", bfloat16" : "")" }

  /// What the peers are told, too.
  var shared: [String] {
    var arguments = ["--encoder", encoder, "--batch", "\(batch)", "--classes", "\(classes)"]
    arguments += ["--gender-epochs", "\(genderEpochs)", "--decoder-epochs", "\(decoderEpochs)"]
    for (name, value) in [("--images", images), ("--weights", weights), ("--picture", picture)] {
      if let value { arguments += [name, value] }
    }
    return arguments
  }
}

extension ConvolutionAlgorithm: @retroactive ExpressibleByArgument {}
