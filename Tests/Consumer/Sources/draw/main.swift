import Foundation
import Graft

// Draws what the other programs learn from: shapes/disc/0.png and so on, and photos/0.png with masks/0.png.
let folder = URL(filePath: CommandLine.arguments[1])
let shapes = SyntheticShapes(count: 600, side: 96, seed: 3).dataset
for (index, sample) in shapes.enumerated() where (sample.target.label ?? 0) < 3 {
  let name = shapes.classNames[sample.target.label ?? 0]
  try sample.picture.value.write(toPNG: folder.appending(path: "shapes/\(name)/\(index).png"))
}
for (index, sample) in SyntheticFaces(like: .lfw, count: 24, seed: 2).masks(.withHair).enumerated() {
  let (picture, mask) = try sample.decoded()
  let levels = mask.converted(to: .float32).scalars.map { UInt8(255 * $0) }
  try picture.resized(width: 224, height: 224).write(toPNG: folder.appending(path: "photos/\(index).png"))
  try Picture(width: 224, height: 224, channels: 1, pixels: levels)
    .write(toPNG: folder.appending(path: "masks/\(index).png"))
}
