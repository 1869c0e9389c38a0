import GraftImages
import GraftTensor

extension SyntheticFaces {
  /// The faces with their attribute to be learned, as a stand-in for gender.
  public var attribute: Attribute { Attribute(faces: self) }

  /// The faces with masks to be learned.
  ///
  /// - Parameters:
  ///   - region: with or without hair.
  ///   - size: how large the masks come out; 224×224 if not said otherwise.
  ///   - resizing: the labels are hard, so the nearest pixel keeps them as they are.
  public func masks(
    _ region: FaceMask.Region, size: FaceMask.Size = .standard, resizing: FaceMask.Resizing = .nearest
  ) -> Masks {
    Masks(faces: self, region: region, maskSize: size, maskResizing: resizing)
  }

  /// The faces with a drawn attribute: 0 is type A and 1 is type B.
  ///
  /// Half of the faces are of either type. Those of type B tend to short hair, a beard, a wide jaw and a thick neck, those of type A to
  /// long hair and red lips, and all of that overlaps, so that nobody can tell the type of every face. It can be learned as
  /// gender can from photographs, which is its only use; it says nothing about people.
  public struct Attribute: PictureDataset {
    /// The faces.
    public let faces: SyntheticFaces

    /// `drawn faces`.
    public var name: String { "drawn faces" }
    /// They are drawn.
    public var isDrawn: Bool { true }
    /// How many faces there are.
    public var count: Int { faces.count }
    /// Type A and type B.
    public var classNames: [String] { ["type A", "type B"] }
    /// For instance `face1`.
    public func identifier(at index: Int) -> String { faces.identifier(at: index) }
    /// Of ten faces the ninth is for validation and the tenth for tests.
    public func officialPart(at index: Int) -> OfficialPart? { faces.officialPart(at: index) }
    /// Each face is a person of its own.
    public func person(at index: Int) -> String? { faces.identifier(at: index) }
    /// Draws the face.
    public func picture(at index: Int) -> Picture { faces.drawing(at: index).picture }
    /// By seed and number, without drawing.
    public func pictureDigest(at index: Int) -> String { faces.pictureDigest(at: index) }
    /// 0 for type A, 1 for type B: an int32 scalar.
    public func target(at index: Int) -> Tensor {
      Tensor(shape: [], integers: [faces.traits(at: index).traits.isTypeB ? 1 : 0])
    }
  }

  /// The faces with masks, by the rules of the data set that they resemble.
  public struct Masks: PictureDataset {
    /// The faces.
    public let faces: SyntheticFaces
    /// What counts as face.
    public let region: FaceMask.Region
    /// How large the masks come out.
    public let maskSize: FaceMask.Size
    /// How labels become masks of that size.
    public let maskResizing: FaceMask.Resizing

    /// For instance `drawn faces, no hair`.
    public var name: String { "drawn faces, \(FaceMask.suffix(region).replacing("-", with: " "))" }
    /// They are drawn.
    public var isDrawn: Bool { true }
    /// How many faces there are.
    public var count: Int { faces.count }
    /// Background and face.
    public var classNames: [String] { FaceMask.classNames(region) }
    /// For instance `face1`.
    public func identifier(at index: Int) -> String { faces.identifier(at: index) }
    /// Of ten faces the ninth is for validation and the tenth for tests.
    public func officialPart(at index: Int) -> OfficialPart? { faces.officialPart(at: index) }
    /// Each face is a person of its own.
    public func person(at index: Int) -> String? { faces.identifier(at: index) }
    /// Draws the face.
    public func picture(at index: Int) -> Picture { faces.drawing(at: index).picture }
    /// By seed and number, without drawing.
    public func pictureDigest(at index: Int) -> String { faces.pictureDigest(at: index) }

    /// By seed and number, without drawing.
    public func targetDigest(at index: Int) -> String { faces.pictureDigest(at: index) }

    /// The mask: uint8, H,W,1; 1 for the face.
    public func target(at index: Int) -> Tensor {
      let style = faces.style
      let probability = faces.drawing(at: index).canvas.labels { part in
        style.isSkin(part) || (region == .withHair && style.isHair(part)) ? 255 : 0
      }
      return FaceMask.tensor(ofProbability: probability, size: maskSize, resizing: maskResizing)
    }
  }
}
