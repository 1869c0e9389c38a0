import ArgumentParser
import ExampleSupport
import Foundation
import GraftFiles
import GraftImages
import GraftLayers
import GraftModels
import GraftTensor
import GraftWeights

/// Names what a published network sees in pictures.
@main
struct ClassifyImage: Program {
  static let configuration = CommandConfiguration(
    commandName: "classify-image",
    abstract: "Prints the likeliest classes of each picture, with their probabilities.",
    discussion: """
      Published weights must come with the classifying layers (Keras' files without \"notop\" in their names, torchvision's as they \
      are). Whose they are is told from the file, and the pictures are prepared accordingly. A classifier of your own is a file \
      that a ClassificationNetwork was written to. ImageNet's names are not \
      bundled: give Keras' imagenet_class_index.json, or a text file with one name a line.
      """)

  @OptionGroup var classifier: ClassifierOptions
  @Option(help: "The names of the classes; those in the file of the network, or else numbers, if not set.")
  var labels: String?
  @Option(parsing: .unconditional, help: "How many classes to print for each picture.") var top = 5
  @Argument(help: "JPEG, PNG or PNM files.") var images: [String]

  /// Pictures at a time: enough for the library's fast algorithms, little enough for any machine.
  private static let batchSize = 4

  func validate() throws {
    guard top > 0 else { throw ValidationError("--top \(top): at least 1 is needed.") }
  }

  func run() throws {
    let given = try labels.map { try ClassNames.names(contentsOf: URL(argument: $0)) }
    let network = try classifier.makeClassifier()
    var context = Context.inference
    // A picture then has the same numbers alone and among others, and with every version of the compute library.
    context.convolutionAlgorithm = .portableWinograd
    for start in stride(from: 0, to: images.count, by: Self.batchSize) {
      let paths = images[start..<min(start + Self.batchSize, images.count)]
      let pictures = try paths.map { try Picture(contentsOf: URL(argument: $0)) }
      let rows = ClassificationNetwork.probabilities(ofLogits: network.logits(of: pictures, context))
      let names = try names(given ?? network.classNames, count: rows[0].count)
      for (path, row) in zip(paths, rows) { report(path, row, names) }
    }
  }

  private func names(_ names: [String]?, count: Int) throws -> [String] {
    guard let names else { return (0..<count).map { "class \($0)" } }
    guard names.count == count else {
      let source = labels.map { "--labels \(URL(argument: $0).shownRelativePath)" } ?? "the weight file"
      throw ValidationError("\(source): it names \(names.count) classes, and the network has \(count).")
    }
    return names
  }

  private func report(_ path: String, _ probabilities: [Float], _ names: [String]) {
    let likeliest = probabilities.indices.sorted { probabilities[$0] > probabilities[$1] }.prefix(top)
    print(URL(argument: path).shownRelativePath)
    for number in likeliest {
      let percent = String(format: "%5.1f", 100 * probabilities[number])
      print("  \(percent) %  \(names[number].printable)")
    }
  }
}
