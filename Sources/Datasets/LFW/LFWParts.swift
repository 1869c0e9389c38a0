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
public struct LFWParts: PictureDataset {
  /// What counts as face.
  public let region: FaceMask.Region
  /// How large the masks come out.
  public let maskSize: FaceMask.Size
  /// How labels become masks of that size.
  public let maskResizing: FaceMask.Resizing

  private let samples: [Sample]

  /// A photograph and its label.
  struct Sample: Sendable {
    let entry: Entry
    let photograph, label: URL
  }

  /// Reads the lists and looks whether the files that they name are there.
  ///
  /// - Parameters:
  ///   - directory: the folder that holds photographs, labels and lists.
  ///   - region: with hair: all that is not background; without: skin only.
  ///   - maskSize: 224×224 if not said otherwise.
  ///   - maskResizing: the labels are hard, so the nearest pixel keeps them as they are.
  /// - Throws: ``DatasetError`` if photographs of another alignment are found, or a file is missing; a `FileError`.
  public init(
    directory: URL, region: FaceMask.Region = .withHair, maskSize: FaceMask.Size = .standard,
    maskResizing: FaceMask.Resizing = .nearest
  ) throws {
    self.region = region
    self.maskSize = maskSize
    self.maskResizing = maskResizing
    let photographs = try Self.photographs(in: directory)
    guard let labels = Folder.first(of: ["parts_lfw_funneled_gt_images"], below: directory) else {
      throw DatasetError(
        directory, "the folder parts_lfw_funneled_gt_images with the labels is not here",
        remedy: "Unpack parts_lfw_funneled_gt_images.tgz beside lfw_funneled.")
    }
    samples = try Entry.all(in: directory).map { entry in
      let file = entry.stem + ".jpg"
      let flat = photographs.appending(file)
      return Sample(
        entry: entry,
        photograph: Folder.isFile(flat) ? flat : photographs.appending(entry.person).appending(file),
        label: labels.appending(entry.stem + ".ppm"))
    }
    let missing = samples.flatMap { [$0.photograph, $0.label] }.filter { !Folder.isFile($0) }
    try Folder.refuse(missing: missing)
  }

  /// `lfw-hair` or `lfw-no-hair`.
  public var name: String { "lfw-\(FaceMask.suffix(region))" }
  /// How many samples there are.
  public var count: Int { samples.count }
  /// Background and face.
  public var classNames: [String] { FaceMask.classNames(region) }
  /// For instance `Aaron_Peirsol_0003`.
  public func identifier(at index: Int) -> String { samples[index].entry.stem.identifier }
  /// The part whose list names the sample; nil where training and validation come in one list.
  public func officialPart(at index: Int) -> OfficialPart? { samples[index].entry.part }
  /// The person's name.
  public func person(at index: Int) -> String? { samples[index].entry.person.identifier }

  /// The photograph, 250×250, as its rows are stored: the label has no EXIF orientation to be turned by.
  ///
  /// - Throws: ``DatasetError`` if it is not as large as its label.
  public func picture(at index: Int) throws -> Picture {
    let picture = try Picture(contentsOf: samples[index].photograph, reading: .asStored)
    let label = try Self.label(samples[index].label)
    guard picture.width == label.width, picture.height == label.height else {
      throw DatasetError(
        samples[index].photograph,
        "this photograph is \(picture.width)×\(picture.height) and its label is \(label.width)×\(label.height)",
        remedy: "The labels fit the photographs of lfw-funneled.tgz only: unpack it again.")
    }
    return picture
  }

  /// SHA-256 of the photograph's file.
  public func pictureDigest(at index: Int) throws -> String {
    try SHA256.digest(of: samples[index].photograph)
  }

  /// SHA-256 of the label's file.
  public func targetDigest(at index: Int) throws -> String { try SHA256.digest(of: samples[index].label) }

  /// The mask: uint8, H,W,1; 1 for the face.
  public func target(at index: Int) throws -> Tensor {
    let label = try Self.label(samples[index].label)
    return FaceMask.tensor(
      ofProbability: Self.probability(label, region: region), size: maskSize, resizing: maskResizing)
  }
}

extension LFWParts {
  /// Background 0, hair 1 and skin 2 at each pixel.
  func classNumbers(at index: Int) throws -> Tensor {
    let label = try Self.label(samples[index].label)
    let pixels = label.pixels
    let numbers = (0..<label.width * label.height).map { pixel -> UInt8 in
      let (red, green, blue) = (pixels[3 * pixel], pixels[3 * pixel + 1], pixels[3 * pixel + 2])
      return max(red, green) > blue ? (green > red ? 2 : 1) : 0
    }
    let picture = Picture(width: label.width, height: label.height, channels: 1, pixels: numbers)
    return FaceMask.classNumbers(picture, of: .hairAndSkin, size: maskSize, resizing: maskResizing)
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

  /// 255 for face and 0 for background, by the largest of the three channels: red is hair, green skin, blue background.
  private static func probability(_ label: Picture, region: FaceMask.Region) -> Picture {
    let pixels = label.pixels
    let face = (0..<label.width * label.height).map { pixel -> UInt8 in
      let (red, green, blue) = (pixels[3 * pixel], pixels[3 * pixel + 1], pixels[3 * pixel + 2])
      switch region {
      case .withHair: return max(red, green) > blue ? 255 : 0
      case .withoutHair: return green > max(red, blue) ? 255 : 0
      }
    }
    return Picture(width: label.width, height: label.height, channels: 1, pixels: face)
  }
}
