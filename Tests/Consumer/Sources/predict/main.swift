import Foundation
import Graft

// Reads a whole classifier back, with its classes and its preprocessing, and names what is in a picture.
let folder = URL(filePath: CommandLine.arguments[1])
let network = try ClassificationNetwork(contentsOf: folder.appending(path: "shapes.safetensors"))
let shapes = try Dataset(classFolders: folder.appending(path: "shapes"))
guard network.classNames == shapes.classNames else { fatalError("The names of the classes were lost.") }
let scores = try Evaluator(network).evaluate(shapes, metrics: [.accuracy])
guard let accuracy = scores[.accuracy], accuracy > 0.6 else { fatalError("It was read back as another.") }
let sample = shapes[0]
let best = network.logits(of: [try sample.picture.value]).indexOfMaximumAlongLastAxis()[0]
print(
  "\(sample.identifier) is a \(shapes.classNames[best]); \(Int(100 * accuracy)) % of all are told rightly.")
