import ArgumentParser
import Foundation
import GraftDatasets
import GraftModels
import GraftStudy
import GraftTraining

/// The experiment of the paper, from the pictures to the table.
@main
struct FaceSegmentationStudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "face-segmentation-study",
    abstract: "Tunes encoders on gender and measures whether that helps them to segment faces.",
    discussion: """
      What is not set has the preset's value. A call that was stopped goes on when it is repeated. With several seeds, each has \
      a folder of its own below the output folder.
      """)

  @OptionGroup var data: DataOptions
  @OptionGroup var training: TrainingOptions
  @Option(help: "The folder for results, models, logs and cached features.") var output = "out"

  func run() throws {
    Interruption.beginObserving()
    do {
      try runStudies()
    } catch let interruption as TrainingInterrupted {
      StudyConsole.standardError.note("\n\(interruption)")
      throw ExitCode(Interruption.exitStatus)
    }
  }

  private func runStudies() throws {
    let subjects = try data.subjects()
    let configurations = try training.configurations()
    let celebA = try CelebA(directory: data.url(data.celeba)).gender
    let folder = URL(fileURLWithPath: output)
    var results: [StudyResults] = []
    for configuration in configurations {
      let own =
        configurations.count == 1 ? folder : folder.appendingPathComponent("seed-\(configuration.seed)")
      let study = try FaceSegmentationStudy(
        configuration: configuration, output: own, features: folder.appendingPathComponent("features"),
        console: .standardError, isInterrupted: { Interruption.isRequested })
      let faces = try celebA.trainingPool(
        limit: configuration.gender.limit, selection: configuration.gender.selection, seed: configuration.seed
      )
      try study.run(subjects, tunedOn: faces, conditions: data.conditions(configuration))
      results.append(study.results)
    }
    print(results.count == 1 ? results[0].table : StudySummary(results).table)
  }
}
