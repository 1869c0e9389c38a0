import GraftTensor

extension SyntheticFaces {
  /// All that is drawn by lot about a face and its picture, before anything is painted.
  ///
  /// Lengths are in halves of a head's height: the crown lies at y = -1, the eyes near 0, the chin at 1.
  struct Traits {
    enum HairStyle: Equatable {
      case bald, short, medium, long, tied
    }

    enum Beard {
      case none, stubble, moustache, goatee, full
    }

    /// Of the drawn attribute.
    let isTypeB: Bool

    // The head.
    let headWidth, jaw, neckWidth, noseWidth, mouthWidth, smile, mouthOpening, eyeSize, browWidth: Float
    let skin, eyes, lips: Colour
    let hairStyle: HairStyle
    let hair: Colour
    let hairline, hairPart, hairVolume, hairLength, curl: Float
    let isHairInFront: Bool
    let beard: Beard
    let hasGlasses, areGlassesDark: Bool
    let glasses: Colour

    // The picture.
    let frame: Canvas.Frame
    let turn: Float
    let light: Point
    let clothes: Colour
    let backdrop: (Colour, Colour)
    let gain, contrast, grain, vignette: Float
    let cast: Colour

    init(
      like style: Style, width: Int, height: Int, poseSpread: Float, random: inout RandomStream
    ) {
      isTypeB = random.chance(0.5)
      // Type B tends to a wider jaw and neck, thicker brows, shorter hair, a beard and paler lips; all of it overlaps.
      headWidth = random.around(isTypeB ? 0.745 : 0.705, 0.03)
      jaw = max(-0.4, min(0.9, random.around(isTypeB ? 0.45 : 0.05, 0.25)))
      neckWidth = random.around(isTypeB ? 0.46 : 0.37, 0.035)
      browWidth = max(0.015, random.around(isTypeB ? 0.045 : 0.03, 0.01))
      hairStyle = Self.hairStyle(isTypeB, &random)
      beard = Self.beard(isTypeB, &random)
      noseWidth = random.around(0.145, 0.015)
      mouthWidth = random.around(0.27, 0.025)
      smile = random.between(-0.03, 0.12)
      mouthOpening = random.chance(0.4) ? random.between(0.015, 0.06) : 0
      eyeSize = random.around(0.135, 0.01)

      skin = Self.mix(Self.skins, random.between(0, 1)) + random.colour(-0.02...0.02)
      let natural = random.one(of: Self.hairs) + random.colour(-0.03...0.03)
      hair = random.chance(0.05) ? random.colour(0.15...0.75) : natural
      eyes = random.one(of: Self.irises)
      let reddish = skin * Colour(0.95, 0.68, 0.66)
      let painted = Colour(random.between(0.6, 0.8), 0.16, random.between(0.2, 0.35))
      lips = reddish + (painted - reddish) * max(0, random.around(isTypeB ? 0 : 0.35, 0.25))
      hairline = random.around(-0.56, 0.07)
      hairPart = random.between(-0.28, 0.28)
      hairVolume = random.between(0.05, 0.2)
      hairLength = hairStyle == .long ? random.between(1.25, 2.3) : random.between(0.55, 1.05)
      curl = random.chance(0.35) ? random.between(0.4, 1) : random.between(0, 0.25)
      isHairInFront = random.chance(0.5)
      hasGlasses = random.chance(0.25)
      areGlassesDark = hasGlasses && random.chance(0.15)
      glasses = random.chance(0.7) ? random.colour(0.02...0.2) : random.colour(0.1...0.8)

      frame = style.frame(width: width, height: height, spread: poseSpread, random: &random)
      turn = random.around(0, 0.16)
      light = random.direction() * random.between(0.05, 0.28)
      clothes = random.colour(0.03...0.95)
      backdrop = (random.colour(0.02...0.98), random.colour(0.02...0.98))
      gain = random.between(0.75, 1.2)
      contrast = random.between(0.8, 1.15)
      grain = random.between(0.004, 0.035)
      vignette = random.between(0, 0.3)
      cast = random.colour(-0.06...0.06) + 1
    }
  }
}

extension SyntheticFaces.Traits {
  private static let skins: [Colour] = [
    Colour(0.98, 0.86, 0.77), Colour(0.93, 0.76, 0.63), Colour(0.86, 0.67, 0.51), Colour(0.74, 0.53, 0.37),
    Colour(0.53, 0.35, 0.24), Colour(0.35, 0.23, 0.17),
  ]
  private static let hairs: [Colour] = [
    Colour(0.07, 0.06, 0.06), Colour(0.13, 0.09, 0.07), Colour(0.2, 0.13, 0.09), Colour(0.32, 0.21, 0.13),
    Colour(0.45, 0.31, 0.18), Colour(0.72, 0.58, 0.36), Colour(0.84, 0.74, 0.54), Colour(0.5, 0.22, 0.11),
    Colour(0.55, 0.54, 0.53),
    Colour(0.83, 0.82, 0.8),
  ]
  private static let irises: [Colour] = [
    Colour(0.22, 0.13, 0.07), Colour(0.32, 0.2, 0.1), Colour(0.28, 0.4, 0.58), Colour(0.3, 0.42, 0.28),
    Colour(0.42, 0.45, 0.46),
  ]

  /// A colour of a scale, from its first at 0 to its last at 1.
  private static func mix(_ colours: [Colour], _ share: Float) -> Colour {
    let place = share * Float(colours.count - 1)
    let first = min(Int(place), colours.count - 2)
    return colours[first] + (place - Float(first)) * (colours[first + 1] - colours[first])
  }

  private static func hairStyle(_ isTypeB: Bool, _ random: inout RandomStream) -> HairStyle {
    let draw = random.uniform()
    let limits = isTypeB ? [0.08, 0.74, 0.88, 0.95] : [0.005, 0.09, 0.33, 0.82]
    let styles: [HairStyle] = [.bald, .short, .medium, .long]
    return zip(limits, styles).first { draw < $0.0 }?.1 ?? .tied
  }

  private static func beard(_ isTypeB: Bool, _ random: inout RandomStream) -> Beard {
    guard random.chance(isTypeB ? 0.5 : 0.02) else { return .none }
    return random.one(of: [.stubble, .moustache, .goatee, .full, .full])
  }
}
