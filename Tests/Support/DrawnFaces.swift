import Foundation
import GraftImages
import GraftTensor

/// Faces drawn by number, with masks, in the layouts of the three data sets: an ellipse of skin under a cap of hair, on
/// noise. Men are drawn darker.
public enum DrawnFaces {
  private static let side = 96

  /// What a pixel belongs to.
  private enum Part {
    case background, skin, hair
  }

  /// `celeba` with twenty faces, `lfw` and `helen` with ten each, below `folder`.
  public static func writeTrees(below folder: URL) throws {
    try writeCelebA(to: folder.appendingPathComponent("celeba"), count: 20)
    try writeLFW(to: folder.appendingPathComponent("lfw"), count: 10)
    try writeHELEN(to: folder.appendingPathComponent("helen"), count: 10)
  }

  private static func isMan(_ number: Int) -> Bool { number.isMultiple(of: 2) }

  private static func writeCelebA(to folder: URL, count: Int) throws {
    var attributes = "\(count)\nBald Male Smiling\n"
    var partition = ""
    for number in 0..<count {
      let name = "\(String(repeating: "0", count: 6 - "\(number + 1)".count))\(number + 1).jpg"
      attributes += "\(name) -1 \(isMan(number) ? " 1" : "-1")  1\n"
      partition += "\(name) 0\n"
      try folder.write(photograph(number), to: "img_align_celeba/\(name)")
    }
    try folder.write(attributes, to: "list_attr_celeba.txt")
    try folder.write(partition, to: "list_eval_partition.txt")
  }

  private static func writeLFW(to folder: URL, count: Int) throws {
    for number in 0..<count {
      let name = "Person\(number)"
      try folder.write(photograph(number), to: "lfw_funneled/\(name)/\(name)_0001.jpg")
      let label = parts(number).flatMap { part -> [UInt8] in
        switch part {
        case .background: [0, 0, 255]
        case .skin: [0, 255, 0]
        case .hair: [255, 0, 0]
        }
      }
      try folder.write(
        Picture(width: side, height: side, channels: 3, pixels: label),
        to: "parts_lfw_funneled_gt_images/\(name)_0001.ppm")
    }
    try folder.write((0..<count).map { "Person\($0) 1\n" }.joined(), to: "parts_train_val.txt")
  }

  private static func writeHELEN(to folder: URL, count: Int) throws {
    for number in 0..<count {
      let name = "\(100 + number)_1"
      try folder.write(photograph(number), to: "images/\(name).jpg")
      for map in 0...10 {
        let values = parts(number).map { part -> UInt8 in
          switch (part, map) {
          case (.background, 0), (.skin, 1), (.hair, 10): 255
          default: 0
          }
        }
        try folder.write(
          Picture(width: side, height: side, channels: 1, pixels: values),
          to: "labels/\(name)/\(name)_lbl\(map < 10 ? "0" : "")\(map).png")
      }
    }
    try folder.write((0..<count).map { "\($0 + 1) , \(100 + $0)_1\n" }.joined(), to: "exemplars.txt")
    for list in ["testing", "tuning"] { try folder.write("", to: "\(list).txt") }
  }

  private static func parts(_ number: Int) -> [Part] {
    var random = RandomStream(seed: 1).child("face", number)
    let center = (x: 40 + random.integer(below: 16), y: 44 + random.integer(below: 16))
    let radius = (x: 16 + random.integer(below: 8), y: 22 + random.integer(below: 8))
    return (0..<side * side).map { pixel in
      let x = Double(pixel % side - center.x) / Double(radius.x)
      let y = Double(pixel / side - center.y) / Double(radius.y)
      guard x * x + y * y < 1 else { return .background }
      return y < -0.4 ? .hair : .skin
    }
  }

  private static func photograph(_ number: Int) -> Picture {
    var random = RandomStream(seed: 2).child("photograph", number)
    let pixels = parts(number).flatMap { part -> [UInt8] in
      let noise = random.integer(below: 40)
      switch part {
      case .background: return [UInt8(noise), UInt8(90 + noise), UInt8(150 + noise)]
      case .skin: return isMan(number) ? [UInt8(120 + noise), 90, 70] : [UInt8(210 + noise), 180, 160]
      case .hair: return [UInt8(30 + noise), 20, 10]
      }
    }
    return Picture(width: side, height: side, channels: 3, pixels: pixels)
  }
}
