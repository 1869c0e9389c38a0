import ArgumentParser
import ExampleSupport
import Foundation
import GraftDatasets
import GraftFiles
import GraftImages
import GraftLayers
import GraftMetrics
import GraftModels
import GraftTensor
import GraftTraining
import GraftWeights

/// Trains the small VGG that comes with the library on drawn shapes.
@main
struct PretrainSmallEncoder: Program {
  static let configuration = CommandConfiguration(
    commandName: "pretrain-small-encoder",
    abstract: "Trains the encoder of VGG.small() to tell drawn shapes apart, and writes its weights.",
    discussion: """
      Without options it writes the weights that are built into the library, to the bit on the same kind of machine with \
      the same number of threads.
      """)

  @Option(parsing: .unconditional, help: "Pictures to learn from.") var pictures = 12_000
  @Option(parsing: .unconditional, help: "Other pictures, to measure with.") var heldOut = 1200
  @Option(parsing: .unconditional, help: "Side of a picture, in pixels; a multiple of 32.") var side = 64
  @Option(parsing: .unconditional, help: "Passes over all pictures.") var epochs = 10
  @Option(parsing: .unconditional, help: "Samples in a batch.") var batch = 32
  @Option(parsing: .unconditional, help: "Adam's peak learning rate.", transform: finiteNumber)
  var learningRate: Float = 3e-3
  @Option(parsing: .unconditional, help: "Seed of everything random.") var seed: UInt64 = 1
  @Option(help: "The safetensors file to write.") var output = "small-vgg.safetensors"
  @OptionGroup var overwriting: OverwriteOptions

  func validate() throws {
    guard pictures > 0, heldOut > 0, epochs > 1, batch > 0, learningRate > 0 else {
      throw ValidationError(
        "Pictures and batches are counted from 1, epochs from 2, and the learning rate is above 0.")
    }
    guard URL(argument: output).fileName.ending == WeightFormat.safetensors.rawValue else {
      throw ValidationError(
        "--output \(URL(argument: output).shownRelativePath): a safetensors file is written: let its name end in .safetensors."
      )
    }
  }

  func run() throws {
    let destination = URL(argument: output)
    try overwriting.check(destination, against: [])
    let random = RandomStream(seed: seed)
    let encoder = VGG.untrainedSmall(side: side, random: random.child("encoder"))
    let training = SyntheticShapes(count: pictures, side: side, seed: seed).dataset
    let measured = SyntheticShapes(count: heldOut, side: side, seed: seed &+ 1).dataset
    let network = ClassificationNetwork(
      encoder: encoder, head: .linear(classes: training.classNames.count), random: random.child("head"))

    let report = ProgressReport(
      title: "small VGG on shapes", metric: .validation(.accuracy), terminal: .standardError
    ) { StandardError.write($0) }
    let trainer = Trainer(
      network, loss: .softmaxCrossEntropy, metrics: [.accuracy],
      optimizer: Adam(.pyTorch, learningRate: learningRate),
      schedule: .cosine(epochs: epochs, warmUp: 1), random: random.child("training"), microBatchSize: batch,
      observers: [report])
    let history = try trainer.fit(
      training.batches(of: batch, shuffledBy: seed), validation: measured.batches(of: batch),
      until: .epochs(epochs))

    let plain = encoder.foldingBatchNorms()
    // Half as many bytes, which is as precise as a start for other trainings need be.
    let state = plain.state
    let tensors = plain.stateShapes.compactMap { path, _ in
      state[path].map { (name: path, tensor: $0.converted(to: .bfloat16)) }
    }
    let accuracy = history.epochs.last?[.validation(.accuracy)] ?? .nan
    try SafetensorsFile.write(
      tensors, metadata: encoder.preprocessing.metadata, to: destination)
    print(
      "\(destination.shownRelativePath): accuracy \(accuracy) on \(heldOut) shapes that were not learned from"
    )
  }
}
