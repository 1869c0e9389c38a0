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
    discussion: "What is not set has the paper's value. A call that was stopped goes on when it is repeated.")

  @OptionGroup var data: DataOptions
  @OptionGroup var training: TrainingOptions
  @Option(help: "The folder for results, models, logs and cached features.") var output = "out"

  func run() throws {
    Interruption.beginObserving()
    do {
      try runStudy()
    } catch let interruption as TrainingInterrupted {
      StudyConsole.standardError.note("\n\(interruption)")
      throw ExitCode(Interruption.exitStatus)
    }
  }

  private func runStudy() throws {
    let subjects = try data.subjects()
    let celebA = try CelebA(directory: data.url(data.celeba))
    let conditions = try data.conditions()
    let study = try FaceSegmentationStudy(
      configuration: training.configuration, output: URL(fileURLWithPath: output), console: .standardError,
      isInterrupted: { Interruption.isRequested })
    try study.check(conditions)

    for subject in subjects {
      // Section 4.5: the last stage is tuned on gender, with a classifier on top.
      let tuned = try study.tuneOnGender(subject, with: celebA)
      let published = try subject.makeEncoder()
      // Section 4.6: both encoders are frozen, and a decoder is trained on each for every kind of mask.
      for condition in conditions {
        try study.trainDecoder(on: published, of: subject, arm: .control, for: condition)
        try study.trainDecoder(on: tuned, of: subject, arm: .gender, for: condition)
      }
    }
    print(study.results.table)
  }
}
