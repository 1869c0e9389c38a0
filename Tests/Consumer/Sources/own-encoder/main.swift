import Foundation
import Graft

// Trains an encoder of somebody's own with a decoder, reads the written network back and segments a picture.
let folder = URL(filePath: CommandLine.arguments[1])
let faces = try Dataset(images: folder.appending(path: "photos"), masks: folder.appending(path: "masks"))
let encoder = TinyEncoder(Preprocessing(width: 224, height: 224, style: .tensorFlow))
let network = SegmentationNetwork(encoder: encoder, decoder: .fcn32(), classNames: ["face"])
let trainer = Trainer(
  network, loss: .binaryCrossEntropy, metrics: [.iou], optimizer: Adam(.pyTorch, learningRate: 3e-3),
  store: FeatureStore(folder: folder.appending(path: "features")))
try trainer.fit(
  faces.batches(of: 6, shuffledBy: 1), validation: faces.batches(of: 6), until: .epochs(15),
  keep: .best(.validation(.iou)))
let file = folder.appending(path: "tiny.safetensors")
try network.write(to: file)

let copy = try SegmentationNetwork(contentsOf: file, families: EncoderFamily.builtIn + [.tiny])
let (picture, mask) = try faces[0].decoded()
let map = copy.probabilityMaps(of: [picture])[0]
let right = zip(map.scalars, mask.scalars).count { ($0 >= 0.5) == ($1 > 0) }
print("\(100 * right / mask.scalarCount) % of the pixels of \(faces[0].identifier) are right.")
guard right > mask.scalarCount * 3 / 5 else { fatalError("It has not learned, or was read back as another.") }
