import ArgumentParser
import ExampleSupport
import Foundation
import GraftDatasets
import GraftFiles
import GraftStudy
import GraftTraining

/// The experiment of the paper, from the pictures to the table.
@main
struct FaceSegmentationStudyCommand: Program {
  static let configuration = CommandConfiguration(
    commandName: "face-segmentation-study",
    abstract: "Tunes encoders on gender and measures whether that helps them to segment faces.",
    discussion: """
      Without the folders of CelebA, LFW and HELEN it runs on faces that it draws itself, with a small encoder that is \
      built in: about a minute. scripts/study builds this program and passes all options on to it. What is not set has the preset's value. A call that was stopped goes on when it is \
      repeated. With several seeds, each has a folder of its own below the output folder.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var training: TrainingOptions
  @OptionGroup var running: RunningOptions
  @OptionGroup var overwriting: OverwriteOptions

  mutating func validate() throws {
    if let file = training.file {
      let call = try wrongUse { try FaceSegmentationCall(contentsOf: file) }
      try data.complete(from: call, in: file)
      try training.complete(from: call, in: file)
    }
    try data.check()
    try training.validate()
    try running.validate()
  }

  func run() throws {
    // A dry run has nothing to save: a signal ends it at once.
    if !running.dryRun { Interruption.beginObserving() }
    do {
      try runStudies()
    } catch let interruption as TrainingInterrupted {
      running.console.warn("\(interruption)")
      throw ExitCode(Interruption.exitStatus)
    } catch let error as StudyError {
      throw error.remedy.map { error.adding(advice(for: $0)) } ?? error
    }
  }

  private func runStudies() throws {
    let configurations = try training.configurations(isDrawn: data.isDrawn)
    let studies = try StudySource(data, call: data.call(seeds: configurations.map(\.seed)))
    if running.dryRun {
      let nothing = FaceSegmentationResults(configuration: configurations[0])
      try printResult(studies.study(configurations[0]).plan(after: nothing).table)
      if configurations.count > 1 {
        print("The trainings are repeated for each of the \(configurations.count) seeds.")
      }
      return
    }
    let folder = RunFolder(URL(argument: running.output))
    let place = OutputFolder(folder.url)
    try place.check(
      names: RunFolder.names + configurations.map { "seed-\($0.seed)" },
      isOwn: { folder.holds(FaceSegmentationResults.self) }, overwrites: overwriting.overwrite)
    let runs = SeededRuns<FaceSegmentationStudy>(
      in: folder.url, cacheLimit: running.cacheLimitBytes, commandLine: Self.commandLine,
      console: running.console, isInterrupted: { Interruption.isRequested })
    let results = try runs.carryOut(seeds: configurations.map(\.seed), onBadSample: running.onBadSample) {
      seed in
      var configuration = configurations[0]
      configuration.seed = seed
      let study = try studies.study(configuration)
      // A folder of results is begun by what can run.
      try place.claim()
      return study
    }
    try running.show(results)
    running.console.note(data.whatNext(report: folder.report, seedCount: results.count))
  }

  private var severalSeeds: String {
    training.seeds.flatMap { $0.contains(",") ? "--seeds \($0) " : nil } ?? ""
  }

  /// The options of this program for what an error of the library asks for.
  private func advice(for remedy: StudyError.Remedy) -> String {
    switch remedy {
    case .otherFolder: "The option is --output."
    case .otherFolderOrSettings(let file):
      "Name another folder with --output, or repeat its call with --configuration \(file.shownRelativePath) "
        + "\(severalSeeds)--output \(URL(argument: running.output).shownRelativePath)."
    case .skipBadSamples: "The option is --on-bad-sample skip."
    }
  }
}
