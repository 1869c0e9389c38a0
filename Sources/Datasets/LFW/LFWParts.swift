import Foundation
import GraftFiles
import GraftImages
import GraftTensor

/// LFW Part Labels: 2,927 funneled photographs of Labeled Faces in the Wild, 250×250, with a label of each: hair (facial
/// hair too), skin (neck too) or background (Kae, Sohn, Lee and Learned-Miller, CVPR 2013).
///
/// ```
/// lfw_funneled/Aaron_Peirsol/Aaron_Peirsol_0003.jpg     or lfw_funneled/Aaron_Peirsol_0003.jpg
/// parts_lfw_funneled_gt_images/Aaron_Peirsol_0003.ppm
/// parts_train.txt  parts_validation.txt  parts_test.txt   or parts_train_val.txt for the first two
/// ```
/// The samples are what the lists name, in their order: training, validation, test.
///
/// ```swift
/// let faces = try LFWParts(directory: URL(filePath: "lfw")).dataset(classes: .withHair)
/// ```
public struct LFWParts: Sendable {
  /// What the labels tell apart, by the numbers of `FaceClasses.parts`.
  public static let partNames = ["background", "hair", "skin"]
  private let pairs: [Pair]

  /// A photograph and its label.
  fileprivate struct Pair: Sendable {
    let entry: Entry
    let photograph, label: URL
  }

  /// Reads the lists and looks whether the files that they name are there.
  ///
  /// - Parameter directory: the folder that holds photographs, labels and lists.
  /// - Throws: ``DatasetError`` if photographs of another alignment are found, or a file is missing; a `FileError`.
  public init(directory: URL) throws {
    let photographs = try Self.photographs(in: directory)
    guard let labels = Folder.first(of: ["parts_lfw_funneled_gt_images"], below: directory) else {
      throw DatasetError(
        directory, "the folder parts_lfw_funneled_gt_images with the labels is not here",
        remedy: "Unpack parts_lfw_funneled_gt_images.tgz beside lfw_funneled.")
    }
    pairs = try Entry.all(in: directory).map { entry in
      let file = entry.stem + ".jpg"
      let flat = photographs.appending(file)
      return Pair(
        entry: entry,
        photograph: Folder.isFile(flat) ? flat : photographs.appending(entry.person).appending(file),
        label: labels.appending(entry.stem + ".ppm"))
    }
    let missing = pairs.flatMap { [$0.photograph, $0.label] }.filter { !Folder.isFile($0) }
    try Folder.refuse(missing: missing)
  }

  /// The photographs with masks: `lfw-hair`, `lfw-no-hair` or `lfw-parts`.
  ///
  /// A photograph is 250×250, as its rows are stored: its label has no EXIF orientation to be turned by. Decoding one that is not
  /// as large as its label throws ``DatasetError``.
  ///
  /// - Parameters:
  ///   - classes: with hair, all that is not background is face; without, skin only; parts are ``partNames``.
  ///   - maskSize: 224×224 by default.
  ///   - maskResizing: the labels are hard, so the nearest pixel keeps them as they are.
  public func dataset(
    classes: FaceClasses = .withHair, maskSize: Mask.Size = .standard, maskResizing: Mask.Resizing = .nearest
  ) -> Dataset {
    Dataset(
      name: "lfw-\(classes.rawValue)", targets: .masks(classes.names(parts: Self.partNames)),
      samples: pairs.map { pair in
        @Sendable func mask(_ label: Picture) -> Tensor {
          Self.mask(label, classes, size: maskSize, resizing: maskResizing)
        }
        let photograph = Content<Picture>(contentsOf: pair.photograph, reading: .asStored)
        return Sample(
          identifier: pair.entry.stem.identifier, person: pair.entry.person.identifier,
          partition: pair.entry.part,
          picture: Content(
            digest: { try photograph.digest },
            decode: { try pair.picture(photograph, fitting: Self.label(pair.label)) }),
          target: .mask(
            Content(
              digest: { try SHA256.digest(of: pair.label) }, decode: { mask(try Self.label(pair.label)) }))
        ) {
          let label = try Self.label(pair.label)
          return (try pair.picture(photograph, fitting: label), mask(label))
        }
      })
  }
}

extension LFWParts.Pair {
  fileprivate func picture(_ photograph: Content<Picture>, fitting label: Picture) throws -> Picture {
    let picture = try photograph.value
    guard picture.width == label.width, picture.height == label.height else {
      throw DatasetError(
        self.photograph,
        "this photograph is \(picture.width)×\(picture.height) and its label is \(label.width)×\(label.height)",
        remedy: "The labels fit the photographs of lfw-funneled.tgz only: unpack it again.")
    }
    return picture
  }
}

extension LFWParts {
  private static func mask(
    _ label: Picture, _ classes: FaceClasses, size: Mask.Size, resizing: Mask.Resizing
  ) -> Tensor {
    let pixels = label.pixels
    /// By the largest of the three channels: red is hair, green skin, blue background.
    func picture(_ value: (_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8) -> Picture {
      let values = (0..<label.width * label.height).map { pixel in
        value(pixels[3 * pixel], pixels[3 * pixel + 1], pixels[3 * pixel + 2])
      }
      return Picture(width: label.width, height: label.height, channels: 1, pixels: values)
    }
    switch classes {
    case .withHair:
      let face = picture { max($0, $1) > $2 ? 255 : 0 }
      return Mask.tensor(ofProbability: face, size: size, resizing: resizing)
    case .withoutHair:
      let face = picture { $1 > max($0, $2) ? 255 : 0 }
      return Mask.tensor(ofProbability: face, size: size, resizing: resizing)
    case .parts:
      let numbers = picture { max($0, $1) > $2 ? ($1 > $0 ? 2 : 1) : 0 }
      return Mask.tensor(
        ofNumbers: numbers, classCount: partNames.count, size: size, resizing: resizing)
    }
  }

  private static func photographs(in directory: URL) throws -> URL {
    if let funneled = Folder.first(of: ["lfw_funneled"], below: directory) { return funneled }
    let remedy = "Unpack lfw-funneled.tgz here, which makes the folder lfw_funneled."
    if let other = Folder.first(of: ["lfw-deepfunneled", "lfw"], below: directory) {
      throw DatasetError(
        other,
        "these photographs are aligned in another way than the labels, which would lie beside the faces",
        remedy: remedy)
    }
    throw Folder.unfit(directory, for: "LFW Part Labels", remedy: remedy)
  }

  private static func label(_ file: URL) throws -> Picture {
    let bytes = try Bytes(contentsOf: file)
    guard ["P6", "P3"].contains(where: { bytes.starts(with: Array($0.utf8)) }) else {
      throw DatasetError(
        file, "this is no label: it does not begin with P6 or P3, as a PPM picture does",
        remedy: "Unpack parts_lfw_funneled_gt_images.tgz again.")
    }
    return try Picture(contentsOf: file, reading: .label)
  }
}
