import GraftImages
import GraftTensor

extension SyntheticFaces {
  /// The faces with a drawn attribute to be learned, as a stand-in for gender: 0 is type A and 1 is type B.
  ///
  /// Half of the faces are of either type. Those of type B tend to short hair, a beard, a wide jaw and a thick neck, those of type A to
  /// long hair and red lips, and all of that overlaps, so that nobody can tell the type of every face. It can be learned as
  /// gender can from photographs, which is its only use; it says nothing about people.
  public var attribute: Dataset {
    dataset(named: "drawn faces", .labels(["type A", "type B"])) { index in
      .label(traits(at: index).traits.isTypeB ? 1 : 0)
    }
  }

  /// The faces with masks to be learned, by the rules of the data set that they resemble: `drawn faces, no hair` and so on.
  ///
  /// - Parameters:
  ///   - classes: with hair, without it, or parts: those of HELEN for faces like HELEN's, where beards are skin and not hair
  ///     and the neck is background; else those of LFW.
  ///   - size: 224×224 by default.
  ///   - resizing: the labels are hard, so the nearest pixel keeps them as they are.
  public func masks(
    _ classes: FaceClasses, size: Mask.Size = .standard, resizing: Mask.Resizing = .nearest
  ) -> Dataset {
    let partNames = style == .helen ? HELEN.partNames : LFWParts.partNames
    @Sendable func mask(_ drawing: FaceDrawing) -> Tensor {
      let labels = drawing.canvas.labels { part in
        switch classes {
        case .withHair: style.isSkin(part) || style.isHair(part) ? 255 : 0
        case .withoutHair: style.isSkin(part) ? 255 : 0
        case .parts where style == .helen: UInt8(Self.helenMap(part))
        case .parts: style.isHair(part) ? 1 : style.isSkin(part) ? 2 : 0
        }
      }
      guard classes == .parts else {
        return Mask.tensor(ofProbability: labels, size: size, resizing: resizing)
      }
      return Mask.tensor(ofNumbers: labels, classCount: partNames.count, size: size, resizing: resizing)
    }
    let name = "drawn faces, \(classes.rawValue.replacing("-", with: " "))"
    return dataset(
      named: name, .masks(classes.names(parts: partNames)),
      decodingBoth: { index in
        let drawing = drawing(at: index)
        return (drawing.picture, mask(drawing))
      }
    ) { index in
      .mask(Content(digest: { pictureDigest(at: index) }, decode: { mask(drawing(at: index)) }))
    }
  }

  /// Each face is a person of its own.
  private func dataset(
    named name: String, _ targets: Dataset.Targets,
    decodingBoth: (@Sendable (Int) throws -> (picture: Picture, target: Tensor))? = nil,
    target: (Int) -> Target
  ) -> Dataset {
    Dataset(
      name: name, targets: targets, isDrawn: true,
      samples: (0..<count).map { index in
        Sample(
          identifier: identifier(at: index), person: identifier(at: index), partition: partition(at: index),
          picture: Content(
            digest: { pictureDigest(at: index) }, decode: { drawing(at: index).picture }),
          target: target(index), decodingBoth: decodingBoth.map { both in { try both(index) } })
      })
  }
}
