import GraftImages
import GraftTensor

/// Paints one face from back to front.
struct FaceDrawing {
  typealias Part = SyntheticFaces.Part

  let face: Face
  var traits: SyntheticFaces.Traits { face.traits }
  var canvas: Canvas
  /// Of the noise of the camera.
  private let grain: RandomStream

  init(_ traits: SyntheticFaces.Traits, width: Int, height: Int, random: inout RandomStream) {
    let noise = SmoothNoise(random: &random)
    face = Face(traits, noise)
    grain = random.child("grain")
    let (first, second) = traits.backdrop
    let (slope, grid) = (random.direction(), random.between(1.5, 7))
    let roughness = random.between(0.1, 0.9)
    canvas = Canvas(width: width, height: height, frame: traits.frame) { x, y in
      let gradient = 0.5 + 0.5 * (slope.x * (x - 0.5) + slope.y * (y - 0.5))
      let cloud = 0.65 * noise(grid * x, grid * y) + 0.35 * noise(20 + 3 * grid * x, 3 * grid * y)
      let share = max(0, min(1, gradient + roughness * cloud))
      return first + share * (second - first)
    }
    paintClutter(&random)
    paintBody()
    paintHead()
    paintBeard()
    paintFeatures()
    paintFrontHair()
    paintGlasses()
  }

  /// The picture as the camera gives it.
  var picture: Picture {
    let traits = traits
    var random = grain
    return canvas.picture { colour, x, y in
      let distance = (x - 0.5) * (x - 0.5) + (y - 0.5) * (y - 0.5)
      let exposed = colour * traits.cast * (traits.gain * (1 - traits.vignette * 2 * distance))
      let grain = traits.grain * random.grain()
      return traits.contrast * (exposed - 0.5) + 0.5 + grain
    }
  }
}

/// What the shapes of a face have in common: a class, so that painting one of them copies nothing.
final class Face {
  let traits: SyntheticFaces.Traits
  let noise: SmoothNoise

  init(_ traits: SyntheticFaces.Traits, _ noise: SmoothNoise) { (self.traits, self.noise) = (traits, noise) }

  /// Where a point of the face's surface comes to lie when the head turns.
  func turned(_ x: Float, _ y: Float) -> Point {
    let across = x / traits.headWidth
    let depth = 0.55 * max(0, 1 - 0.8 * across * across).squareRoot()
    return Point(x * (1 - 0.4 * traits.turn * traits.turn) + traits.turn * depth, y)
  }

  /// The outline of the head: round above, towards the chin as square as the jaw is.
  func headDistance(_ x: Float, _ y: Float, widening: Float = 0, heightening: Float = 0) -> Float {
    let (width, height) = (traits.headWidth + widening, 1 + heightening)
    let (across, down) = (x / width, y / height)
    let square = down * down
    let bend = down > 0 ? traits.jaw : 0
    let value = across * across + square + bend * (square * square - square) - 1
    let slope = Point(2 * across / width, (2 * down + bend * (4 * square * down - 2 * down)) / height)
    return value / max(slope.length, 0.5)
  }

  /// Skin in the light, by where it is on the head.
  func skin(_ x: Float, _ y: Float) -> Colour {
    let (across, down) = (x / traits.headWidth, y)
    let lit = traits.light.x * across + traits.light.y * down
    let edge = min(1.2, across * across + down * down)
    return traits.skin * (1.02 + lit - 0.16 * edge + 0.025 * noise(6 * x, 6 * y))
  }

  func hairColour(_ x: Float, _ y: Float) -> Colour {
    let strands = noise(26 * x + 3 * noise(3 * x, 3 * y), 4 * y)
    let lit = 1 + 0.3 * strands + 0.5 * (traits.light.x * x + traits.light.y * y)
    let shine = max(0, 0.12 - abs(y + 0.75 - 0.2 * x)) * 1.2
    return traits.hair * lit + shine
  }

  /// How wide hanging hair is on each side of the middle.
  func hangingWidth(_ y: Float) -> Float {
    traits.headWidth + traits.hairVolume + 0.1 * max(0, y) * (0.4 + traits.curl)
  }

  /// How far the outline of the hair is pushed out, by locks and curls.
  func raggedness(_ x: Float, _ y: Float) -> Float {
    0.012 * noise(16 * x, 9 * y) + 0.07 * traits.curl * noise(5 * x + 9, 5 * y)
  }
}

// MARK: Behind the face

extension FaceDrawing {
  /// Things in the background: a few bars and discs.
  private mutating func paintClutter(_ random: inout RandomStream) {
    for _ in 0..<random.integer(below: 5) {
      let centre = Point(random.between(-2, 2), random.between(-2, 1.6))
      let radii = Point(random.between(0.1, 0.9), random.between(0.1, 0.9))
      let (colour, isRound) = (random.colour(0.05...0.95), random.chance(0.4))
      canvas.paint(
        .around(centre, radii), opacity: random.between(0.3, 1), softness: random.between(0, 0.25),
        distance: { x, y in
          isRound
            ? Shape2D.ellipse(x - centre.x, y - centre.y, radii)
            : Shape2D.box(x - centre.x, y - centre.y, radii)
        }, colour: { _, _ in colour })
    }
  }

  private mutating func paintBody() {
    if !traits.isHairInFront { paintBackHair() }
    paintClothes()
    if traits.isHairInFront { paintBackHair() }
    paintNeck()
    for side in [Float(-1), 1] { paintEar(side) }
  }

  private mutating func paintClothes() {
    let face = face
    let shoulder = 1.15 + 2.6 * traits.neckWidth
    canvas.paint(
      Box(x: -3...3, y: 1...4), part: .background,
      distance: { x, y in
        let across = x / shoulder
        // A shoulder line that falls outwards, ended by the arms.
        return max(1.28 + 0.3 * across * across - y, abs(x) - shoulder - 0.15 * (y - 1.3))
      },
      colour: { x, y in
        let fold = face.noise(2.5 * x, 1.5 * y)
        return face.traits.clothes * (0.9 + 0.15 * fold + face.traits.light.x * x * 0.3)
      })
  }

  private mutating func paintNeck() {
    let face = face
    let width = traits.neckWidth
    canvas.paint(
      Box(x: -1.2...1.2, y: 0.4...2), part: .neck,
      distance: { x, y in
        let flare = max(0, y - 1.05)
        // Ended by a round collar.
        return max(abs(x) - width - 0.5 * flare * flare, y - 1.52 + 0.5 * x * x, 0.4 - y)
      },
      colour: { x, y in face.skin(0.6 * x, 0.5) * (0.72 + 0.2 * max(0, min(1, (y - 0.9) * 1.6))) })
  }

  private mutating func paintEar(_ side: Float) {
    let face = face
    // The ear that the head turns away from the camera goes behind it.
    let centre = Point(side * traits.headWidth * 0.99 - 0.35 * traits.turn, 0.08)
    let radii = Point(0.1, 0.2)
    canvas.paint(
      .around(centre, radii), part: .neck,
      distance: { x, y in Shape2D.ellipse(x - centre.x, y - centre.y, radii) },
      colour: { x, y in
        let hollow = Shape2D.ellipse(x - centre.x, y - centre.y, 0.55 * radii) < 0
        return face.skin(side * 0.6, y) * (hollow ? 0.78 : 0.92)
      })
  }

  private mutating func paintHead() {
    let face = face
    canvas.paint(
      .around(Point(0, 0), Point(1, 1.05)), part: .skin,
      distance: { x, y in face.headDistance(x, y) }, colour: { x, y in face.skin(x, y) })
  }

  typealias Box = Canvas.Box
}
