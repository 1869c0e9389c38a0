import ArgumentParser
import ExampleSupport
import Foundation
import GraftDatasets
import GraftFiles
import GraftModels
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
      let call = try wrongUse { try StudyCall(contentsOf: file) }
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
    }
  }

  private func runStudies() throws {
    let configurations = try training.configurations(isDrawn: data.isDrawn)
    let subjects = try data.subjects()
    let (source, kinds) = (try data.source(), try data.maskKinds())
    if running.dryRun {
      let plan = try StudyPlan(
        configurations[0], subjects: subjects, faces: source.faces(configurations[0]),
        conditions: source.conditions(configurations[0], kinds))
      printResult(plan.table)
      if configurations.count > 1 {
        print("The trainings are repeated for each of the \(configurations.count) seeds.")
      }
      return
    }
    let folder = URL(argument: running.output)
    let place = OutputFolder(folder)
    try place.check(
      names: FaceSegmentationStudy.outputNames + configurations.map { "seed-\($0.seed)" },
      isOwn: { FaceSegmentationStudy.hasResults(in: folder) }, overwrites: overwriting.overwrite)
    var (results, outputs) = ([StudyResults](), [URL]())
    for configuration in configurations {
      let own =
        configurations.count == 1 ? folder : folder.appendingPathComponent("seed-\(configuration.seed)")
      if configurations.count > 1 {
        running.console.note(
          "seed \(configuration.seed): \(outputs.count + 1) of \(configurations.count), in \(own.shownRelativePath)"
        )
      }
      let study = try FaceSegmentationStudy(
        configuration: configuration, output: own, features: folder.appendingPathComponent("features"),
        cacheLimit: running.cacheLimitBytes, call: try data.call(seeds: configurations.map(\.seed)),
        commandLine: Self.commandLine,
        console: running.console,
        isInterrupted: { Interruption.isRequested })
      let (faces, conditions) = (
        try source.faces(configuration), try source.conditions(configuration, kinds)
      )
      // A folder of results is begun by what can run.
      try place.claim()
      try study.run(subjects, tunedOn: faces, conditions: conditions, onBadSample: running.onBadSample)
      results.append(study.results)
      outputs.append(own)
    }
    let report = try StudyReport(of: outputs, to: folder)
    // A single study has written its own.
    if outputs.count > 1 { try report.write() }
    try running.show(results)
    running.console.note(data.whatNext(report: report.file, seedCount: results.count))
  }
}
