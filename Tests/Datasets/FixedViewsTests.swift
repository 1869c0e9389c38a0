import GraftDatasets
import GraftImages
import GraftTensor
import Testing

@Suite struct FixedViewsTests {
  private let base = numberedPictures(count: 200)
  private let augmentation = Augmentation(brightness: 0.5)

  @Test func viewsOfASampleFollowEachOtherAndKeepItsTarget() throws {
    let views = base.fixedViews(3, by: augmentation, seed: 1)
    #expect(views.count == 600)
    #expect((300..<303).map { views[$0].identifier } == ["sample-100#1", "sample-100#2", "sample-100#3"])
    #expect(try views.targets(at: [300, 301, 303]).scalars == [1, 1, 2])
    #expect(views[301].person == base[100].person)
    #expect(views[301].partition == base[100].partition)
    let greys = try (300..<303).map { try views[$0].picture.value.pixels[0] }
    #expect(Set(greys).count == 3)
    #expect(greys.allSatisfy { (50...150).contains($0) })
  }

  @Test func viewsAreTheSameInEveryEpochAndForEverySeedOthers() throws {
    let views = base.fixedViews(2, by: augmentation, seed: 1)
    let again = base.fixedViews(2, by: augmentation, seed: 1)
    let others = base.fixedViews(2, by: augmentation, seed: 2)
    for index in [200, 201] {
      #expect(try views[index].picture.value.pixels == again[index].picture.value.pixels)
      #expect(try views[index].picture.digest == again[index].picture.digest)
      #expect(try views[index].picture.digest != others[index].picture.digest)
    }
    #expect(try views[200].picture.digest != views[201].picture.digest)
  }

  @Test func masksAreMovedWithTheirPictures() throws {
    let flipped = halfMask.fixedViews(1, by: Augmentation(flipProbability: 1), seed: 1)
    #expect(try flipped[0].picture.value.pixels == [200, 10])
    #expect(try flipped[0].target.value.scalars == [1, 0])
  }
}

/// One picture of two pixels, the right one bright and foreground.
private let halfMask = Dataset(
  name: "half", targets: .masks(["dark", "bright"]),
  samples: [
    Sample(
      identifier: "half", picture: Content { .grey([10, 200]) },
      target: .mask(Content { Tensor(shape: [1, 2, 1], integers: [0, 1]).converted(to: .uint8) }))
  ])
