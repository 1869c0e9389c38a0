import GraftTensor

extension FaceDrawing {
  private static let eyeLine: Float = -0.03
  private static let eyeDistance: Float = 0.31

  /// Cheeks, nose, mouth, eyes and brows.
  mutating func paintFeatures() {
    for side in [Float(-1), 1] { paintCheek(side) }
    paintNose()
    paintMouth()
    for side in [Float(-1), 1] {
      paintEye(side)
      paintBrow(side)
    }
  }

  private mutating func paintCheek(_ side: Float) {
    let centre = face.turned(side * 0.4, 0.28)
    let blush = traits.skin * Colour(1.04, 0.82, 0.8)
    canvas.paint(
      .around(centre, Point(0.25, 0.2)), opacity: 0.35, softness: 0.25,
      distance: { x, y in Shape2D.ellipse(x - centre.x, y - centre.y, Point(0.16, 0.12)) },
      colour: { _, _ in blush })
  }

  private mutating func paintNose() {
    let face = face
    let (top, tip) = (face.turned(0, -0.02), face.turned(0, 0.3) + Point(0.25 * traits.turn, 0))
    let width = traits.noseWidth
    let shadow: Float = traits.light.x + 2 * traits.turn > 0 ? -1 : 1
    canvas.paint(
      Box(x: -0.7...0.7, y: -0.1...0.5), part: .nose, opacity: 0.55, softness: 0.02,
      distance: { x, y in
        // A ridge that widens to the wings.
        let share = max(0, min(1, (y - top.y) / (tip.y - top.y)))
        let middle = top.x + share * (tip.x - top.x)
        return max(abs(x - middle) - width * (0.35 + 0.65 * share * share), top.y - y, y - tip.y - 0.09)
      },
      colour: { x, y in
        let share = max(0, min(1, (y - top.y) / (tip.y - top.y)))
        let across = (x - top.x - share * (tip.x - top.x)) * shadow / width
        return face.skin(0.2 * x, 0.1) * (across > 0.2 ? 0.82 : 1.1)
      })
    for side in [Float(-1), 1] {
      let nostril = tip + Point(side * 0.45 * width, 0.06)
      canvas.paint(
        .around(nostril, Point(0.06, 0.04)), opacity: 0.75, softness: 0.015,
        distance: { x, y in Shape2D.ellipse(x - nostril.x, y - nostril.y, Point(0.036, 0.02)) },
        colour: { _, _ in 0.35 * face.traits.skin })
    }
  }

  private mutating func paintMouth() {
    let traits = traits
    let centre = face.turned(0, 0.58)
    let (half, opening) = (traits.mouthWidth, traits.mouthOpening)
    let box = Box.around(centre, Point(half + 0.1, 0.3))
    /// Height above the line of the mouth, which a smile bends.
    func height(_ x: Float, _ y: Float) -> Float {
      let across = (x - centre.x) / half
      return y - centre.y + traits.smile * across * across
    }
    canvas.paint(
      box, part: .upperLip,
      distance: { x, y in
        let bow = 0.012 * max(0, 1 - 12 * abs(x - centre.x))
        return max(
          Shape2D.ellipse(x - centre.x, height(x, y), Point(half, 0.062 + opening)) + bow,
          height(x, y) + opening)
      }, colour: { _, _ in 0.88 * traits.lips })
    canvas.paint(
      box, part: .lowerLip,
      distance: { x, y in
        max(
          Shape2D.ellipse(x - centre.x, height(x, y), Point(0.92 * half, 0.085 + opening)),
          opening - height(x, y))
      }, colour: { x, y in traits.lips * (1.05 - 0.6 * abs(height(x, y) - opening - 0.03)) })
    canvas.paint(
      box, part: opening > 0 ? .innerMouth : nil,
      distance: { x, y in
        Shape2D.ellipse(x - centre.x, height(x, y), Point(0.86 * half, max(opening, 0.008)))
      },
      colour: { x, y in
        let areTeeth = opening > 0.02 && height(x, y) < 0.3 * opening
        return areTeeth ? Colour(0.93, 0.91, 0.87) : Colour(0.25, 0.09, 0.09)
      })
  }

  private mutating func paintEye(_ side: Float) {
    let traits = traits
    let centre = face.turned(side * Self.eyeDistance, Self.eyeLine)
    let part = side < 0 ? Part.leftEye : .rightEye
    let radii = Point(traits.eyeSize, traits.eyeSize * 0.5)
    let iris = centre + Point(0.25 * traits.turn, 0)
    canvas.paint(
      .around(centre, 2 * radii), opacity: 0.3, softness: 0.08,
      distance: { x, y in Shape2D.ellipse(x - centre.x, y - centre.y + 0.02, 1.15 * radii) },
      colour: { _, _ in 0.6 * traits.skin })
    canvas.paint(
      .around(centre, radii), part: part,
      distance: { x, y in Shape2D.ellipse(x - centre.x, y - centre.y, radii) },
      colour: { x, y in
        let distance = Shape2D.circle(x - iris.x, y - iris.y, 0)
        let size = traits.eyeSize * 0.5
        if distance < 0.45 * size { return Colour(grey: 0.04) }
        if distance < size { return traits.eyes }
        return Colour(0.93, 0.92, 0.9) * (1 - 0.3 * max(0, centre.y - y) / radii.y)
      })
    // The upper lid with its lashes.
    canvas.paint(
      .around(centre, 1.4 * radii), opacity: 0.85,
      distance: { x, y in
        let edge = abs(Shape2D.ellipse(x - centre.x, y - centre.y, radii)) - 0.013
        return max(edge, y - centre.y + 0.01)
      }, colour: { _, _ in 0.25 * traits.skin })
  }

  private mutating func paintBrow(_ side: Float) {
    let face = face
    let traits = traits
    let part = side < 0 ? Part.leftBrow : .rightBrow
    let (inner, outer) = (
      face.turned(side * 0.15, Self.eyeLine - 0.17), face.turned(side * 0.48, Self.eyeLine - 0.15)
    )
    let middle = face.turned(side * 0.34, Self.eyeLine - 0.22)
    let colour = traits.hair.sum > 1.6 ? 0.6 * traits.hair : 0.85 * traits.hair
    canvas.paint(
      Box(x: -1...1, y: -0.4...0), part: part, opacity: 0.85, softness: 0.012,
      distance: { x, y in
        let line = min(
          Shape2D.segment(x, y, from: inner, to: middle), Shape2D.segment(x, y, from: middle, to: outer))
        return line - traits.browWidth
      }, colour: { x, y in colour * (1 + 0.25 * face.noise(40 * x, 15 * y)) })
  }

  mutating func paintGlasses() {
    guard traits.hasGlasses else { return }
    let traits = traits
    let radii = Point(0.235, 0.185)
    let centres = [Float(-1), 1].map { face.turned($0 * Self.eyeDistance, Self.eyeLine + 0.03) }
    for (side, centre) in zip([Float(-1), 1], centres) {
      if traits.areGlassesDark {
        canvas.paint(
          .around(centre, radii), opacity: 0.92,
          distance: { x, y in Shape2D.ellipse(x - centre.x, y - centre.y, radii) },
          colour: { _, y in Colour(0.06, 0.06, 0.08) + 0.1 * max(0, centre.y - y) })
      }
      canvas.paint(
        .around(centre, 1.2 * radii),
        distance: { x, y in abs(Shape2D.ellipse(x - centre.x, y - centre.y, radii)) - 0.022 },
        colour: { _, _ in traits.glasses })
      let (hinge, ear) = (
        centre + Point(side * radii.x, -0.04),
        Point(side * traits.headWidth * 0.97 - 0.3 * traits.turn, centre.y - 0.05)
      )
      guard side * (ear.x - hinge.x) > 0 else { continue }
      paintBar(from: hinge, to: ear)
    }
    paintBar(from: centres[0] + Point(radii.x, -0.02), to: centres[1] - Point(radii.x, 0.02))
  }

  private mutating func paintBar(from start: Point, to end: Point) {
    let colour = traits.glasses
    let (low, high) = (start.lower(end) - Point(0.05, 0.05), start.upper(end) + Point(0.05, 0.05))
    canvas.paint(
      Box(x: low.x...high.x, y: low.y...high.y),
      distance: { x, y in Shape2D.segment(x, y, from: start, to: end) - 0.018 }, colour: { _, _ in colour })
  }
}
