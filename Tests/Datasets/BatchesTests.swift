import GraftDatasets
import GraftImages
import GraftTensor
import TestSupport
import Testing

struct BatchesTests {
  /// The steps of an epoch in the paper, by batches of 200.
  @Test(arguments: [(10_800, 54), (2_634, 14), (2_097, 11), (200, 1), (0, 0)])
  func theLastBatchHoldsWhatIsLeft(samples: Int, count: Int) {
    let batches = numberedPictures(count: samples).batches(of: 200)
    #expect(batches.count == count)
    let indices = batches.indices(epoch: 3)
    #expect(indices.count == count)
    #expect(indices.dropLast().allSatisfy { $0.count == 200 })
    #expect(indices.flatMap(\.self) == Array(0..<samples))
  }

  @Test func everyEpochHasAnOrderOfItsOwnThatTheSeedFixes() {
    let batches = numberedPictures(count: 500).batches(of: 64, shuffledBy: 7)
    let first = batches.indices(epoch: 0)
    #expect(first.flatMap(\.self).sorted() == Array(0..<500))
    #expect(first == batches.indices(epoch: 0))
    #expect(first != batches.indices(epoch: 1))
    #expect(first != numberedPictures(count: 500).batches(of: 64, shuffledBy: 8).indices(epoch: 0))
    #expect(first.map(\.count) == [64, 64, 64, 64, 64, 64, 64, 52])
  }

  /// The values are from a program of its own, in Python: a change of the generator cannot pass unseen.
  @Test func theOrderIsTheSameOnEveryMachine() {
    let batches = numberedPictures(count: 8).batches(of: 5, shuffledBy: 2013)
    #expect(batches.indices(epoch: 4) == [[7, 3, 5, 2, 6], [1, 4, 0]])
  }

  @Test func prefetchedBatchesAreThoseOfTheIndices() throws {
    let dataset = numberedPictures(count: 50)
    let batches = dataset.batches(of: 8, shuffledBy: 3)
    let preprocessing = Preprocessing(width: 2, height: 3)
    let loaded = batches.prefetched(epoch: 2, from: 1, preprocessing: preprocessing)
    for indices in batches.indices(epoch: 2).dropFirst() {
      let batch = try #require(try loaded.next())
      #expect(batch.indices == indices)
      #expect(batch.inputs.shape == [indices.count, 3, 2, 3])
      #expect(
        batch.inputs.scalars
          == preprocessing.tensor(of: try indices.map { try dataset[$0].picture.value }).scalars)
      #expect(batch.targets.shape == [indices.count])
      #expect(batch.targets.scalars == indices.map { Float($0 % 3) })
    }
    #expect(try loaded.next() == nil)
  }

  @Test func aDamagedPictureEndsTheEpochAtItsBatch() throws {
    let batches = numberedPictures(count: 50, damaged: 17).batches(of: 8)
    let loaded = batches.prefetched(epoch: 0, preprocessing: Preprocessing(width: 1, height: 1))
    #expect(try loaded.next()?.indices == Array(0..<8))
    #expect(try loaded.next()?.indices == Array(8..<16))
    #expect(throws: DatasetError.self) { try loaded.next() }
  }

  @Test func samplesAreDrawnInProportionToTheirWeights() {
    // A third of the samples have weight 3, a third 1, a third 0.
    let dataset = numberedPictures(count: 9000)
    let batches = dataset.batches(of: 200, drawnBy: (0..<9000).map { [3, 1, 0][$0 % 3] }, seed: 5)
    let first = batches.indices(epoch: 0)
    #expect(first.map(\.count) == [Int](repeating: 200, count: 45))
    let often = first.flatMap(\.self).filter { $0 % 3 == 0 }.count
    // 6750 are expected; the standard deviation is 41.
    #expect(abs(often - 6750) < 205)
    #expect(first.flatMap(\.self).allSatisfy { $0 % 3 != 2 })
    #expect(Set(first.flatMap(\.self)).count < 6000)
    #expect(first == batches.indices(epoch: 0) && first != batches.indices(epoch: 1))
    #expect(
      first != dataset.batches(of: 200, drawnBy: batches.weights ?? [], seed: 6).indices(epoch: 0))
  }

  /// The values are from a program of its own, in Python: a change of the generator cannot pass unseen.
  @Test func whatIsDrawnIsTheSameOnEveryMachine() {
    let batches = numberedPictures(count: 8).batches(
      of: 5, drawnBy: [1, 0, 2.5, 1, 0.5, 0, 4, 1], seed: 2013)
    #expect(batches.indices(epoch: 4) == [[2, 6, 4, 7, 2], [2, 0, 0]])
  }

  @Test func onlyTheSampleWithAWeightIsDrawn() {
    let batches = numberedPictures(count: 5).batches(of: 5, drawnBy: [0, 0, 1e-300, 0, 0], seed: 1)
    #expect(batches.indices(epoch: 0) == [[2, 2, 2, 2, 2]])
    #expect(numberedPictures(count: 0).batches(of: 5, drawnBy: [], seed: 1).indices(epoch: 0).isEmpty)
  }

  @Test func classWeightsBecomeSampleWeights() throws {
    let dataset = numberedPictures(count: 5)
    #expect(try dataset.sampleWeights(forClasses: [1, 5, 0.25]) == [1, 5, 0.25, 1, 5])
    #expect(try dataset.balancingWeights() == [0.5, 0.5, 1, 0.5, 0.5])
  }

  @Test(.exits) func weightsThatNoSampleCanBeDrawnByAreRefused() async throws {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = numberedPictures(count: 2).batches(of: 1, drawnBy: [0, 0], seed: 1)
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("The weights by which numbers is drawn are 0 or more, not all 0"))
    await #expect(processExitsWith: .failure) {
      _ = numberedPictures(count: 2).batches(of: 1, drawnBy: [1], seed: 1)
    }
  }

  @Test func aTargetThatIsNoClassHasNoWeight() {
    #expect {
      try misnumbered.balancingWeights()
    } throws: {
      "\($0)".contains("sample 0 has class number 7, and there are 2 classes")
    }
  }
}

/// One sample of a class that there is not.
private let misnumbered = Dataset(
  name: "misnumbered", targets: .labels(["zero", "one"]),
  samples: [
    Sample(
      identifier: "sample 0", picture: Content { Picture(width: 1, height: 1, channels: 1, pixels: [0]) },
      target: .label(7))
  ])
