import GraftDatasets
import GraftFiles
import GraftImages
import GraftTensor
import Testing

@Suite struct SyntheticShapesTests {
  @Test func classesComeInTurn() throws {
    let shapes = SyntheticShapes(count: 25).dataset
    #expect(shapes.classNames.count == 12)
    let wanted = (0..<25).map { Float($0 % 12) }
    #expect(try shapes.targets(at: 0..<25).scalars == wanted)
  }

  @Test func aPictureFollowsFromSeedAndNumberAlone() throws {
    let shapes = SyntheticShapes(count: 30, side: 64, seed: 3).dataset
    let picture = try shapes[7].picture.value
    #expect(picture.width == 64 && picture.height == 64 && picture.channels == 3)
    #expect(try SyntheticShapes(count: 8, side: 64, seed: 3).dataset[7].picture.value == picture)
    #expect(try SyntheticShapes(count: 8, side: 64, seed: 4).dataset[7].picture.value != picture)
    #expect(try shapes[19].picture.value != picture)
    #expect(try Set(shapes.map { try $0.picture.digest }).count == 30)
    #expect(
      try SyntheticShapes(count: 30, side: 32, seed: 3).dataset[7].picture.digest != shapes[7].picture.digest)
  }

  /// Who changes the drawing on purpose raises its version as well.
  @Test func picturesAreTheSameOnEveryMachine() throws {
    let shapes = SyntheticShapes(count: 36, side: 48, seed: 1).dataset
    var digest = SHA256()
    for index in 0..<36 { try shapes[index].picture.value.pixels.withUnsafeBytes { digest.update($0) } }
    #expect(digest.finalize() == "4329e48712c023d0896a5e1e424fc113c8d64e5565685d4290b800685788efea")
  }
}
