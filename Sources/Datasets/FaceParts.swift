import GraftImages
import GraftTensor

/// Pictures of faces with the class of each pixel to be learned: the same pictures as a data set of masks, in the same order
/// and under the same identifiers, so that one split does for both.
///
/// Targets are uint8, H,W,1, and hold the numbers of ``classNames``, which `pixelSoftmaxCrossEntropy` takes.
///
/// ```swift
/// let faces = try LFWParts(directory: URL(filePath: "lfw")).parts  // background, hair, skin
/// let decoder = SegmentationNetwork.Decoder.fcn32(classes: faces.classNames.count)
/// ```
public struct FaceParts: PictureDataset {
  /// Which classes there are.
  public enum Classes: String, Sendable, Codable, CaseIterable {
    /// Background, hair and skin: those of LFW Part Labels.
    case hairAndSkin
    /// Background, skin, brows, eyes, nose, lips, the inner mouth and hair: the eleven of HELEN.
    case features

    /// What the numbers stand for, from 0 on.
    public var names: [String] {
      switch self {
      case .hairAndSkin: ["background", "hair", "skin"]
      case .features:
        [
          "background", "skin", "left brow", "right brow", "left eye", "right eye", "nose", "upper lip",
          "inner mouth", "lower lip", "hair",
        ]
      }
    }
  }

  /// For instance `lfw-parts`.
  public let name: String
  /// Which classes there are.
  public let classes: Classes
  private let base: any PictureDataset
  private let makeTarget: @Sendable (Int) throws -> Tensor

  init(
    of base: any PictureDataset, name: String, classes: Classes,
    makeTarget: @escaping @Sendable (Int) throws -> Tensor
  ) {
    self.base = base
    self.name = name
    self.classes = classes
    self.makeTarget = makeTarget
  }

  /// How many samples there are.
  public var count: Int { base.count }
  /// What the numbers in a target stand for.
  public var classNames: [String] { classes.names }
  /// What a user should know of it.
  public var warnings: [String] { base.warnings }
  /// Whether a program drew the pictures.
  public var isDrawn: Bool { base.isDrawn }
  /// What a sample is called.
  public func identifier(at index: Int) -> String { base.identifier(at: index) }
  /// Where the publishers put a sample.
  public func officialPart(at index: Int) -> OfficialPart? { base.officialPart(at: index) }
  /// Whose picture a sample is.
  public func person(at index: Int) -> String? { base.person(at: index) }
  /// The photograph.
  public func picture(at index: Int) throws -> Picture { try base.picture(at: index) }
  /// Equal for equal pictures.
  public func pictureDigest(at index: Int) throws -> String { try base.pictureDigest(at: index) }
  /// That of the masks of the same faces, which are made of the same labels.
  public func targetDigest(at index: Int) throws -> String { try base.targetDigest(at: index) }
  /// The class of each pixel: uint8, H,W,1.
  public func target(at index: Int) throws -> Tensor { try makeTarget(index) }
}

extension FaceMask {
  /// The class of each pixel (uint8, H,W,1) by pictures that hold how probable each class is, in parts of 255: the first of
  /// the most probable ones.
  ///
  /// By ``Resizing/bilinear`` the probabilities are resized before that is decided, by ``Resizing/nearest`` the pixels.
  static func classNumbers(ofProbabilities maps: [Picture], size: Size, resizing: Resizing) -> Tensor {
    var best = [UInt8](repeating: 0, count: size.width * size.height)
    var numbers = best
    for (number, map) in maps.enumerated() {
      let map = map.resized(width: size.width, height: size.height, filter: resizing.filter)
      for (pixel, value) in map.pixels.enumerated() where value > best[pixel] {
        (best[pixel], numbers[pixel]) = (value, UInt8(number))
      }
    }
    return unsafe Tensor(shape: [size.height, size.width, 1], scalarType: .uint8) { bytes in
      unsafe bytes.copyBytes(from: numbers)
    }
  }

  /// The same of one picture that holds the number of a class at each pixel.
  static func classNumbers(_ labels: Picture, of classes: FaceParts.Classes, size: Size, resizing: Resizing)
    -> Tensor
  {
    let maps = classes.names.indices.map { number in
      Picture(
        width: labels.width, height: labels.height, channels: 1,
        pixels: labels.pixels.map { $0 == number ? 255 : 0 })
    }
    return classNumbers(ofProbabilities: maps, size: size, resizing: resizing)
  }
}

// MARK: Where they come from

extension LFWParts {
  /// The same photographs with background, hair and skin to be told apart, in the size of the masks and resized by their
  /// rule.
  public var parts: FaceParts {
    FaceParts(of: self, name: "lfw-parts", classes: .hairAndSkin) { index in
      try classNumbers(at: index)
    }
  }
}

extension HELEN {
  /// The same photographs with the eleven labels to be told apart: of each pixel the most probable one, in the size of the
  /// masks and resized by their rule. The rule of the threshold does not matter here.
  ///
  /// - Note: Reading a target throws ``DatasetError`` where one of the eleven maps is missing.
  public var parts: FaceParts {
    FaceParts(of: self, name: "helen-parts", classes: .features) { index in
      FaceMask.classNumbers(
        ofProbabilities: try samples[index].maps, size: maskSize, resizing: maskResizing)
    }
  }
}

extension SyntheticFaces {
  /// The faces with the class of each pixel to be learned.
  ///
  /// - Parameters:
  ///   - classes: by the rules of the data set that the faces resemble: skin has the neck but on faces like HELEN's, where
  ///     beards are skin and not hair.
  ///   - size: how large the targets come out; 224×224 if not said otherwise.
  ///   - resizing: the labels are hard, so the nearest pixel keeps them as they are.
  public func parts(
    _ classes: FaceParts.Classes = .hairAndSkin, size: FaceMask.Size = .standard,
    resizing: FaceMask.Resizing = .nearest
  ) -> FaceParts {
    FaceParts(
      of: masks(.withHair), name: "drawn faces, \(classes == .hairAndSkin ? "parts" : "features")",
      classes: classes
    ) { index in
      let labels = drawing(at: index).canvas.labels { part in
        switch classes {
        case .hairAndSkin: style.isHair(part) ? 1 : style.isSkin(part) ? 2 : 0
        case .features: UInt8(Self.helenMap(part))
        }
      }
      return FaceMask.classNumbers(labels, of: classes, size: size, resizing: resizing)
    }
  }
}
