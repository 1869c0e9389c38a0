import Foundation
import Graft

// Teaches a pretrained encoder to tell the classes of a folder apart: first a new head alone, then the last block with it.
let folder = URL(filePath: CommandLine.arguments[1])
let shapes = try Dataset(classFolders: folder.appending(path: "shapes"))
let parts = try shapes.split(.random(0.25, seed: 7, stratified: true))
let network = ClassificationNetwork(
  encoder: try VGG.small(), head: .linear(classes: shapes.classNames.count), classNames: shapes.classNames)
let trainer = Trainer(
  network, loss: .softmaxCrossEntropy, metrics: [.accuracy],
  store: FeatureStore(folder: folder.appending(path: "features")))
let history = try trainer.fit(
  parts.training.batches(of: 8, shuffledBy: 1), validation: parts.validation.batches(of: 8),
  phases: [
    Phase("head", training: .head, optimizer: Adam(learningRate: 1e-2), until: .epochs(8)),
    Phase("block 5", training: .from("block5"), optimizer: Adam(learningRate: 1e-3), until: .epochs(8)),
  ], keep: .best(.validation(.accuracy)))
for epoch in history.epochs { print(epoch.number, epoch.phase ?? "", epoch[.validation(.accuracy)] ?? .nan) }
let confusion = try Evaluator(network).confusion(on: parts.validation)
for (name, row) in zip(shapes.classNames, confusion.counts) { print(name, row) }
guard confusion.accuracy > 0.6 else { fatalError("It has not learned the shapes: \(confusion.accuracy).") }
try network.write(to: folder.appending(path: "shapes.safetensors"))
