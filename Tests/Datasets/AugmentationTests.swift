import GraftDatasets
import GraftImages
import GraftTensor
import Testing

@Suite struct AugmentationTests {
  private let picture = Picture(
    width: 6, height: 4, channels: 3, pixels: (0..<72).map { UInt8(40 + 2 * $0) })
  private let mask = Tensor(shape: [4, 6, 1], scalarType: .uint8) { bytes in
    for index in bytes.indices { bytes[index] = [1, 8, 9, 15].contains(index) ? 1 : 0 }
  }

  private func view(_ augmentation: Augmentation, seed: UInt64 = 1) -> Augmentation.View {
    augmentation.view(random: RandomStream(seed: seed))
  }

  @Test func nothingNamedChangesNothing() {
    let plain = view(Augmentation())
    #expect(plain.applied(to: picture) == picture)
    #expect(plain.applied(toTarget: mask).scalars == mask.scalars)
  }

  @Test func flipTurnsLeftAndRightAndTwiceIsNothing() {
    let flip = view(Augmentation(flipProbability: 1))
    let flipped = flip.applied(to: picture)
    for row in 0..<4 {
      for column in 0..<6 {
        let (here, there) = ((row * 6 + column) * 3, (row * 6 + 5 - column) * 3)
        #expect(Array(flipped.pixels[here..<here + 3]) == Array(picture.pixels[there..<there + 3]))
      }
    }
    #expect(flip.applied(to: flipped) == picture)
    let scalars = mask.scalars
    let mirrored: [Float] = (0..<24).map { index in
      let (row, column) = (index / 6, index % 6)
      return scalars[row * 6 + 5 - column]
    }
    #expect(flip.applied(toTarget: mask).scalars == mirrored)
  }

  @Test func pictureAndMaskMoveTogether() {
    // A bright square on black, and its mask: wherever it goes, both are at the same place.
    let side = 48
    let inside = (0..<side * side).map { (12..<30).contains($0 % side) && (16..<38).contains($0 / side) }
    let square = Picture(width: side, height: side, channels: 1, pixels: inside.map { $0 ? 255 : 0 })
    let truth = Tensor(shape: [side, side, 1], scalarType: .uint8) { bytes in
      for (index, isInside) in inside.enumerated() { bytes[index] = isInside ? 1 : 0 }
    }
    let augmentation = Augmentation(flipProbability: 0.5, crop: 0.7...0.9, rotation: 30, scale: 0.8...1.3)
    for seed in 0..<20 {
      let view = view(augmentation, seed: UInt64(seed))
      let (moved, mask) = (view.applied(to: square), view.applied(toTarget: truth).scalars)
      let differing = zip(moved.pixels, mask).count { ($0 >= 128) != ($1 == 1) }
      #expect(mask.contains(1) && mask != truth.scalars)
      #expect(differing <= 30, "seed \(seed): \(differing) pixels differ")
    }
  }

  @Test func rotationsDifferAndKeepTheMiddle() {
    let square = Picture(width: 3, height: 3, channels: 1, pixels: [10, 20, 30, 40, 50, 60, 70, 80, 90])
    var seen: Set<[UInt8]> = []
    for seed in 0..<400 {
      let view = view(Augmentation(rotation: 90), seed: UInt64(seed))
      seen.insert(view.applied(to: square).pixels)
    }
    #expect(seen.count > 50 && seen.allSatisfy { $0[4] == 50 })
  }

  @Test func coloursChangeWithinTheirBounds() {
    let augmentation = Augmentation(brightness: 0.2)
    for seed in 0..<10 {
      let changed = view(augmentation, seed: UInt64(seed)).applied(to: picture)
      let ratios = zip(changed.pixels, picture.pixels).map { Double($0) / Double($1) }
      #expect(ratios.allSatisfy { (0.78...1.22).contains($0) })
      #expect(Set(changed.pixels).count > 1 && changed != picture)
    }
    let grey = Picture(width: 2, height: 1, channels: 3, pixels: [90, 90, 90, 120, 120, 120])
    #expect(view(Augmentation(saturation: 1)).applied(to: grey) == grey)
  }

  @Test func classNumbersStay() {
    let target = Tensor(shape: [], integers: [3])
    #expect(view(Augmentation(flipProbability: 1, rotation: 20)).applied(toTarget: target).scalars == [3])
  }

  @Test func aViewDependsOnItsStreamAlone() {
    let augmentation = Augmentation(flipProbability: 0.5, rotation: 10, brightness: 0.3)
    #expect(view(augmentation, seed: 4) == view(augmentation, seed: 4))
    #expect(view(augmentation, seed: 4) != view(augmentation, seed: 5))
  }

  @Test func batchesAreChangedAnewInEachEpoch() throws {
    let numbered = numberedPictures(count: 200)
    let batches = numbered.batches(of: 3, shuffledBy: 1).augmented(by: Augmentation(brightness: 0.5))
    let input = Preprocessing(width: 4, height: 4)
    func inputs(_ epoch: Int) throws -> [Float] {
      try batches.batch(at: [90, 140], epoch: epoch, preprocessing: input).inputs.scalars
    }
    #expect(try inputs(0) == inputs(0))
    #expect(try inputs(0) != inputs(1))
    #expect(try inputs(0) != numbered.batch(at: [90, 140], preprocessing: input).inputs.scalars)
    let loaded = batches.prefetched(epoch: 1, preprocessing: input)
    let first = try #require(try loaded.next())
    #expect(
      try first.inputs.scalars
        == batches.batch(at: first.indices, epoch: 1, preprocessing: input).inputs.scalars)
  }
}
