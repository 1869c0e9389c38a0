import GraftDatasets
import GraftFiles
import GraftImages
import GraftTensor
import Testing

@Suite struct SyntheticShapesTests {
  @Test func classesComeInTurn() throws {
    let shapes = SyntheticShapes(count: 25)
    #expect(shapes.classNames.count == 12)
    let wanted = (0..<25).map { Float($0 % 12) }
    #expect(try shapes.targets(at: 0..<25).scalars == wanted)
  }

  @Test func aPictureFollowsFromSeedAndNumberAlone() {
    let shapes = SyntheticShapes(count: 30, side: 64, seed: 3)
    let picture = shapes.picture(at: 7)
    #expect(picture.width == 64 && picture.height == 64 && picture.channels == 3)
    #expect(SyntheticShapes(count: 8, side: 64, seed: 3).picture(at: 7) == picture)
    #expect(SyntheticShapes(count: 8, side: 64, seed: 4).picture(at: 7) != picture)
    #expect(shapes.picture(at: 19) != picture)
    #expect(Set((0..<30).map(shapes.pictureDigest(at:))).count == 30)
    #expect(SyntheticShapes(count: 30, side: 32, seed: 3).pictureDigest(at: 7) != shapes.pictureDigest(at: 7))
  }

  /// Who changes the drawing on purpose raises its version as well.
  @Test func picturesAreTheSameOnEveryMachine() {
    let shapes = SyntheticShapes(count: 36, side: 48, seed: 1)
    var digest = SHA256()
    for index in 0..<36 { shapes.picture(at: index).pixels.withUnsafeBytes { digest.update($0) } }
    #expect(digest.finalize() == "4329e48712c023d0896a5e1e424fc113c8d64e5565685d4290b800685788efea")
  }
}
