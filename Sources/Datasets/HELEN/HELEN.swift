import Foundation
import GraftFiles
import GraftImages
import GraftTensor

/// HELEN with the segment labels of Smith, Zhang, Brandt, Lin and Yang ("Exemplar-based face parsing", CVPR 2013): 2,330
/// photographs, and for each eleven maps of the probability, in parts of 255, that a pixel is background (0), skin of
/// the face (1), a brow (2, 3), an eye (4, 5), nose (6), upper lip (7), inner mouth (8), lower lip (9) or hair (10).
///
/// ```
/// images/100032540_1.jpg
/// labels/100032540_1/100032540_1_lbl00.png … _lbl10.png
/// exemplars.txt  testing.txt  tuning.txt
/// ```
/// The samples are what the lists name, in this order: exemplars (the training part), testing, tuning (validation).
///
/// A pixel is face where the parts of the face sum up to at least one half; where not all eleven maps of a sample are
/// there, where background (and hair, when hair does not count) leave at least one half. ``ThresholdRule`` has other
/// rules, and ``parts`` gives all classes in place of a mask.
public struct HELEN: PictureDataset {
  /// What counts as face.
  public let region: FaceMask.Region
  /// Where probabilities make a face.
  public let threshold: ThresholdRule
  /// How large the masks come out.
  public let maskSize: FaceMask.Size
  /// How labels become masks of that size.
  public let maskResizing: FaceMask.Resizing
  /// What the user should know of this copy of the data set; nothing that prevents its use.
  public let warnings: [String]

  let samples: [Sample]

  /// Reads the lists and looks whether the files that they name are there.
  ///
  /// - Parameters:
  ///   - directory: the folder that holds the lists, or the one above it, as the archives make it.
  ///   - photographs: the folder of the photographs, where they do not lie in `images`; folders in it are searched, too.
  ///   - region: with or without hair.
  ///   - threshold: where probabilities make a face.
  ///   - maskSize: 224×224 if not said otherwise.
  ///   - maskResizing: the labels are probabilities, so they are resized as such before anything is decided.
  /// - Throws: ``DatasetError`` if a list, a photograph or a label is missing; a `FileError`.
  public init(
    directory: URL, photographs: URL? = nil, region: FaceMask.Region = .withHair,
    threshold: ThresholdRule = .standard, maskSize: FaceMask.Size = .standard,
    maskResizing: FaceMask.Resizing = .bilinear
  ) throws {
    self.region = region
    self.threshold = threshold
    self.maskSize = maskSize
    self.maskResizing = maskResizing
    let root = try Self.root(directory)
    samples = try Self.samples(
      in: root, photographs: Self.photographs(photographs, root), region: region, threshold: threshold)
    warnings = samples.contains { $0.stem == FileName(Self.corrected) } ? [Self.warning] : []
  }

  /// `helen-hair` or `helen-no-hair`.
  public var name: String { "helen-\(FaceMask.suffix(region))" }
  /// How many samples there are.
  public var count: Int { samples.count }
  /// Background and face.
  public var classNames: [String] { FaceMask.classNames(region) }
  /// For instance `100032540_1`.
  public func identifier(at index: Int) -> String { samples[index].stem.identifier }
  /// Exemplars are for training, the tuning list is for validation.
  public func officialPart(at index: Int) -> OfficialPart? { samples[index].part }

  /// The photograph, as large as its labels, and as its rows are stored: the labels have no EXIF orientation to be turned by.
  ///
  /// - Throws: ``DatasetError`` if its aspect is not that of the labels, within one per cent.
  public func picture(at index: Int) throws -> Picture {
    let sample = samples[index]
    let picture = try Picture(contentsOf: sample.photograph, reading: .asStored)
    let label = try sample.firstLabel
    if picture.width == label.width && picture.height == label.height { return picture }
    let aspects = (
      Double(picture.width) / Double(picture.height), Double(label.width) / Double(label.height)
    )
    guard abs(aspects.0 / aspects.1 - 1) <= 0.01 else {
      throw DatasetError(
        sample.photograph,
        """
        this photograph is \(picture.width)×\(picture.height) and its labels are \(label.width)×\(label.height), \
        which is no resized form of it
        """,
        remedy:
          "Photographs and labels must come from one release: take the images that belong to these labels.")
    }
    return picture.resized(width: label.width, height: label.height, filter: .bilinear)
  }

  /// The mask: uint8, H,W,1; 1 for the face.
  ///
  /// - Throws: ``DatasetError`` if the labels of the sample differ in size.
  public func target(at index: Int) throws -> Tensor {
    FaceMask.tensor(
      ofProbability: try samples[index].probability(region, threshold), size: maskSize, resizing: maskResizing
    )
  }

  /// SHA-256 over all maps of the sample, whatever of them the mask is made of.
  public func targetDigest(at index: Int) throws -> String { try samples[index].labelDigest }

  private static let corrected = "2371615952_1"
  private static let warning = """
    HELEN: the labels of 2371615952_1 were corrected on 18 February 2016, and an older copy of the data set has wrong ones. \
    Check its mask, or get the data set again.
    """
}
