import Foundation
import Graft

// Teaches a pretrained encoder to tell the classes of a folder apart: first a new head alone, then the last block with it.
let folder = URL(filePath: CommandLine.arguments[1])
let shapes = try Dataset(classFolders: folder.appending(path: "shapes"))
let parts = try shapes.split(.random(0.25, seed: 7, stratified: true))
let encoder = try VGG.small()
let network = ClassificationNetwork(
  encoder: encoder, head: .linear(classes: shapes.classNames.count), classNames: shapes.classNames)

for (frozen, rate) in [("block5", Float(1e-2)), ("block4", 1e-3)] {
  encoder.freeze(through: frozen)
  let trainer = Trainer(
    network, loss: .softmaxCrossEntropy, metrics: [.accuracy], optimizer: Adam(.pyTorch, learningRate: rate),
    store: FeatureStore(folder: folder.appending(path: "features")))
  try trainer.fit(
    parts.training.batches(of: 8, shuffledBy: 1), validation: parts.validation.batches(of: 8),
    until: .epochs(8), keep: .best(.validation(.accuracy)))
}
let confusion = try Evaluator(network).confusion(on: parts.validation)
for (name, row) in zip(shapes.classNames, confusion.counts) { print(name, row) }
guard confusion.accuracy > 0.6 else { fatalError("It has not learned the shapes: \(confusion.accuracy).") }
try network.write(to: folder.appending(path: "shapes.safetensors"))
