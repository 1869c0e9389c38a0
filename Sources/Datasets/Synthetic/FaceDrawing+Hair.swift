import GraftTensor

extension FaceDrawing {
  /// No lock or curl comes out farther than this.
  private static let reach: Float = 0.2

  private var hangs: Bool { traits.hairStyle == .long || traits.hairStyle == .medium }

  /// The hair behind head and neck.
  mutating func paintBackHair() {
    let face = face
    if traits.hairStyle == .tied {
      let centre = Point(-0.6 * traits.turn, -1.05)
      canvas.paint(
        .around(centre, Point(0.5, 0.5)), part: .hair,
        distance: { x, y in
          Shape2D.circle(x - centre.x, y - centre.y, 0.3) - face.raggedness(x, y)
        }, colour: { x, y in face.hairColour(x, y) })
    }
    guard hangs else { return }
    let end = traits.hairLength
    canvas.paint(
      Box(x: -1.6...1.6, y: -1.4...2.6), part: .hair,
      distance: { x, y in
        let outline =
          y < 0
          ? face.headDistance(x, y, widening: face.traits.hairVolume, heightening: 0.1)
          : max(abs(x) - face.hangingWidth(y), y - end + 0.2 * x * x)
        guard outline < Self.reach else { return outline }
        return outline - face.raggedness(x, y) - (y < 0 ? 0 : 0.1 * face.noise(5 * x, 3))
      }, colour: { x, y in 0.8 * face.hairColour(x, y) })
  }

  /// The hair around the face, with its opening.
  mutating func paintFrontHair() {
    guard traits.hairStyle != .bald else { return }
    let face = face
    let (traits, hangs) = (traits, hangs)
    let volume = traits.hairStyle == .tied ? 0.04 : traits.hairVolume
    let opening = Point(0.5 * traits.turn + traits.hairPart * 0.35, 0.35)
    let radii = Point(traits.headWidth * (hangs ? 0.88 : 1.02), 0.35 - traits.hairline)
    let end = hangs ? traits.hairLength * 0.9 : 0.08 + 0.6 * (volume - 0.05)
    canvas.paint(
      Box(x: -1.5...1.5, y: -1.4...2.4), part: .hair,
      distance: { x, y in
        let outline =
          y < 0 || !hangs
          ? face.headDistance(x, y, widening: volume * 0.9, heightening: volume)
          : abs(x) - face.hangingWidth(y)
        let gap =
          y < opening.y
          ? Shape2D.ellipse(x - opening.x, y - opening.y, radii)
          // Below, locks hang straight down.
          : abs(x - 0.6 * opening.x) - radii.x - 0.08 * (y - opening.y)
        let rough = max(outline, -gap, y - end)
        guard rough < Self.reach else { return rough }
        let fringe = 0.03 * face.noise(7 * x, 2 * y)
        return max(
          outline - face.raggedness(x, y), -gap + fringe, y - end - 0.1 * face.noise(8 * x, 2))
      }, colour: { x, y in face.hairColour(x, y) })
  }

  mutating func paintBeard() {
    let face = face
    let growth = 0.9 * traits.hair + 0.1 * traits.skin
    switch traits.beard {
    case .none: break
    case .stubble: paintFullBeard(part: nil, opacity: 0.38, longer: 0)
    case .full:
      paintFullBeard(part: .beard, opacity: 0.95, longer: 0.04 + 0.3 * traits.hairVolume)
    case .moustache: paintMoustache()
    case .goatee:
      let centre = face.turned(0, 0.82)
      canvas.paint(
        .around(centre, Point(0.4, 0.4)), part: .beard, opacity: 0.95,
        distance: { x, y in
          Shape2D.ellipse(x - centre.x, y - centre.y, Point(0.24, 0.23)) - 0.4 * face.raggedness(x, y)
        }, colour: { x, y in growth * (1 + 0.3 * face.noise(30 * x, 8 * y)) })
      paintMoustache()
    }
  }

  /// Along the jaw up to the ears, below the cheeks, around the mouth.
  private mutating func paintFullBeard(part: Part?, opacity: Float, longer: Float) {
    let face = face
    let growth = 0.9 * traits.hair + 0.1 * traits.skin
    let cheek = face.turned(0, 0.06)
    let radii = Point(traits.headWidth * 0.86, 0.4)
    canvas.paint(
      Box(x: -1.1...1.1, y: 0...1.4), part: part, opacity: opacity, softness: part == nil ? 0.06 : 0.01,
      distance: { x, y in
        let outline = face.headDistance(x, y, widening: 0.2 * longer, heightening: longer)
        let cheeks = Shape2D.ellipse(x - cheek.x, y - cheek.y, radii)
        return max(outline, -cheeks, 0.02 - y) - 0.3 * face.raggedness(x, y)
      }, colour: { x, y in growth * (1 + 0.3 * face.noise(30 * x, 8 * y)) })
  }

  private mutating func paintMoustache() {
    let face = face
    let growth = 0.9 * traits.hair + 0.1 * traits.skin
    let centre = face.turned(0, 0.48)
    let radii = Point(traits.mouthWidth * 1.05, 0.075)
    canvas.paint(
      .around(centre, Point(0.45, 0.25)), part: .beard, opacity: 0.95,
      distance: { x, y in
        let bent = y - centre.y - 1.2 * (x - centre.x) * (x - centre.x)
        return Shape2D.ellipse(x - centre.x, bent, radii) - 0.2 * face.raggedness(x, y)
      }, colour: { x, y in growth * (1 + 0.3 * face.noise(30 * x, 8 * y)) })
  }
}
