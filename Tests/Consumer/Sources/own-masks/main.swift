import Foundation
import Graft

// A mask network on somebody's own pictures, with a decoder, a loss and a metric of their own.
let folder = URL(filePath: CommandLine.arguments[1])
let faces = try Dataset(images: folder.appending(path: "photos"), masks: folder.appending(path: "masks"))
let parts = try faces.split(.random(0.25, seed: 7))
let twoSteps = HeadKind(Architecture("two steps")) { encoder, random in
  Sequential([
    (
      "scores",
      Conv2D(inputs: encoder.lastStage.channels, outputs: 1, kernelSize: 3, padding: .same, random: random)
    ),
    ("enlarge", Upsampling2D(factor: encoder.lastStage.stride, interpolation: .bilinear)),
  ])
}
let loss = Loss("cross entropy and Dice") { logits, masks in
  binaryCrossEntropy(fromLogits: logits, masks) + diceLoss(fromProbabilities: sigmoid(logits), masks)
}
let dice = CountedMetric("dice", better: .higher, counting: SegmentationScore()) { score in
  2 * score.globalHardIoU / (1 + score.globalHardIoU)
}
let encoder = try VGG.small()
encoder.freeze()
let network = SegmentationNetwork(encoder: encoder, decoder: twoSteps)
let trainer = Trainer(
  network, loss: loss, metrics: [dice, .iou], optimizer: RMSprop(learningRate: 1e-2),
  store: FeatureStore(folder: folder.appending(path: "features")))
let history = try trainer.fit(
  parts.training.batches(of: 6, shuffledBy: 1), validation: parts.validation.batches(of: 6),
  until: .epochs(20),
  keep: .best(.validation(dice)))
let best = history.best(.validation(dice))?[.validation(dice)] ?? 0
let file = folder.appending(path: "masks.safetensors")
try network.write(to: file)
let copy = try SegmentationNetwork(
  contentsOf: file, decoders: HeadFamily.builtIn + [HeadFamily("two steps", kind: twoSteps)])
let again = try Evaluator(copy).evaluate(parts.validation, metrics: [dice])[dice] ?? 0
guard best > 0.6, abs(again - best) < 1e-3 else { fatalError("Dice \(best), and read back \(again).") }
print("Dice \(best)")
