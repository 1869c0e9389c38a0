import GraftDatasets
import GraftImages
import GraftTensor
import Testing

@Suite struct FixedViewsTests {
  private let base = NumberedPictures(count: 200)
  private let augmentation = Augmentation(brightness: 0.5)

  @Test func viewsOfASampleFollowEachOtherAndKeepItsTarget() throws {
    let views = base.fixedViews(3, by: augmentation, seed: 1)
    #expect(views.count == 600)
    #expect((300..<303).map(views.identifier) == ["sample-100#1", "sample-100#2", "sample-100#3"])
    #expect(try views.targets(at: [300, 301, 303]).scalars == [1, 1, 2])
    #expect(views.person(at: 301) == base.person(at: 100))
    #expect(views.officialPart(at: 301) == base.officialPart(at: 100))
    let greys = try (300..<303).map { try views.picture(at: $0).pixels[0] }
    #expect(Set(greys).count == 3)
    #expect(greys.allSatisfy { (50...150).contains($0) })
  }

  @Test func viewsAreTheSameInEveryEpochAndForEverySeedOthers() throws {
    let views = base.fixedViews(2, by: augmentation, seed: 1)
    let again = base.fixedViews(2, by: augmentation, seed: 1)
    let others = base.fixedViews(2, by: augmentation, seed: 2)
    for index in [200, 201] {
      #expect(try views.picture(at: index).pixels == again.picture(at: index).pixels)
      #expect(try views.pictureDigest(at: index) == again.pictureDigest(at: index))
      #expect(try views.pictureDigest(at: index) != others.pictureDigest(at: index))
    }
    #expect(try views.pictureDigest(at: 200) != views.pictureDigest(at: 201))
  }

  @Test func masksAreMovedWithTheirPictures() throws {
    let flipped = HalfMask().fixedViews(1, by: Augmentation(flipProbability: 1), seed: 1)
    #expect(try flipped.picture(at: 0).pixels == [200, 10])
    #expect(try flipped.target(at: 0).scalars == [1, 0])
  }
}

/// One picture of two pixels, the right one bright and foreground.
private struct HalfMask: PictureDataset {
  let name = "half"
  let count = 1
  let classNames = ["dark", "bright"]
  func identifier(at index: Int) -> String { "half" }
  func picture(at index: Int) throws -> Picture { .grey([10, 200]) }
  func target(at index: Int) throws -> Tensor {
    Tensor(shape: [1, 2, 1], integers: [0, 1]).converted(to: .uint8)
  }
}
