import Foundation
import GraftFiles
import GraftImages
import GraftTensor

extension Dataset {
  /// How a picture says which class each pixel of a mask has.
  public enum MaskEncoding: Sendable, Hashable {
    /// Two classes: 0 for the first, and for the second 1, or 128 and more in a mask that has such values.
    case binary
    /// The number of the class, from 0; of a PNG with a palette the number of the colour. Other numbers, such as 255, are
    /// left for a loss to ignore.
    case numbers
    /// A colour for each class, in their order. A pixel of another colour is an error.
    case colours([Colour])

    /// Red, green and blue, from 0 to 255.
    public struct Colour: Sendable, Hashable {
      let red, green, blue: UInt8

      /// Names a colour.
      public init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
      }
    }
  }

  /// Pictures of your own with masks of the same names, whatever their endings: `photos/7.jpg` and `masks/7.png`.
  ///
  /// ```swift
  /// let faces = try Dataset(images: URL(filePath: "photos"), masks: URL(filePath: "masks"))
  /// let parts = try faces.split(.random(0.1, seed: 7), test: .fraction(0.1))
  /// ```
  /// Samples are called as their files are, without ending, in the order of the names. A photograph is read as its rows are
  /// stored, since its mask has no EXIF orientation. Decoding throws ``DatasetError`` if a mask is not as large as its picture, or
  /// has a colour or a number that is no class.
  ///
  /// - Parameters:
  ///   - images: the folder of the pictures.
  ///   - masks: the folder of the masks, best as PNG: a JPEG changes what it stores.
  ///   - classNames: two or more, background first by custom.
  ///   - encoding: how masks say which class a pixel has.
  ///   - maskSuffix: what names of masks have after those of their pictures, such as `_mask`.
  ///   - maskSize: how large masks come out, 224×224 by default: as large as what the network gives.
  ///   - maskResizing: the nearest pixel by default, which keeps classes as they are.
  ///   - name: that of the folder of the pictures by default.
  /// - Throws: ``DatasetError`` if a picture has no mask or a mask no picture.
  public init(
    images: URL, masks: URL, classNames: [String] = ["background", "foreground"],
    encoding: MaskEncoding = .binary, maskSuffix: String = "", maskSize: Mask.Size = .standard,
    maskResizing: Mask.Resizing = .nearest, name: String? = nil
  ) throws {
    let format = try MaskFormat(encoding, classNames, maskSize, maskResizing, folder: masks)
    let pairs = try Self.pairs(images, masks, suffix: maskSuffix)
    self.init(
      name: name ?? images.fileName.description, targets: .masks(classNames),
      samples: pairs.map { pair in
        let photograph = Content<Picture>(contentsOf: pair.image, reading: .asStored)
        let form = "\(encoding) \(maskSize) \(maskResizing)"
        return Sample(
          identifier: pair.stem.identifier, picture: photograph,
          target: .mask(
            Content(
              digest: { SHA256.digest(of: "\(try SHA256.digest(of: pair.mask)) \(form)") },
              decode: { try format.mask(contentsOf: pair.mask, fitting: nil) }))
        ) {
          let picture = try photograph.value
          return (picture, try format.mask(contentsOf: pair.mask, fitting: picture))
        }
      })
  }

  private static func pairs(
    _ images: URL, _ masks: URL, suffix: String
  ) throws -> [(stem: FileName, image: URL, mask: URL)] {
    let (pictures, found) = (try byStem(images), try byStem(masks))
    guard !pictures.isEmpty else {
      throw DatasetError(
        images, "there are no pictures here",
        remedy: "Name the folder itself. Pictures end in \(Folder.pictureEndings.joined(separator: ", ")).")
    }
    let unmasked = pictures.keys.filter { found[$0 + suffix] == nil }.sorted()
    if let first = unmasked.first {
      throw DatasetError(
        masks, "\(unmasked.count) of the \(pictures.count) pictures have no mask here, such as \(first)",
        remedy:
          "A mask has the name of its picture\(suffix.isEmpty ? "" : " and \(suffix)"), whatever its ending.")
    }
    let wanted = Set(pictures.keys.map { $0 + suffix })
    let unused = found.keys.filter { !wanted.contains($0) }.sorted()
    if let first = unused.first {
      throw DatasetError(
        images, "\(unused.count) of the \(found.count) masks have no picture here, such as \(first)",
        remedy: "Put the pictures in, or take the masks away.")
    }
    return pictures.sorted { $0.key < $1.key }.compactMap { stem, image in
      found[stem + suffix].map { (stem, image, $0) }
    }
  }

  private static func byStem(_ folder: URL) throws -> [FileName: URL] {
    var files: [FileName: URL] = [:]
    for file in try Folder.pictures(in: folder) {
      if let other = files.updateValue(file, forKey: file.fileName.stem) {
        throw DatasetError(
          folder, "\(other.fileName) and \(file.fileName) have one name but for their endings",
          remedy: "Keep one of them.")
      }
    }
    return files
  }
}

/// How files become masks.
private struct MaskFormat: Sendable {
  let encoding: Dataset.MaskEncoding
  let classNames: [String]
  let size: Mask.Size
  let resizing: Mask.Resizing

  init(
    _ encoding: Dataset.MaskEncoding, _ classNames: [String], _ size: Mask.Size, _ resizing: Mask.Resizing,
    folder: URL
  ) throws {
    require(
      (2...255).contains(classNames.count), "Masks have from 2 to 255 classes, not \(classNames.count).")
    switch encoding {
    case .binary:
      require(classNames.count == 2, "Binary masks have two classes, not \(classNames.count).")
    case .numbers: break
    case .colours(let colours):
      require(
        colours.count == classNames.count && Set(colours).count == colours.count,
        "Each of the \(classNames.count) classes has a colour of its own; there are \(Set(colours).count).")
    }
    self.encoding = encoding
    self.classNames = classNames
    self.size = size
    self.resizing = resizing
  }

  func mask(contentsOf file: URL, fitting picture: Picture?) throws -> Tensor {
    let stored = try Picture(contentsOf: file, reading: encoding == .numbers ? .numbers : .label)
    if let picture, (picture.width, picture.height) != (stored.width, stored.height) {
      throw DatasetError(
        file,
        "this mask is \(stored.width)×\(stored.height), and its picture is \(picture.width)×\(picture.height)",
        remedy: "Bring both to one size.")
    }
    let pixels = try classNumbers(stored, file)
    if resizing == .bilinear, let number = pixels.max(), number >= classNames.count {
      throw DatasetError(
        file, "it has the number \(number), and there are \(classNames.count) classes",
        remedy:
          "Numbers that a loss is to ignore stay as they are only where masks are resized by the nearest pixel."
      )
    }
    let numbers = Picture(width: stored.width, height: stored.height, channels: 1, pixels: pixels)
    return Mask.tensor(
      ofNumbers: numbers, classCount: classNames.count, size: size, resizing: resizing)
  }

  private func classNumbers(_ stored: Picture, _ file: URL) throws -> [UInt8] {
    switch encoding {
    case .binary:
      let levels = try levels(of: stored, file)
      try checkBinary(levels, file)
      let threshold: UInt8 = (levels.max() ?? 0) > 1 ? 128 : 1
      return levels.map { $0 >= threshold ? 1 : 0 }
    case .numbers: return try levels(of: stored, file)
    case .colours(let colours):
      let numbers = Dictionary(colours.enumerated().map { ($1, UInt8($0)) }) { first, _ in first }
      let rgb = stored.rgb.pixels
      return try stride(from: 0, to: rgb.count, by: 3).map { start in
        guard let number = numbers[.init(rgb[start], rgb[start + 1], rgb[start + 2])] else {
          let (x, y) = (start / 3 % stored.width, start / 3 / stored.width)
          throw DatasetError(
            file,
            "its pixel \(x), \(y) has the colour \(rgb[start]), \(rgb[start + 1]), \(rgb[start + 2]), which is no class",
            remedy: "Name a colour for each class. A mask that was saved as JPEG has lost its colours.")
        }
        return number
      }
    }
  }

  /// Refuses what is no binary mask, such as the numbers of several classes. Between 0 and 255 there are borders that were
  /// smoothed or saved as JPEG, and few of those.
  private func checkBinary(_ levels: [UInt8], _ file: URL) throws {
    let (maximum, between) = (levels.max() ?? 0, levels.count { (32..<224).contains($0) })
    guard maximum <= 1 || (maximum >= 224 && 10 * between <= levels.count) else {
      throw DatasetError(
        file, "this mask has grey values up to \(maximum), and 0 and 1, or 0 and 255, are wanted",
        remedy: "If they are the numbers of classes, read them as numbers.")
    }
  }

  private func levels(of stored: Picture, _ file: URL) throws -> [UInt8] {
    guard let grey = stored.withoutColours else {
      throw DatasetError(
        file,
        "this mask has colours, and \(encoding == .binary ? "two levels of grey" : "class numbers") are wanted",
        remedy: "Name the colours of the classes, so that masks are read by colours.")
    }
    return grey.pixels
  }
}
