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
/// ```swift
/// let faces = try HELEN(directory: URL(filePath: "helen")).dataset(classes: .withoutHair)
/// ```
public struct HELEN: Sendable {
  /// What the labels tell apart, by the numbers of their maps and of `FaceClasses.parts`.
  public static let partNames = [
    "background", "skin", "left brow", "right brow", "left eye", "right eye", "nose", "upper lip",
    "inner mouth", "lower lip", "hair",
  ]
  private let entries: [Entry]

  /// Reads the lists and looks whether the photographs that they name are there.
  ///
  /// - Parameters:
  ///   - directory: the folder that holds the lists, or the one above it, as the archives make it.
  ///   - photographs: the folder of the photographs, where they do not lie in `images`; folders in it are searched, too.
  /// - Throws: ``DatasetError`` if a list or a photograph is missing; a `FileError`.
  public init(directory: URL, photographs: URL? = nil) throws {
    let root = try Self.root(directory)
    entries = try Self.entries(in: root, photographs: Self.photographs(photographs, root))
  }

  /// The photographs with masks: `helen-hair`, `helen-no-hair` or `helen-parts`.
  ///
  /// A pixel is face where the parts of the face sum up to at least one half; where not all eleven maps of a sample are
  /// there, where background (and hair, when hair does not count) leave at least one half. ``ThresholdRule`` has other
  /// rules. Of parts, each pixel has the most probable one, and the threshold does not matter.
  ///
  /// Decoding throws ``DatasetError`` where a photograph is no resized form of its labels, where labels of a sample differ in
  /// size, and for parts where one of the eleven maps is missing.
  ///
  /// - Parameters:
  ///   - classes: with hair, without it, or ``partNames``.
  ///   - threshold: where probabilities make a face.
  ///   - maskSize: 224×224 by default.
  ///   - maskResizing: the labels are probabilities, so they are resized as such before anything is decided.
  /// - Throws: ``DatasetError`` if a label that the masks are made of is missing.
  public func dataset(
    classes: FaceClasses = .withHair, threshold: ThresholdRule = .standard,
    maskSize: Mask.Size = .standard, maskResizing: Mask.Resizing = .bilinear
  ) throws -> Dataset {
    Dataset(
      name: "helen-\(classes.rawValue)", targets: .masks(classes.names(parts: Self.partNames)),
      warnings: entries.contains { $0.stem == FileName(Self.corrected) } ? [Self.warning] : [],
      samples: try entries.map { entry in
        let hair = classes != .withoutHair
        let labels = try classes == .parts ? .all(entry.maps) : entry.labels(hair: hair, threshold)
        let mask = Content<Tensor>(digest: { try labels.digest }) {
          guard classes != .parts else {
            return Mask.tensor(
              ofProbabilities: try entry.probabilities, size: maskSize, resizing: maskResizing)
          }
          let probability = try entry.probability(labels, hair: hair, threshold)
          return Mask.tensor(ofProbability: probability, size: maskSize, resizing: maskResizing)
        }
        return Sample(
          identifier: entry.stem.identifier, partition: entry.part,
          picture: Content { try entry.picture(fitting: entry.firstLabel) }, target: .mask(mask))
      })
  }

  private static let corrected = "2371615952_1"
  private static let warning = """
    HELEN: the labels of 2371615952_1 were corrected on 18 February 2016, and an older copy of the data set has wrong ones. \
    Check its mask, or get the data set again.
    """
}
