import Foundation
import GraftFiles
import GraftImages
import GraftTensor
import TestSupport
import Testing

@testable import GraftDatasets

@Suite struct SyntheticFacesTests {
  @Test(arguments: SyntheticFaces.Style.allCases)
  func aFaceFollowsFromSeedAndNumberAlone(style: SyntheticFaces.Style) throws {
    let faces = SyntheticFaces(like: style, count: 40, seed: 3)
    let face = try faces.attribute[5].picture.value
    #expect(try SyntheticFaces(like: style, count: 6, seed: 3).attribute[5].picture.value == face)
    #expect(try SyntheticFaces(like: style, count: 6, seed: 4).attribute[5].picture.value != face)
    let digests = try faces.attribute.map { try $0.picture.digest }
    #expect(Set(digests).count == 40)
    #expect(try digests[5] == faces.masks(.withHair)[5].picture.digest)
    #expect(try digests[5] != SyntheticFaces(like: style, count: 40, seed: 4).attribute[5].picture.digest)
  }

  /// Who changes the drawing on purpose raises its version as well, so that cached features of the old faces are not taken for
  /// those of the new ones.
  @Test(arguments: [
    (
      SyntheticFaces.Style.celebA, "7dec258bdb0adf682c5924d62759ffb2fec4d87bbaa6211c0770ee12719531d6"
    ), (.lfw, "3a53d4c784ece70a8faad1c512370d7cd431f526e5f66f0407a5d4f05276a94b"),
    (.helen, "d17fec11015d15f2c9879516321d20be08a96e951fb229098b28fbed92094fbe"),
  ])
  func facesAreTheSameOnEveryMachine(style: SyntheticFaces.Style, digest: String) throws {
    let faces = SyntheticFaces(like: style, count: 20, seed: 1).attribute
    var own = SHA256()
    for index in 0..<20 { try faces[index].picture.value.pixels.withUnsafeBytes { own.update($0) } }
    #expect(own.finalize() == digest)
  }

  @Test func spreadPosesFitOneMaskLess() throws {
    func constantMaskIoU(spread: Float) throws -> Float {
      let masks = SyntheticFaces(like: .lfw, count: 40, seed: 3, poseSpread: spread).masks(.withHair)
      let scalars = try masks.targets(at: 0..<40).converted(to: .float32)
      let mean = (0..<40).reduce(Tensor(zeros: [224, 224, 1])) {
        $0 + scalars.rows([$1]).reshaped(to: [224, 224, 1])
      }
      let constant = mean.scalars.map { $0 >= 20 }
      let overlaps = (0..<40).map { index -> Float in
        let own = scalars.rows([index]).scalars.map { $0 > 0 }
        let both = zip(own, constant).count { $0 && $1 }
        return Float(both) / Float(zip(own, constant).count { $0 || $1 })
      }
      return overlaps.reduce(0, +) / 40
    }
    let (usual, wide) = (try constantMaskIoU(spread: 1), try constantMaskIoU(spread: 2.5))
    #expect(usual > 0.65 && wide < usual - 0.1, "\(usual) \(wide)")
    let digests = try [1, 2.5].map {
      try SyntheticFaces(count: 1, poseSpread: $0).attribute[0].picture.digest
    }
    #expect(digests[0] != digests[1])
  }

  @Test func picturesHaveTheSizesOfTheirDataSets() throws {
    func sizes(_ style: SyntheticFaces.Style) throws -> [[Int]] {
      let faces = SyntheticFaces(like: style, count: 8).attribute
      return try faces.map { sample in
        let picture = try sample.picture.value
        return [picture.width, picture.height]
      }
    }
    #expect(try sizes(.celebA).allSatisfy { $0 == [178, 218] })
    #expect(try sizes(.lfw).allSatisfy { $0 == [250, 250] })
    let varied = try sizes(.helen)
    #expect(varied.allSatisfy { (220...300).contains($0[0]) && (260...340).contains($0[1]) })
    #expect(Set(varied).count > 4)
  }

  @Test func halfOfTheFacesAreOfEitherTypeAndTheTypesOverlap() throws {
    let faces = SyntheticFaces(count: 2000)
    let traits = (0..<2000).map { faces.traits(at: $0).traits }
    let share = Double(traits.count(where: \.isTypeB)) / 2000
    #expect((0.46...0.54).contains(share))
    #expect(try faces.attribute.targets(at: 0..<50).scalars == traits.prefix(50).map { $0.isTypeB ? 1 : 0 })
    func right(_ rule: (SyntheticFaces.Traits) -> Bool) -> Double {
      Double(traits.count { rule($0) == $0.isTypeB }) / 2000
    }
    // What shows most tells many faces, and none of it tells all.
    let byHair = right { $0.hairStyle == .short || $0.hairStyle == .bald }
    let byBeard = right { $0.beard != .none }
    let byJaw = right { $0.jaw > 0.25 }
    for accuracy in [byHair, byBeard, byJaw] { #expect((0.65...0.92).contains(accuracy), "\(accuracy)") }
  }

  @Test func glassesBeardsAndBaldHeadsOccur() {
    let faces = SyntheticFaces(count: 400)
    let traits = (0..<400).map { faces.traits(at: $0).traits }
    let shares = [
      traits.count(where: \.hasGlasses), traits.count { $0.beard != .none },
      traits.count { $0.hairStyle == .long }, traits.count { $0.curl > 0.4 },
    ].map { Double($0) / 400 }
    #expect(shares.allSatisfy { (0.1...0.5).contains($0) }, "\(shares)")
    #expect(traits.contains { $0.hairStyle == .bald })
  }
}

@Suite struct SyntheticMaskTests {
  @Test(arguments: SyntheticFaces.Style.allCases)
  func skinIsPartOfTheFaceWithHair(style: SyntheticFaces.Style) throws {
    let faces = SyntheticFaces(like: style, count: 30, seed: 2)
    var shares: [Float] = []
    for index in 0..<30 {
      let face = try faces.masks(.withHair)[index].target.value.scalars
      let skin = try faces.masks(.withoutHair)[index].target.value.scalars
      #expect(face.count == 224 * 224 && zip(face, skin).allSatisfy { $0 >= $1 })
      shares.append(face.reduce(0, +) / Float(face.count))
      let hair = face.reduce(0, +) - skin.reduce(0, +)
      let isBald = faces.traits(at: index).traits.hairStyle == .bald
      #expect(hair > 0 || isBald)
    }
    #expect(shares.allSatisfy { (0.08...0.75).contains($0) }, "\(shares)")
    #expect((shares.max() ?? 0) > 1.4 * (shares.min() ?? 0))
  }

  /// Of a white shape on black, those pixels are its part that are at least half white.
  @Test func aPixelBelongsToWhatCoversHalfOfIt() {
    var canvas = Canvas(
      width: 60, height: 50, frame: .init(centre: Point(31.3, 24.6), scale: 18, axis: Point(0.8, 0.6))
    ) { _, _ in .black }
    canvas.paint(
      .around(Point(0, 0), Point(1, 0.7)), part: .skin,
      distance: { x, y in Shape2D.ellipse(x, y, Point(1, 0.7)) }, colour: { _, _ in .white })
    let picture = canvas.picture { colour, _, _ in colour }
    for (pixel, part) in canvas.parts.enumerated() {
      #expect((part == .skin) == (picture.pixels[3 * pixel] >= 128), "pixel \(pixel)")
    }
    let area = Double(canvas.parts.count { $0 == .skin })
    #expect(abs(area - Double.pi * 18 * 18 * 0.7) < 12, "\(area)")
    let edge = picture.pixels.count { $0 > 0 && $0 < 255 }
    #expect(edge > 100)
  }

  /// The colours inside a mask are those of skin, and those outside are not: mask and picture are at the same place.
  @Test func masksLieOnTheFaces() {
    let faces = SyntheticFaces(like: .lfw, count: 12, seed: 5)
    var (inside, outside): (Float, Float) = (0, 0)
    for index in 0..<12 {
      let drawing = faces.drawing(at: index)
      let (picture, traits, parts) = (drawing.picture, drawing.traits, drawing.canvas.parts)
      let skin = traits.contrast * (traits.skin * traits.cast * traits.gain - 0.5) + 0.5
      let exposed = [skin.red, skin.green, skin.blue]
      /// How far the colours of some pixels are from that of the skin, on average.
      func distance(_ pixels: [Int]) -> Float {
        var sum: Float = 0
        for pixel in pixels {
          for channel in 0..<3 {
            sum += abs(Float(picture.pixels[3 * pixel + channel]) / 255 - exposed[channel])
          }
        }
        return sum / Float(pixels.count)
      }
      inside += distance(parts.indices.filter { parts[$0] == .skin })
      outside += distance(parts.indices.filter { parts[$0] == .background })
    }
    #expect(inside < 0.5 * outside, "\(inside) against \(outside)")
  }
}
