import GraftImages
import GraftTensor

/// Paints one face from back to front.
struct FaceDrawing {
  typealias Part = SyntheticFaces.Part

  let traits: SyntheticFaces.Traits
  let noise: SmoothNoise
  var canvas: Canvas
  /// Of the noise of the camera.
  private let grain: RandomStream

  init(_ traits: SyntheticFaces.Traits, width: Int, height: Int, random: inout RandomStream) {
    self.traits = traits
    let noise = SmoothNoise(random: &random)
    self.noise = noise
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
      return 0.5 + traits.contrast * (exposed - 0.5) + grain
    }
  }

  // MARK: Helpers

  /// Where a point of the face's surface comes to lie when the head turns.
  func turned(_ x: Float, _ y: Float) -> SIMD2<Float> {
    let across = x / traits.headWidth
    let depth = 0.55 * max(0, 1 - 0.8 * across * across).squareRoot()
    return SIMD2(x * (1 - 0.4 * traits.turn * traits.turn) + traits.turn * depth, y)
  }

  /// The outline of the head: round above, towards the chin as square as the jaw is.
  func headDistance(_ x: Float, _ y: Float, widening: Float = 0, heightening: Float = 0) -> Float {
    let (width, height) = (traits.headWidth + widening, 1 + heightening)
    let (across, down) = (x / width, y / height)
    let square = down * down
    let bend = down > 0 ? traits.jaw : 0
    let value = across * across + square + bend * (square * square - square) - 1
    let slope = SIMD2(2 * across / width, (2 * down + bend * (4 * square * down - 2 * down)) / height)
    return value / max((slope * slope).sum().squareRoot(), 0.5)
  }

  /// Skin in the light, by where it is on the head.
  func skin(_ x: Float, _ y: Float) -> SIMD3<Float> {
    let (across, down) = (x / traits.headWidth, y)
    let lit = traits.light.x * across + traits.light.y * down
    let edge = min(1.2, across * across + down * down)
    return traits.skin * (1.02 + lit - 0.16 * edge + 0.025 * noise(6 * x, 6 * y))
  }

  func hairColour(_ x: Float, _ y: Float) -> SIMD3<Float> {
    let strands = noise(26 * x + 3 * noise(3 * x, 3 * y), 4 * y)
    let lit = 1 + 0.3 * strands + 0.5 * (traits.light.x * x + traits.light.y * y)
    let shine = max(0, 0.12 - abs(y + 0.75 - 0.2 * x)) * 1.2
    return traits.hair * lit + shine
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
      let centre = SIMD2(random.between(-2, 2), random.between(-2, 1.6))
      let radii = SIMD2(random.between(0.1, 0.9), random.between(0.1, 0.9))
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
    let drawing = self
    let shoulder = 1.15 + 2.6 * traits.neckWidth
    canvas.paint(
      Box(x: -3...3, y: 1...4), part: .background,
      distance: { x, y in
        let across = x / shoulder
        // A shoulder line that falls outwards, ended by the arms.
        return max(1.28 + 0.3 * across * across - y, abs(x) - shoulder - 0.15 * (y - 1.3))
      },
      colour: { x, y in
        let fold = drawing.noise(2.5 * x, 1.5 * y)
        return drawing.traits.clothes * (0.9 + 0.15 * fold + drawing.traits.light.x * x * 0.3)
      })
  }

  private mutating func paintNeck() {
    let drawing = self
    let width = traits.neckWidth
    canvas.paint(
      Box(x: -1.2...1.2, y: 0.4...2), part: .neck,
      distance: { x, y in
        let flare = max(0, y - 1.05)
        // Ended by a round collar.
        return max(abs(x) - width - 0.5 * flare * flare, y - 1.52 + 0.5 * x * x, 0.4 - y)
      },
      colour: { x, y in drawing.skin(0.6 * x, 0.5) * (0.72 + 0.2 * max(0, min(1, (y - 0.9) * 1.6))) })
  }

  private mutating func paintEar(_ side: Float) {
    let drawing = self
    // The ear that the head turns away from the camera goes behind it.
    let centre = SIMD2(side * traits.headWidth * 0.99 - 0.35 * traits.turn, Float(0.08))
    let radii = SIMD2<Float>(0.1, 0.2)
    canvas.paint(
      .around(centre, radii), part: .neck,
      distance: { x, y in Shape2D.ellipse(x - centre.x, y - centre.y, radii) },
      colour: { x, y in
        let hollow = Shape2D.ellipse(x - centre.x, y - centre.y, 0.55 * radii) < 0
        return drawing.skin(side * 0.6, y) * (hollow ? 0.78 : 0.92)
      })
  }

  private mutating func paintHead() {
    let drawing = self
    canvas.paint(
      .around([0, 0], [1, 1.05]), part: .skin,
      distance: { x, y in drawing.headDistance(x, y) }, colour: { x, y in drawing.skin(x, y) })
  }

  typealias Box = Canvas.Box
}
