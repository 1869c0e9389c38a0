import ArgumentParser
import ExampleSupport
import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftModels
import GraftStudy
import GraftTensor
import GraftTraining

/// Runs the study of the paper with an encoder that the library does not have.
@main
struct CustomEncoder: Program {
  static let configuration = CommandConfiguration(
    commandName: "custom-encoder",
    abstract: "Runs the face segmentation study with your own encoder, MobileFace, on drawn faces.",
    discussion: """
      Without --weights the encoder is pretrained here, on drawn shapes, in about a minute on two idle cores, and its weights \
      are kept in the output folder. All of it takes minutes: enough to see it learn, too little to segment well. A call that \
      was stopped goes on when it is repeated.
      """)

  @Option(help: "MobileFace's weights from elsewhere, of any format, under the names of its naming table.")
  var weights: String?
  @Option(help: "The folder for results, models and logs.") var output = "out-custom-encoder"
  @Option(parsing: .unconditional, help: "Faces for the gender tuning.") var faces = 300
  @Option(parsing: .unconditional, help: "Faces with masks, of each of the two kinds.") var maskedFaces = 120
  @Option(parsing: .unconditional, help: "Epochs of the tuning, and three times as many of each decoder.")
  var epochs = 6
  @Option(parsing: .unconditional, help: "Shapes to be pretrained on.") var shapes = 6000

  @OptionGroup var overwriting: OverwriteOptions

  func validate() throws {
    guard faces >= 20, maskedFaces >= 20, epochs > 0, shapes > 0 else {
      throw ValidationError("At least 20 faces of each kind are needed, and one epoch and one shape.")
    }
  }

  func run() throws {
    Interruption.beginObserving()
    do {
      try runStudy(in: URL(argument: output))
    } catch let interruption as TrainingInterrupted {
      RunConsole.standardError().warn("\(interruption)")
      throw ExitCode(Interruption.exitStatus)
    }
  }

  private func runStudy(in folder: URL) throws {
    let place = OutputFolder(folder)
    try place.check(
      names: RunFolder.names, isOwn: { RunFolder(folder).holds(FaceSegmentationResults.self) },
      overwrites: overwriting.overwrite)
    try place.claim()
    let file = try weights.map { URL(argument: $0) } ?? pretrainedWeights(in: folder)
    // The encoder as an entry of a list: this is all that the study has to be told.
    let subject = FaceSegmentationStudy.Subject(name: "mobile-face", poolsFeatures: true) {
      try MobileFace(weights: file)
    }

    var settings = FaceSegmentationConfiguration(.drawn)
    settings.gender.limit = faces
    settings.gender.epochs = epochs
    settings.segmentation.epochs = 3 * epochs
    let study = FaceSegmentationStudy(
      [subject], tunedOn: SyntheticFaces(like: .celebA, count: faces).attribute, conditions: conditions,
      configuration: settings)
    let run = try Run(
      of: study, in: folder, commandLine: Self.commandLine, console: .standardError(),
      isInterrupted: { Interruption.isRequested })
    try run.carryOut()

    try printResult(run.results.table)
    try readBack(folder.appendingPathComponent("models/mobile-face-drawn-helen-hair-gender.safetensors"))
  }

  /// Two kinds of drawn faces, each with and without hair.
  private var conditions: [FaceSegmentationStudy.Condition] {
    [SyntheticFaces.Style.lfw, .helen].flatMap { style -> [FaceSegmentationStudy.Condition] in
      let drawn = SyntheticFaces(like: style, count: maskedFaces, poseSpread: 2.5)
      return [FaceClasses.withHair, .withoutHair].map { classes in
        .init(drawn.masks(classes), name: "drawn-\(style.rawValue)", masks: classes)
      }
    }
  }

  private func pretrainedWeights(in folder: URL) throws -> URL {
    let file = folder.appendingPathComponent("mobile-face.safetensors")
    if !FileSystem.exists(file) {
      let checkpoint = folder.appendingPathComponent("checkpoints/pretraining.safetensors")
      try Pretraining(shapes: shapes, checkpoint: checkpoint).run().write(to: file)
    }
    return file
  }

  /// A network that the study wrote is read as those with the library's encoders are, by its family in the list.
  private func readBack(_ model: URL) throws {
    let network = try SegmentationNetwork(contentsOf: model, families: encoderFamilies + [.mobileFace])
    let picture = try SyntheticFaces(like: .helen, count: 1, seed: 2).attribute[0].picture.value
    let map = network.probabilityMaps(of: [picture])[0]
    let share = Double(map.scalars.count { $0 >= 0.5 }) / Double(map.scalarCount)
    print(
      "\n\(model.shownRelativePath), read back, finds \(Int((100 * share).rounded())) % of a new drawn picture to be face."
    )
  }
}
