import Foundation
import GraftFiles
import GraftImages
import GraftTensor

extension SyntheticFaces {
  /// Writes pictures, labels and lists in the layout of the data set that the faces resemble, so that ``CelebA``,
  /// ``LFWParts`` or ``HELEN`` reads them.
  ///
  /// - CelebA: `img_align_celeba/000001.jpg`, `list_attr_celeba.txt` (`Bald`, `Eyeglasses`, `Male` and `No_Beard`; type B
  ///   stands as `Male`), `list_eval_partition.txt`, `identity_CelebA.txt`.
  /// - LFW Part Labels: `lfw_funneled/Face_1/Face_1_0001.jpg`, `parts_lfw_funneled_gt_images/Face_1_0001.ppm`,
  ///   `parts_train.txt`, `parts_validation.txt`, `parts_test.txt`.
  /// - HELEN: `images/1_1.jpg`, `labels/1_1/1_1_lbl00.png` to `_lbl10.png`, `exemplars.txt`, `testing.txt`, `tuning.txt`.
  ///
  /// LFW and HELEN have a list for each part, so they take at least ten faces, with which no list is empty.
  ///
  /// - Parameter folder: is made if need be; files of the same names are replaced.
  /// - Throws: `FileError` or `PictureError`.
  public func write(to folder: URL) throws {
    require(
      style == .celebA || count >= 10,
      "With \(count) faces a list of \(style) would be empty, which its reader refuses: draw 10 or more.")
    switch style {
    case .celebA: try writeCelebA(to: folder)
    case .lfw: try writeLFW(to: folder)
    case .helen: try writeHELEN(to: folder)
    }
  }

  private static func padded(_ number: Int, to digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  /// The lines of the samples of one part, in order.
  private func list(_ part: Partition, _ line: (_ number: Int) -> String) -> String {
    (0..<count).filter { partition(at: $0) == part }.map { line($0 + 1) + "\n" }.joined()
  }

  private func write(_ text: String, _ name: String, in folder: URL) throws {
    try AtomicFile.write(text, to: folder.appendingPathComponent(name))
  }

  // MARK: CelebA

  private func writeCelebA(to folder: URL) throws {
    var attributes = "\(count)\nBald Eyeglasses Male No_Beard\n"
    var (partition, identities) = ("", "")
    for index in 0..<count {
      let name = "\(Self.padded(index + 1, to: 6)).jpg"
      let drawing = drawing(at: index)
      let picture = drawing.picture
      let traits = drawing.traits
      let values = [traits.hairStyle == .bald, traits.hasGlasses, traits.isTypeB, traits.beard == .none]
      attributes += "\(name) \(values.map { $0 ? " 1" : "-1" }.joined(separator: " "))\n"
      partition += "\(name) \(Partition.allCases.firstIndex(of: self.partition(at: index)) ?? 0)\n"
      identities += "\(name) \(index + 1)\n"
      try picture.write(toJPEG: folder.appendingPathComponent("img_align_celeba/\(name)"))
    }
    try write(attributes, "list_attr_celeba.txt", in: folder)
    try write(partition, "list_eval_partition.txt", in: folder)
    try write(identities, "identity_CelebA.txt", in: folder)
  }

  // MARK: LFW

  private func writeLFW(to folder: URL) throws {
    for index in 0..<count {
      let person = "Face_\(index + 1)"
      let drawing = drawing(at: index)
      let picture = drawing.picture
      try picture.write(toJPEG: folder.appendingPathComponent("lfw_funneled/\(person)/\(person)_0001.jpg"))
      let colours = drawing.canvas.parts.flatMap { part -> [UInt8] in
        if style.isHair(part) { return [255, 0, 0] }
        return style.isSkin(part) ? [0, 255, 0] : [0, 0, 255]
      }
      let image = Picture(width: picture.width, height: picture.height, channels: 3, pixels: colours)
      let file = folder.appendingPathComponent("parts_lfw_funneled_gt_images/\(person)_0001.ppm")
      try AtomicFile.write(image.encodedNetpbm(), to: file)
    }
    for part in Partition.allCases {
      let name = part == .training ? "train" : part.rawValue
      try write(list(part) { "Face_\($0) 1" }, "parts_\(name).txt", in: folder)
    }
  }

  // MARK: HELEN

  private func writeHELEN(to folder: URL) throws {
    for index in 0..<count {
      let name = "\(index + 1)_1"
      let drawing = drawing(at: index)
      let picture = drawing.picture
      try picture.write(toJPEG: folder.appendingPathComponent("images/\(name).jpg"))
      for number in 0...10 {
        let file = "labels/\(name)/\(name)_lbl\(Self.padded(number, to: 2)).png"
        try drawing.canvas.labels { Self.helenMap($0) == number ? 255 : 0 }
          .write(toPNG: folder.appendingPathComponent(file))
      }
    }
    let lists: [(String, Partition)] = [
      ("exemplars", .training), ("testing", .test), ("tuning", .validation),
    ]
    for (name, part) in lists {
      try write(list(part) { "\($0) , \($0)_1" }, "\(name).txt", in: folder)
    }
  }

  static func helenMap(_ part: Part) -> Int {
    switch part {
    case .neck: Int(Part.background.rawValue)
    case .beard: Int(Part.skin.rawValue)
    default: Int(part.rawValue)
    }
  }
}
